//! Bookings that their hosts do not answer (B3).

use chrono::Duration;
use daybook_domain::calendar::booking::BookingStatus;
use daybook_event_store::Metadata;

use crate::support::commands::{HOLD, cancel, confirm, decline};
use crate::support::manager::Manager;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_given_up_when_it_runs_out_and_not_before() {
    let world = World::new().await;
    let (host, meeting_type) = world.host_who_confirms().await;
    let held = world.hold(host, meeting_type, 0).await;
    assert_eq!(held.until, world.clock.now() + HOLD);
    world.until_holds(1).await;
    let manager = Manager::start(&world);
    world.clock.set(held.until - Duration::microseconds(1));
    manager.has_looked(0).await;
    assert_eq!(world.status(held).await, BookingStatus::Pending);
    assert!(world.try_to_hold(host, meeting_type, 0).await.is_err(), "its time is taken");

    world.clock.set(held.until);
    world.until_expired(held).await;
    assert_eq!(world.expiries(held).await, [held.until]);
    let events = world.history(host).await;
    let (requested, expired) =
        (events.iter().find(|e| e.event_type == "BookingRequested").unwrap(), events.last().unwrap());
    let expected = Metadata {
        actor: "system:hold_expiry".to_owned(),
        correlation_id: requested.correlation_id(),
        causation_id: Some(requested.id.to_string()),
        idempotency: None,
    };
    assert_eq!(expired.metadata(), expected, "it follows from the request that it ends");
    assert!(!expected.correlation_id.is_empty());
    world.hold(host, meeting_type, 0).await;
    manager.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hold_is_given_up_within_a_second() {
    let world = World::new().await;
    let (host, meeting_type) = world.host_who_confirms().await;
    let mut holds = Vec::new();
    for n in 0..4 {
        holds.push(world.hold(host, meeting_type, n).await);
        world.clock.set(world.clock.now() + Duration::milliseconds(350));
    }
    world.until_holds(holds.len()).await;
    world.clock.go_on_from(holds[0].until - Duration::seconds(1));
    let _manager = Manager::start(&world);
    for held in holds {
        world.until_expired(held).await;
        let expiries = world.expiries(held).await;
        let late = expiries[0] - held.until;
        assert!(late >= Duration::zero() && late < Duration::seconds(1), "late by {late}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_or_called_off_is_left_alone() {
    let world = World::new().await;
    let (host, meeting_type) = world.host_who_confirms().await;
    let mut answered = Vec::new();
    for (n, answer) in (0..).zip([confirm, decline, cancel]) {
        let held = world.hold(host, meeting_type, n).await;
        world.execute(host, answer(held.booking)).await;
        answered.push(held);
    }
    let unanswered = world.hold(host, meeting_type, 3).await;
    world.until_holds(1).await;
    let manager = Manager::start(&world);
    world.clock.set(unanswered.until);
    world.until_expired(unanswered).await;
    manager.has_looked(1).await;
    for (held, status) in
        answered.into_iter().zip([BookingStatus::Confirmed, BookingStatus::Declined, BookingStatus::Cancelled])
    {
        assert_eq!(world.status(held).await, status);
        assert!(world.expiries(held).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_booking_stays_though_the_read_model_still_calls_it_pending() {
    let mut world = World::new().await;
    let (host, meeting_type) = world.host_who_confirms().await;
    let held = world.hold(host, meeting_type, 0).await;
    world.until_holds(1).await;
    world.stop_projecting().await;
    world.execute(host, confirm(held.booking)).await;
    world.clock.set(held.until);
    let manager = Manager::start(&world);
    manager.has_looked(1).await;
    manager.stop().await;
    world.until_holds(1).await;
    assert_eq!(world.status(held).await, BookingStatus::Confirmed);
    assert!(world.expiries(held).await.is_empty());
}
