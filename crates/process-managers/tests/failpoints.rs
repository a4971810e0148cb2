//! A process manager that ends between a command and taking note of it (B3). In a program of its own, since failpoints are
//! armed for all of its tests; it is built where the whole workspace is tested, or with `--features failpoints`.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the answer")]

#[expect(dead_code, reason = "the words of other tests as well")]
#[path = "it/support/mod.rs"]
mod support;

use daybook_domain::calendar::booking::BookingStatus;
use support::manager::Manager;
use support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_given_up_once_although_its_manager_ends_before_it_takes_note() {
    let scenario = fail::FailScenario::setup();
    let world = World::new().await;
    let (host, meeting_type) = world.host_who_confirms().await;
    let mut holds = Vec::new();
    for n in 0..12 {
        holds.push(world.hold(host, meeting_type, n).await);
    }
    world.until_holds(holds.len()).await;
    fail::cfg("hold-expiry-after-command", "1*panic(ended by a failpoint)->off").unwrap();
    let manager = Manager::start(&world);
    world.clock.set(holds[0].until);
    assert!(manager.ended().await.unwrap_err().is_panic());

    let restarted = world.another_node();
    let _manager = Manager::start(&restarted);
    world.until_holds(0).await;
    for held in holds {
        assert_eq!(world.expiries(held).await, [held.until]);
        assert_eq!(restarted.status(held).await, BookingStatus::Expired);
    }
    scenario.teardown();
}
