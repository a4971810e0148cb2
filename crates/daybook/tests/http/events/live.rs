//! What is told as it happens (SPEC §2).

use std::time::{Duration, Instant};

use super::{admin, with_key};
use crate::shared;
use crate::support::deployment::Deployment;
use crate::support::events::Events;
use crate::support::people::Host;
use crate::support::times::{at, later, tuesday};

#[tokio::test]
async fn what_happens_on_any_node_is_told_on_every_node_within_a_moment() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let offer = host.offer().await;
    let mut events = Events::open(&host.at(&shared.other.http()).http, "").await;
    let mut delays = Vec::new();
    for week in 0..7 {
        let begun = Instant::now();
        let booked = offer.book(&at(later(tuesday(), 7 * week), "09:00")).await;
        let told = events.take(2).await;
        delays.push(begun.elapsed());
        let kinds = told.iter().map(|told| told.event.as_str()).collect::<Vec<_>>();
        assert_eq!(kinds, ["daybook.BookingRequested.v1", "daybook.BookingConfirmed.v1"]);
        assert!(told.iter().all(|told| told.data["subject"] == booked.id));
        booked.cancel().await.ok();
        assert_eq!(events.next().await.event, "daybook.BookingCancelled.v1");
    }
    delays.sort_unstable();
    assert!(delays[3] < Duration::from_secs(1), "{delays:?}");
}

#[tokio::test]
async fn consumers_hear_of_events_while_nats_is_away() {
    let mut deployment = Deployment::create().await;
    let node = deployment.node().await;
    let admin = admin(&deployment, &node.http()).await;
    let (analyst, _) = with_key(&admin, &["analytics"]).await;
    let mut events = Events::open(&analyst, "").await;
    deployment.nats.stop().await.unwrap();
    let host = Host::register(&node.http()).await;
    assert_eq!(events.next().await.data["source"], format!("/calendars/{}", host.id));
}

#[tokio::test]
async fn a_stream_outlives_the_time_limit_of_requests_by_signs_of_life() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let offer = host.offer().await;
    let mut events = Events::open(&host.http, "").await;
    // Longer than a request may take; the reading fails if nothing at all is said for too long.
    let waited = tokio::time::timeout(Duration::from_secs(22), events.next_or_end()).await;
    assert!(waited.is_err(), "nothing happens, and the stream goes on: {waited:?}");
    offer.book(&at(tuesday(), "09:00")).await;
    assert_eq!(events.next().await.event, "daybook.BookingRequested.v1");
}
