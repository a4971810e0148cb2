//! Several nodes on one database: what one does, the others show (V8, O3).

use std::time::{Duration, Instant};

use crate::shared;
use crate::support::people::{Booked, Host};
use crate::support::times::{at, later, tuesday};
use crate::support::until;

#[tokio::test]
async fn a_booking_is_gone_from_the_other_nodes_offers_within_a_second() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let offer = host.offer().await;
    let elsewhere = offer.at(&shared.other.http());
    let mut delays = Vec::new();
    for round in 0..9 {
        let start =
            at(later(tuesday(), 7 * (round / 3)), ["09:00", "12:00", "15:00"][usize::try_from(round % 3).unwrap()]);
        // Both nodes have it in their caches.
        assert!(offer.offers(&start).await && elsewhere.offers(&start).await);
        let booked = offer.book(&start).await;
        let told = Instant::now();
        assert!(!offer.offers(&start).await, "at once where it was taken");
        until("the other node has heard of it", async || !elsewhere.offers(&start).await).await;
        delays.push(told.elapsed());
        Booked { http: shared.other.http(), ..booked }.cancel().await.ok();
        assert!(elsewhere.offers(&start).await, "at once where it was given back");
        until("the first node has heard of it", async || offer.offers(&start).await).await;
    }
    delays.sort_unstable();
    let median = delays[delays.len() / 2];
    assert!(median < Duration::from_secs(1), "{delays:?}");
}

#[tokio::test]
async fn a_change_of_hours_reaches_the_other_node() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let offer = host.offer().await;
    let elsewhere = offer.at(&shared.other.http());
    assert_eq!(elsewhere.slots(tuesday()).await.len(), 16);
    host.http
        .put(&format!("/api/availability/overrides/{}", tuesday()), &serde_json::json!({"windows": []}))
        .await
        .ok();
    until("the other node has heard of it", async || elsewhere.slots(tuesday()).await.is_empty()).await;
}

#[tokio::test]
async fn any_node_takes_any_command() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let offer = host.offer().await;
    let day = tuesday();
    let nodes = [shared.one.http(), shared.other.http()];
    let mut booked = offer.at(&nodes[1]).book(&at(day, "09:00")).await;
    for (n, time) in ["10:00", "11:00", "12:00", "13:00", "14:00"].iter().enumerate() {
        booked.http = nodes[n % 2].clone();
        assert_eq!(booked.reschedule(&at(day, time)).await.ok()["version"], n + 2);
        assert_eq!(booked.show().await["booking"]["start_time"], at(day, time));
    }
    host.at(&nodes[1]).http.delete(&booked.path()).await.ok();
    booked.http = nodes[0].clone();
    booked.reschedule(&at(day, "15:00")).await.problem(422, "BOOKING_NOT_ACTIVE");
}
