//! Logs as JSON, in which a request is followed from its answer to the last row that it changes (O1).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::deployment::Deployment;
use crate::support::node::Node;
use crate::support::people::{Booked, Host, booking};
use crate::support::times::{at, tuesday};
use crate::support::traces::TracedGuest;
use crate::support::until;

/// A node that says whatever it can.
async fn talkative(deployment: &Deployment) -> Node {
    let mut serve = deployment.serve();
    serve.more.push(("DAYBOOK_LOG", "debug".to_owned()));
    serve.start().await
}

/// Every line that a node has logged, all of which are JSON.
fn lines(node: &Node) -> Vec<Value> {
    let text = node.program.said().text();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// What was logged about a request, each line as its message and the given field.
fn about(node: &Node, correlation: &str, field: &str) -> Vec<(String, String)> {
    let lines = lines(node).into_iter().filter(|line| line["correlation_id"] == correlation);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    lines.map(|line| (text(&line["message"]), text(&line[field]))).collect()
}

#[tokio::test]
async fn a_booking_is_followed_from_its_request_to_the_read_models_and_its_guest_is_in_no_line() {
    let deployment = Deployment::create().await;
    let node = talkative(&deployment).await;
    let host = Host::register(&node.http()).await;
    let questions = json!([{"id": "colour", "label": "Your colour", "type": "text"}]);
    let offer = host.offer_with(&json!({"questions": questions})).await;
    let (guest, request) = (TracedGuest::somebody(), Uuid::now_v7().to_string());
    let mut asked = booking(&offer.id, &at(tuesday(), "09:00"));
    asked["invitee_email"] = json!(guest.email);
    asked["invitee_name"] = json!(guest.name);
    asked["notes"] = json!(guest.notes);
    asked["guests"] = json!([guest.friend]);
    asked["answers"] = json!([{"question_id": "colour", "value": guest.answer}]);
    let reply = node.http().post("/api/bookings", &asked).header("x-request-id", &request).await;
    let booked = Booked::of(&node.http(), &reply);
    let has = |field: &str, line: (&str, &str)| {
        about(&node, &request, field).contains(&(line.0.to_owned(), line.1.to_owned()))
    };
    for (field, message, value) in [
        ("host", "carried out", host.id.as_str()),
        ("host", "appended", &host.id),
        ("stream", "published", "DAYBOOK"),
        ("stream", "published", "DAYBOOK_ANALYTICS"),
        ("projection", "projected", "availability"),
        ("projection", "projected", "bookings"),
        ("route", "answered", "/api/bookings"),
    ] {
        until(&format!("{message} with {field} {value} is logged"), async || has(field, (message, value))).await;
    }
    let answered = lines(&node).into_iter().find(|line| line["request_id"] == request.as_str()).unwrap();
    for (field, expected) in [
        ("level", json!("INFO")),
        ("correlation_id", json!(request)),
        ("method", json!("POST")),
        ("status", json!(201)),
        ("outcome", json!("done")),
        ("host", json!(host.id)),
        ("span", json!("request")),
    ] {
        assert_eq!(answered[field], expected, "{answered}");
    }
    assert!(answered["latency_ms"].as_f64().unwrap() > 0.0, "{answered}");

    // What the guest does later is another request. What they, and their host, are called is nobody's business.
    booked.http.get(&format!("{}?token={}", booked.path(), booked.token)).await.ok();
    node.http().get(&format!("/api/users/{}", guest.email)).await.problem(404, "NOT_FOUND");
    node.http().get(&format!("/{}", guest.email)).await.problem(404, "NOT_FOUND");
    booked.cancel().await.ok();
    let text = node.program.said().text();
    assert_eq!(guest.traces(&text), Vec::<&str>::new());
    for secret in [booked.token.as_str(), host.email.as_str()] {
        assert!(!text.contains(secret), "{secret} was logged");
    }
}

#[tokio::test]
async fn a_request_without_an_id_goes_by_that_of_its_trace() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let trace = Uuid::new_v4();
    let parent = format!("00-{}-b7ad6b7169203331-01", trace.simple());
    let meeting_type = |slug: &str| json!({"name": "Intro", "slug": slug, "duration_minutes": 30});
    let reply = host.http.post("/api/meeting-types", &meeting_type("one")).header("traceparent", &parent).await;
    reply.created();
    assert_eq!(reply.header("x-request-id"), Some(trace.to_string().as_str()));
    let events = host.history().await;
    assert_eq!(events.last().unwrap()["correlation_id"], trace.to_string());
    // With an id of its own, it keeps that, and the trace stands beside it.
    let own = Uuid::now_v7().to_string();
    let both = host.http.post("/api/meeting-types", &meeting_type("two")).header("traceparent", &parent);
    assert_eq!(both.header("x-request-id", &own).await.header("x-request-id"), Some(own.as_str()));
    until("it is logged", async || about(&node, &own, "trace_parent") == [("answered".to_owned(), parent.clone())])
        .await;
    // Reading leaves no line where nobody asked for it.
    let before = lines(&node).len();
    host.http.get("/api/meeting-types").await.ok();
    host.http.get("/api/nowhere").await.problem(404, "NOT_FOUND");
    let after = lines(&node);
    assert!(after[before..].iter().all(|line| line["message"] != "answered"), "{:?}", &after[before..]);
}
