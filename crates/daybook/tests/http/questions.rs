//! Questions of a meeting type, and what guests answer (B1).

use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Booked, Host, Offer, booking};
use crate::support::times::{at, tuesday};
use crate::support::until;

fn questions() -> Value {
    json!([
        {"id": "company", "label": "Your company", "type": "text", "required": true},
        {"id": "about", "label": "What is it about?", "type": "textarea"},
        {"id": "size", "label": "Size", "type": "select", "options": ["S", "M", "L"]},
        {"id": "topics", "label": "Topics", "type": "multiselect", "options": ["Price", "Dates"]},
        {"id": "terms", "label": "I agree", "type": "checkbox", "required": true},
        {"id": "phone", "label": "Phone", "type": "phone"},
        {"id": "people", "label": "People", "type": "number"},
        {"id": "site", "label": "Web site", "type": "url"},
    ])
}

async fn asking() -> (Host, Offer) {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer_with(&json!({"questions": questions()})).await;
    (host, offer)
}

fn answering(offer: &Offer, answers: &Value) -> Value {
    let mut body = booking(&offer.id, &at(tuesday(), "09:00"));
    body["answers"] = answers.clone();
    body
}

#[tokio::test]
async fn answers_are_kept_with_the_booking_and_sealed_in_the_log() {
    let (host, offer) = asking().await;
    let answers = json!([
        {"question_id": "company", "value": "Analytical Engines"},
        {"question_id": "about", "value": "One\nTwo"},
        {"question_id": "size", "value": "M"},
        {"question_id": "topics", "value": ["Dates", "Price"]},
        {"question_id": "terms", "value": true},
        {"question_id": "phone", "value": "+44 20 7946 0000"},
        {"question_id": "people", "value": 3},
        {"question_id": "site", "value": "https://example.org/engines"},
    ]);
    let reply = offer.http.post("/api/bookings", &answering(&offer, &answers)).await;
    assert_eq!(reply.created()["booking"]["answers"], answers);
    let booked = Booked::of(&offer.http, &reply);
    assert_eq!(booked.show().await["booking"]["answers"], answers);
    until("the list shows them", async || host.http.get("/api/bookings").await.ok()["items"][0]["answers"] == answers)
        .await;
    let asked = host.history().await.into_iter().find(|event| event["type"] == "BookingRequested").unwrap();
    assert_eq!(asked["data"]["guest"]["plain"]["answers"], answers);
    let log = shared().await.deployment.log();
    let stored: Vec<String> = sqlx::query_scalar("SELECT payload::text FROM events WHERE aggregate_id = $1")
        .bind(&host.id)
        .fetch_all(&log.0)
        .await
        .unwrap();
    assert!(!stored.iter().any(|text| text.contains("Analytical")), "they are the guest's own");
}

#[tokio::test]
async fn an_answer_that_breaks_its_question_s_rules_is_named() {
    let (host, offer) = asking().await;
    let fine = [json!({"question_id": "company", "value": "AE"}), json!({"question_id": "terms", "value": true})];
    let with = |id: &str, value: Value| {
        let others = fine.iter().filter(|answer| answer["question_id"] != id).cloned();
        others.chain([json!({"question_id": id, "value": value})]).collect::<Value>()
    };
    for (field, answers) in [
        ("answers.company", json!([fine[1]])),
        ("answers.terms", json!([fine[0]])),
        ("answers.terms", with("terms", json!(false))),
        ("answers.company", with("company", json!(7))),
        ("answers.company", with("company", json!("x".repeat(1_001)))),
        ("answers.company", with("company", json!("a\u{0}b"))),
        ("answers.size", with("size", json!("XL"))),
        ("answers.topics", with("topics", json!(["Price", "Weather"]))),
        ("answers.phone", with("phone", json!("call me"))),
        ("answers.people", with("people", json!("three"))),
        ("answers.site", with("site", json!("javascript:alert(1)"))),
        ("answers.age", with("age", json!(7))),
        ("answers.company", json!([fine[0], fine[0], fine[1]])),
    ] {
        let problem =
            offer.http.post("/api/bookings", &answering(&offer, &answers)).await.problem(400, "VALIDATION_ERROR");
        let named: Vec<&String> = problem["details"].as_object().unwrap().keys().collect();
        assert_eq!(named, [field], "{answers}");
    }
    for (field, answers) in [
        ("answers", json!("yes")),
        ("answers[0].value", json!([{"question_id": "company", "value": {"a": 1}}])),
        ("answers[0].question_id", json!([{"value": "a"}])),
        ("answers[0].colour", json!([{"question_id": "company", "value": "a", "colour": 1}])),
    ] {
        let problem =
            offer.http.post("/api/bookings", &answering(&offer, &answers)).await.problem(400, "VALIDATION_ERROR");
        assert!(problem["details"][field].is_array(), "{field}: {problem}");
    }
    assert_eq!(host.history().await.len(), 2, "none of it reached the log");
}
