//! Going on where one was (SPEC §2).

use std::time::Instant;

use super::{admin, with_key};
use crate::shared;
use crate::support::deployment::Deployment;
use crate::support::events::Events;
use crate::support::people::Host;
use crate::support::report;
use crate::support::times::{at, later, tuesday};

#[tokio::test]
async fn a_consumer_ten_thousand_events_behind_gets_each_once_and_then_what_happens() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let admin = admin(&deployment, &node.http()).await;
    let (analyst, _) = with_key(&admin, &["analytics"]).await;
    let left = Events::open(&analyst, "").await.last_id;
    let log = deployment.log();
    log.fill(20, 500).await;
    let host = Host::register(&node.http()).await;

    let begun = Instant::now();
    let mut readable = Events::resume(&admin.http, &left).await;
    let mut events = Events::resume(&analyst, &left).await;
    let told = events.take(10_001).await;
    let took = begun.elapsed();
    let expected = log.places_after(&left).await;
    assert_eq!(told.iter().map(|told| told.id.clone()).collect::<Vec<_>>(), expected);
    report(&format!("10,001 events behind, caught up in {took:?}"));
    assert_eq!(readable.take(10_001).await.iter().map(|told| told.id.clone()).collect::<Vec<_>>(), expected);

    let offer = host.offer().await;
    offer.book(&at(tuesday(), "09:00")).await;
    let told = [events.take(3).await, readable.take(3).await];
    for told in told {
        assert_eq!(
            told.iter().map(|told| told.id.clone()).collect::<Vec<_>>(),
            log.places_after(&expected[10_000]).await
        );
    }
}

#[tokio::test]
async fn a_host_goes_on_behind_the_last_event_they_saw_whatever_happened_elsewhere() {
    let shared = shared().await;
    let http = shared.one.http();
    let (host, neighbour) = (Host::register(&http).await, Host::register(&http).await);
    let offer = host.offer().await;
    let all = host.history().await;
    let ids = all.iter().map(|event| event["position"].as_str().unwrap()).collect::<Vec<_>>();

    // A stream that ended before its first event: what it began with is where it goes on.
    let began = Events::open(&host.http, "").await.last_id;
    assert_eq!(began, ids[1]);
    neighbour.offer().await.book(&at(tuesday(), "09:00")).await;
    for day in 0..3 {
        offer.book(&at(later(tuesday(), day), "09:00")).await;
    }
    let elsewhere = host.at(&shared.other.http());
    let mut events = Events::resume(&elsewhere.http, &began).await;
    let expected = host.history().await;
    let told = events.take(6).await;
    for (told, expected) in told.iter().zip(&expected[2..]) {
        assert_eq!(told.id, expected["position"]);
    }
    assert_eq!(Events::resume(&host.http, "0-0").await.next().await.id, ids[0]);
    assert_eq!(Events::open(&host.http, "?from=start").await.next().await.id, ids[0]);
    assert_eq!(Events::open(&host.http, &format!("?last_event_id={}", ids[0])).await.next().await.id, ids[1]);
    // A browser repeats the address and adds the header.
    let address = format!("/api/events/stream?from=start&last_event_id={}", ids[0]);
    let again = host.http.get(&address).header("last-event-id", ids[1]).begin().await;
    assert_eq!(again.status(), 200);
    assert_eq!(Events::resume(&host.http, ids[1]).await.next().await.id, told[0].id);
}

#[tokio::test]
async fn an_id_that_is_none_or_never_was_is_refused() {
    let http = shared().await.one.http();
    let (host, neighbour) = (Host::register(&http).await, Host::register(&http).await);
    let own = host.history().await[0]["position"].as_str().unwrap().to_owned();
    let foreign = neighbour.history().await[0]["position"].as_str().unwrap().to_owned();
    let (transaction, position) = own.split_once('-').unwrap();
    let never = [
        "1-1".to_owned(),
        "0-1".to_owned(),
        format!("{transaction}-9007199254740993"),
        format!("9007199254740993-{position}"),
        "18446744073709551615-9223372036854775807".to_owned(),
        foreign,
    ];
    let malformed = ["", "x", "742", "742-", "-1-1", "0742-1", "742-1-1", "742-x", "1e3-1", "18446744073709551616-1"];
    for id in never.iter().map(String::as_str).chain(malformed) {
        let stream = |query: &str| host.http.get(&format!("/api/events/stream{query}"));
        stream("").header("last-event-id", id).await.invalid("Last-Event-ID");
        stream(&format!("?last_event_id={id}")).await.invalid("last_event_id");
    }
    host.http.get("/api/events/stream?from=yesterday").await.invalid("from");
    host.http.get("/api/events/stream?form=start").await.invalid("form");
    host.http.get("/api/events/stream").header("last-event-id", "7\u{e9}-1").await.invalid("Last-Event-ID");
}
