//! The same command sent twice takes effect once (B4).

use futures::future::join_all;
use serde_json::{Value, json};

use crate::shared;
use crate::support::deployment::Deployment;
use crate::support::http::Http;
use crate::support::people::{Booked, Host, booking, unique};
use crate::support::reply::Reply;
use crate::support::times::{at, later, tuesday};

#[track_caller]
fn assert_replays(replay: &Reply, first: &Reply) {
    assert_eq!(replay.header("idempotency-replayed"), Some("true"), "{replay}");
    assert_eq!(replay.status, first.status, "{replay}");
    let (replay, first): (Value, Value) =
        (serde_json::from_slice(&replay.body).unwrap(), serde_json::from_slice(&first.body).unwrap());
    assert_eq!(without_host(replay), without_host(first));
}

/// Links name the node that answered where no public URL is configured.
fn without_host(mut answer: Value) -> Value {
    if let Some(links) = answer.get_mut("links").and_then(Value::as_object_mut) {
        for name in ["manage", "ics"] {
            let path = links[name].as_str().unwrap().splitn(4, '/').last().unwrap().to_owned();
            links.insert(name.to_owned(), json!(path));
        }
    }
    answer
}

async fn requested(host: &Host) -> usize {
    host.history().await.iter().filter(|event| event["type"] == "BookingRequested").count()
}

#[tokio::test]
async fn the_same_key_and_body_replay_the_first_answer_on_every_node_under_both_spellings() {
    let shared = shared().await;
    let (one, other) = (shared.one.http(), shared.other.http());
    let host = Host::register(&one).await;
    let offer = host.offer().await;
    let (asked, key) = (booking(&offer.id, &at(tuesday(), "09:00")), unique("key"));
    let first = one.post("/api/bookings", &asked).key(&key).await;
    first.created();
    assert_eq!(first.header("idempotency-replayed"), None);
    for http in [&one, &other] {
        assert_replays(&http.post("/api/bookings", &asked).key(&key).await, &first);
        assert_replays(&http.post("/api/bookings", &asked).header("x-idempotency-key", &key).await, &first);
    }
    // The order of members is not part of a request.
    let text = serde_json::to_string(&asked).unwrap();
    let mut members: Vec<&str> = text.trim_matches(['{', '}']).split(",\"").collect();
    let first_member = members.remove(0).trim_start_matches('"').to_owned();
    let reordered = format!("{{\"{},\"{first_member}}}", members.join(",\""));
    assert_replays(
        &one.call(reqwest::Method::POST, "/api/bookings").raw("application/json", reordered).key(&key).await,
        &first,
    );
    assert_eq!(requested(&host).await, 1);
}

#[tokio::test]
async fn a_key_does_not_serve_another_request() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let (asked, key) = (booking(&offer.id, &at(tuesday(), "09:00")), unique("key"));
    let booked = Booked::of(&http, &http.post("/api/bookings", &asked).key(&key).await);
    for (field, value) in [
        ("start_time", json!(at(tuesday(), "10:00"))),
        ("invitee_name", json!("Somebody Else")),
        ("notes", json!("and a note")),
    ] {
        let mut other = asked.clone();
        other[field] = value;
        http.post("/api/bookings", &other).key(&key).await.problem(422, "IDEMPOTENCY_KEY_REUSED");
    }
    assert_eq!(requested(&host).await, 1);
    // Another operation is not the same request, but has its own keys.
    booked.cancel().key(&key).await.ok();
}

