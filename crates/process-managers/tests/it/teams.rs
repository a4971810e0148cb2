//! Holds of meetings with teams (B2, B3).

use daybook_domain::calendar::booking::BookingStatus;
use daybook_domain::ids::{HostId, MeetingTypeId, TeamId};
use daybook_domain::meeting_type::{Kind, MeetingType};
use uuid::Uuid;

use crate::support::commands::{add, form_team, to_be_confirmed};
use crate::support::manager::Manager;
use crate::support::world::{Held, World};

/// The members of a team, and a meeting type of this kind that it offers. The first member organises.
async fn team(world: &World, kind: Kind) -> (Vec<HostId>, HostId, MeetingTypeId) {
    let hosts = vec![world.host().await, world.host().await, world.host().await];
    let (team, meeting_type) = (TeamId(Uuid::now_v7()), MeetingTypeId(Uuid::now_v7()));
    world.execute(team.into(), form_team(team, &hosts)).await;
    let offered = MeetingType { kind, team_id: Some(team), ..to_be_confirmed(meeting_type) };
    world.execute(team.into(), add(offered)).await;
    (hosts, team.into(), meeting_type)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_of_a_collective_meeting_is_given_up_for_all_of_its_hosts() {
    let world = World::new().await;
    let (hosts, team, meeting_type) = team(&world, Kind::Collective).await;
    let held = world.hold(team, meeting_type, 0).await;
    world.until_holds(1).await;
    let manager = Manager::start(&world);
    world.clock.set(held.until);
    world.until_holds(0).await;
    manager.has_looked(0).await;
    let mut transactions = Vec::new();
    for host in hosts {
        let own = Held { host, ..held };
        assert_eq!(world.status(own).await, BookingStatus::Expired);
        assert_eq!(world.expiries(own).await, [held.until]);
        transactions.push(world.history(host).await.pop().unwrap().place.transaction_id);
    }
    assert!(transactions.iter().all(|transaction| *transaction == transactions[0]), "{transactions:?}");
    world.hold(team, meeting_type, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_given_up_no_longer_counts_as_its_host_s_turn() {
    let world = World::new().await;
    let (_, team, meeting_type) = team(&world, Kind::RoundRobin).await;
    let held = world.hold(team, meeting_type, 0).await;
    let assigned = async || {
        let shares = world.store.calendar(team).await.unwrap().fairness(meeting_type);
        shares.iter().find(|share| share.member.host_id == held.host).unwrap().assigned
    };
    assert_eq!(assigned().await, 1);
    world.until_holds(1).await;
    let _manager = Manager::start(&world);
    world.clock.set(held.until);
    world.until_expired(held).await;
    assert_eq!(world.expiries(held).await, [held.until]);
    assert_eq!(assigned().await, 0);
}
