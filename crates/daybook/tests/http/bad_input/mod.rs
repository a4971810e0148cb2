//! Bad input: each is a problem that names the field, none reaches the log, none is a fault of ours.

mod accounts;
mod bookings;
mod hours;
mod json;
mod meeting_types;
mod queries;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::deployment::Deployment;
use crate::support::http::{Call, Http};
use crate::support::people::{Booked, Host, Offer};
use crate::support::times::{at, tuesday};

/// Requests that must be refused, and how.
#[derive(Default)]
struct Table(Vec<(String, Call, Refusal)>);

/// How a request must be refused.
#[derive(Clone)]
enum Refusal {
    /// As a validation error of this field.
    Field(String),
    /// With this status and code.
    Problem(u16, &'static str),
}

/// Somebody with one of everything, to try bad input on.
struct Victim {
    host: Host,
    offer: Offer,
    booked: Booked,
    schedule: String,
}

impl Victim {
    async fn make(http: &Http) -> Self {
        let host = Host::register(http).await;
        let offer = host.offer().await;
        let booked = offer.book(&at(tuesday(), "09:00")).await;
        let schedule = host.http.post("/api/schedules", &json!({"name": "Evenings"})).await.created();
        Self { host, offer, booked, schedule: schedule["id"].as_str().unwrap().to_owned() }
    }
}

impl Table {
    /// A call that must be refused because of a field.
    fn call(&mut self, what: impl Into<String>, call: Call, field: &str) {
        self.0.push((what.into(), call, Refusal::Field(field.to_owned())));
    }

    /// A call that must be refused with a status and a code.
    fn refused(&mut self, what: impl Into<String>, call: Call, status: u16, code: &'static str) {
        self.0.push((what.into(), call, Refusal::Problem(status, code)));
    }

    /// A good body in which one field takes these bad values in turn.
    fn values(
        &mut self,
        http: &Http,
        to: &(Method, &str),
        good: &Value,
        field: &str,
        bad: impl IntoIterator<Item = Value>,
    ) {
        for value in bad {
            let mut body = good.clone();
            body[field] = value.clone();
            let what: String = format!("{} {}: {field} = {value}", to.0, to.1).chars().take(160).collect();
            self.call(what, http.call(to.0.clone(), to.1).json(&body), field);
        }
    }

    /// A good body without these fields in turn.
    fn missing(&mut self, http: &Http, to: &(Method, &str), good: &Value, fields: &[&str]) {
        for field in fields {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(*field).unwrap();
            self.call(format!("{} {}: no {field}", to.0, to.1), http.call(to.0.clone(), to.1).json(&body), field);
        }
    }
}

/// Texts that no line of text may be.
fn bad_lines(longest: usize) -> Vec<Value> {
    let mut bad = bad_texts(longest);
    bad.extend([json!(""), json!("   "), json!("two\nlines"), json!("a\r\nBcc: eve@example.org"), json!("a\tb")]);
    bad
}

/// Texts that no text of several lines may be.
fn bad_texts(longest: usize) -> Vec<Value> {
    vec![
        json!("x".repeat(longest + 1)),
        json!("ä".repeat(longest + 1)),
        json!("nul\u{0}inside"),
        json!("bell\u{7}inside"),
        json!("next\u{85}line"),
        json!("line\u{2028}separator"),
        json!(7),
        json!(true),
        json!(["a list"]),
        json!({"an": "object"}),
    ]
}

/// What no whole number between two limits may be.
fn bad_numbers(least: i64, most: i64) -> Vec<Value> {
    let mut bad =
        vec![json!(most + 1), json!(-1), json!(1.5), json!("30"), json!(true), json!([30]), json!(65_536 + most)];
    bad.extend([json!(i64::MIN), json!(u64::MAX), json!(1e300)]);
    if least > 0 {
        bad.push(json!(least - 1));
    }
    bad
}

#[tokio::test]
async fn bad_input_is_refused_by_name_and_leaves_no_trace() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let http = node.http();
    let victim = Victim::make(&http).await;
    let mut table = Table::default();
    accounts::add(&mut table, &http, &victim);
    hours::add(&mut table, &victim);
    meeting_types::add(&mut table, &victim);
    bookings::add(&mut table, &http, &victim);
    queries::add(&mut table, &http, &victim);
    json::add(&mut table, &http, &victim);

    let traces = ["events", "users", "api_keys", "reservations", "subject_keys"];
    let before = deployment.log().rows(&traces).await;
    let cases = table.0.len();
    let replies = futures::stream::iter(table.0)
        .map(async |(what, call, refusal)| (what, call.await, refusal))
        .buffer_unordered(8);
    let replies: Vec<_> = replies.collect().await;
    let mut wrong = Vec::new();
    for (what, reply, refusal) in replies {
        let judged = std::panic::catch_unwind(|| match refusal {
            Refusal::Field(field) => reply.invalid(&field),
            Refusal::Problem(status, code) => reply.problem(status, code),
        });
        if judged.is_err() {
            wrong.push(format!("{what}\n  {reply}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} were not refused as they should:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases > 400, "only {cases} cases");
    assert_eq!(deployment.log().rows(&traces).await, before, "the log has not one event more");
    assert_eq!(node.metric("daybook_http_responses_total{status=\"5xx\"}").await, Some(0.0));
    assert!(!node.program.said().contains("panic"), "{}", node.program.said());
}