#[tokio::test]
async fn moves_and_cancellations_replay_too() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    let booked = offer.book(&at(day, "09:00")).await;
    let (move_key, cancel_key) = (unique("key"), unique("key"));
    let moved = booked.reschedule(&at(day, "10:00")).key(&move_key).await;
    moved.ok();
    assert_replays(&booked.reschedule(&at(day, "10:00")).key(&move_key).await, &moved);
    booked.reschedule(&at(day, "11:00")).key(&move_key).await.problem(422, "IDEMPOTENCY_KEY_REUSED");
    booked.reschedule(&at(day, "12:00")).await.ok();

    let cancelled = booked.cancel().key(&cancel_key).await;
    cancelled.ok();
    let elsewhere = Booked { http: shared.other.http(), ..booked.clone() };
    assert_replays(&elsewhere.cancel().key(&cancel_key).await, &cancelled);
    let kinds: Vec<Value> = host.history().await.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "BookingRescheduled").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| *kind == "BookingCancelled").count(), 1);

    // A replay tells what happened then, not how things stand now.
    let replayed = booked.reschedule(&at(day, "10:00")).key(&move_key).await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    let then = replayed.ok();
    let (status, start, version) = (&then["status"], &then["start_time"], &then["version"]);
    assert_eq!((status, start, version), (&json!("confirmed"), &json!(at(day, "10:00")), &json!(2)));
}

#[tokio::test]
async fn a_key_does_not_let_anybody_else_in() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    let key = unique("key");
    booked.cancel().key(&key).await.ok();
    http.delete(&booked.path()).key(&key).await.problem(401, "UNAUTHENTICATED");
    http.delete(&booked.path()).token("wrong").key(&key).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn only_success_is_remembered() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let start = at(tuesday(), "09:00");
    let holder = offer.book(&start).await;
    let (asked, key) = (booking(&offer.id, &start), unique("key"));
    http.post("/api/bookings", &asked).key(&key).await.problem(409, "SLOT_UNAVAILABLE");
    holder.cancel().await.ok();
    let reply = http.post("/api/bookings", &asked).key(&key).await;
    reply.created();
    assert_eq!(reply.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn of_many_at_once_one_takes_effect_and_the_others_learn_of_it_or_are_told_to_wait() {
    let shared = shared().await;
    let nodes = [shared.one.http(), shared.other.http()];
    let host = Host::register(&nodes[0]).await;
    let offer = host.offer().await;
    for round in 0..4 {
        let (asked, key) =
            (booking(&offer.id, &at(later(tuesday(), round % 2), &format!("{:02}:00", 9 + round))), unique("key"));
        let calls = (0..12).map(|n| nodes[n % 2].post("/api/bookings", &asked).key(&key).into_future());
        let replies = join_all(calls).await;
        let is_first = |reply: &&Reply| reply.status == 201 && reply.header("idempotency-replayed").is_none();
        let first: Vec<&Reply> = replies.iter().filter(is_first).collect();
        assert_eq!(first.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
        for reply in &replies {
            if reply.status == 409 {
                reply.problem(409, "IDEMPOTENCY_CONFLICT");
                assert!(reply.header("retry-after").is_some(), "{reply}");
            } else if reply.header("idempotency-replayed").is_some() {
                assert_replays(reply, first[0]);
            }
        }
        assert_replays(&nodes[1].post("/api/bookings", &asked).key(&key).await, first[0]);
    }
    assert_eq!(requested(&host).await, 4);
}

#[tokio::test]
async fn answers_survive_the_process_that_gave_them() {
    let deployment = Deployment::create().await;
    let mut node = deployment.node().await;
    let offer = Host::register(&node.http()).await.offer().await;
    let (asked, key) = (booking(&offer.id, &at(tuesday(), "09:00")), unique("key"));
    let first = node.http().post("/api/bookings", &asked).key(&key).await;
    first.created();
    node.program.kill_9();
    let node = deployment.node().await;
    assert_replays(&node.http().post("/api/bookings", &asked).key(&key).await, &first);
}

#[tokio::test]
async fn a_key_is_a_short_line_of_visible_characters() {
    let http: Http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let asked = booking(&offer.id, &at(tuesday(), "09:00"));
    for key in ["", " ", &"k".repeat(256)] {
        http.post("/api/bookings", &asked).key(key).await.invalid("Idempotency-Key");
    }
    http.post("/api/bookings", &asked).key(&"k".repeat(255)).await.created();
}
