//! Holds that run out while nobody looks, or while two do (B3).

use daybook_domain::calendar::booking::BookingStatus;

use crate::support::manager::Manager;
use crate::support::world::{Held, World};

/// So many holds in each of two calendars, more than one manager gives up at once.
const HOLDS: i64 = 12;

async fn holds(world: &World) -> Vec<Held> {
    let mut holds = Vec::new();
    for (host, meeting_type) in [world.host_who_confirms().await, world.host_who_confirms().await] {
        for n in 0..HOLDS {
            holds.push(world.hold(host, meeting_type, n).await);
        }
    }
    world.until_holds(holds.len()).await;
    holds
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_out_while_nobody_looks_is_given_up_after_a_restart() {
    let world = World::new().await;
    let manager = Manager::start(&world);
    let holds = holds(&world).await;
    manager.has_looked(0).await;
    manager.stop().await;
    world.clock.set(holds[0].until);
    for held in &holds {
        assert_eq!(world.status(*held).await, BookingStatus::Pending);
    }
    // A node that has not heard of any of them.
    let restarted = world.another_node();
    let _manager = Manager::start(&restarted);
    world.until_holds(0).await;
    for held in holds {
        assert_eq!(world.expiries(held).await, [held.until]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_give_each_hold_up_once() {
    let world = World::new().await;
    let holds = holds(&world).await;
    let other = world.another_node();
    let managers = [Manager::start(&world), Manager::start(&other)];
    world.clock.set(holds[0].until);
    world.until_holds(0).await;
    for manager in managers {
        manager.has_looked(0).await;
        manager.stop().await;
    }
    for held in holds {
        assert_eq!(world.expiries(held).await.len(), 1);
        assert_eq!(other.status(held).await, BookingStatus::Expired);
    }
}

/// The read model is behind, so that both go on believing in holds that have been given up.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_that_see_only_the_past_give_each_hold_up_once() {
    let mut world = World::new().await;
    let holds = holds(&world).await;
    world.stop_projecting().await;
    let other = world.another_node();
    let managers = [Manager::start(&world), Manager::start(&other)];
    world.clock.set(holds[0].until);
    for manager in managers {
        manager.has_looked(holds.len()).await;
        manager.stop().await;
    }
    for held in holds {
        assert_eq!(world.expiries(held).await.len(), 1);
    }
}
