//! What the token of a booking opens, and what it does not (A2).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host};
use crate::support::reply::Reply;
use crate::support::times::{at, tuesday};

async fn two_bookings() -> (Host, Booked, Booked) {
    let host = Host::register(&shared().await.one.http()).await;
    let offer = host.offer().await;
    let (one, other) = (offer.book(&at(tuesday(), "09:00")).await, offer.book(&at(tuesday(), "10:00")).await);
    (host, one, other)
}

fn read_only_token(booked: &Booked) -> String {
    let link = url::Url::parse(booked.answer["links"]["ics"].as_str().unwrap()).unwrap();
    link.query_pairs().find(|(name, _)| name == "token").unwrap().1.into_owned()
}

/// Everything that can be done with a booking, by somebody who sends this token.
async fn tried(booked: &Booked, token: &str) -> Vec<Reply> {
    let http = &booked.http;
    let (path, later) = (booked.path(), json!({"start_time": at(tuesday(), "15:00")}));
    vec![
        http.get(&path).token(token).await,
        http.get(&format!("{path}/calendar.ics")).token(token).await,
        http.put(&format!("{path}/reschedule"), &later).token(token).await,
        http.delete(&path).token(token).await,
    ]
}

#[tokio::test]
async fn a_wrong_token_opens_nothing_and_tells_nothing() {
    let (_, booked, other) = two_bookings().await;
    let (key, mac) = booked.token.rsplit_once('.').unwrap();
    let mut flipped = booked.token.clone().into_bytes();
    let last = flipped.len() - 2;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let missing = Booked { id: uuid::Uuid::now_v7().to_string(), ..booked.clone() };
    for wrong in [
        other.token.as_str(),
        "x",
        "..",
        &format!("other.{mac}"),
        &format!("{key}."),
        &String::from_utf8(flipped).unwrap(),
        mac,
    ] {
        for (reply, unknown) in tried(&booked, wrong).await.iter().zip(tried(&missing, wrong).await) {
            let problem = reply.problem(404, "NOT_FOUND");
            assert_eq!(
                problem["detail"],
                unknown.problem(404, "NOT_FOUND")["detail"],
                "a booking that exists looks like none"
            );
        }
    }
    for reply in tried(&missing, &booked.token).await {
        reply.problem(404, "NOT_FOUND");
    }
    assert_eq!(booked.show().await, booked.answer);
}

#[tokio::test]
async fn without_any_token_credentials_are_asked_for() {
    let (_, booked, _) = two_bookings().await;
    let path = booked.path();
    booked.http.get(&path).await.problem(401, "UNAUTHENTICATED");
    booked.http.get(&format!("{path}/calendar.ics")).await.problem(401, "UNAUTHENTICATED");
    booked
        .http
        .put(&format!("{path}/reschedule"), &json!({"start_time": at(tuesday(), "15:00")}))
        .await
        .problem(401, "UNAUTHENTICATED");
    booked.http.delete(&path).await.problem(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_in_the_link_is_as_good_as_in_the_header() {
    let (_, booked, _) = two_bookings().await;
    let http = &booked.http;
    let shown = http.get(&format!("{}?token={}", booked.path(), booked.token)).await;
    assert_eq!(shown.ok(), booked.answer);
    let later = json!({"start_time": at(tuesday(), "15:00")});
    let moved = http.put(&format!("{}/reschedule?token={}", booked.path(), booked.token), &later).await;
    assert_eq!(moved.ok()["version"], 2);
    let cancelled = http.delete(&format!("{}?token={}", booked.path(), booked.token)).await;
    assert_eq!(cancelled.ok()["status"], "cancelled");
    let wrong = http.get(&format!("{}?token=wrong", booked.path())).await;
    wrong.problem(404, "NOT_FOUND");
    for reply in [shown, moved, cancelled, wrong] {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{reply}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{reply}");
    }
}

#[tokio::test]
async fn the_token_of_the_calendar_link_only_reads() {
    let (_, booked, other) = two_bookings().await;
    let token = read_only_token(&booked);
    let [shown, file, moved, cancelled] = tried(&booked, &token).await.try_into().unwrap();
    let shown = shown.ok();
    assert_eq!(shown["booking"], booked.answer["booking"]);
    assert_eq!((&shown["manage_token"], &shown["links"]), (&Value::Null, &Value::Null), "it hands out no better one");
    assert!(!file.text(200).contains(&booked.token));
    moved.problem(404, "NOT_FOUND");
    cancelled.problem(404, "NOT_FOUND");
    other.http.get(&other.path()).token(&token).await.problem(404, "NOT_FOUND");

    let link = booked.answer["links"]["ics"].as_str().unwrap();
    let by_link = booked.http.get(&link[booked.http.base().as_str().len() - 1..]).await;
    assert!(by_link.text(200).contains(&booked.id));
}

#[tokio::test]
async fn a_token_opens_nothing_but_its_booking() {
    let (host, booked, _) = two_bookings().await;
    for path in ["/api/bookings", "/api/calendar/history", "/api/auth/me", &format!("/api/users/{}/bookings", host.id)]
    {
        booked.http.get(path).token(&booked.token).await.problem(401, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn reading_changes_nothing() {
    let (host, booked, _) = two_bookings().await;
    let before = host.history().await.len();
    for method in [reqwest::Method::GET, reqwest::Method::HEAD, reqwest::Method::OPTIONS] {
        for path in [booked.path(), format!("{}/calendar.ics", booked.path()), format!("{}/reschedule", booked.path())]
        {
            booked.http.call(method.clone(), &format!("{path}?token={}", booked.token)).await;
        }
    }
    assert_eq!(host.history().await.len(), before);
    assert_eq!(booked.show().await, booked.answer);
}

#[tokio::test]
async fn neither_tokens_nor_guests_reach_the_programs_output() {
    let shared = shared().await;
    let (host, booked, _) = two_bookings().await;
    booked.http.get(&format!("{}?token={}", booked.path(), booked.token)).await.ok();
    booked.http.get(&format!("{}?token={}x", booked.path(), booked.token)).await;
    let email = booked.answer["booking"]["invitee_email"].as_str().unwrap();
    let said = shared.one.program.said().text();
    for secret in [booked.token.as_str(), email, "Lovelace", host.email.as_str()] {
        assert!(!said.contains(secret), "{secret} was logged");
    }
}
