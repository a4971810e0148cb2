//! A request that can be sent again as often as need be, and what an answer says about it.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use daybook_black_box::http::Http;
use daybook_black_box::reply::Reply;
use reqwest::Method;
use serde_json::Value;

use crate::history::{Ask, Done, Invoke, Recorder, Refused, Told, Unknown, What};
use crate::stage::Doors;

/// An operation: its idempotency key goes with it each time.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) op: u64,
    pub(crate) client: u64,
    pub(crate) ask: Ask,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) key: String,
    pub(crate) body: Value,
    /// How often it was sent.
    pub(crate) attempts: AtomicU32,
}

/// What became of a request, as far as its guest knows.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It was done: the booking afterwards, and its token if it is new.
    Done(Told, Option<String>),
    /// It was refused.
    Refused,
    /// Nobody knows; false if it cannot even have arrived.
    Unknown(bool),
    /// It was answered as nobody should ever be.
    Wrong,
}

impl Request {
    /// Sends it to a node, and writes down what comes back.
    pub(crate) async fn send(&self, doors: &Doors, node: usize, recorder: &Recorder) -> Outcome {
        let (op, client, ask) = (self.op, self.client, self.ask.clone());
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst);
        recorder.note(What::Invoke(Invoke { op, attempt, client, node, ask }));
        let answer = self.call(&doors.get(node)).await;
        let never_arrived = answer.as_ref().is_err_and(reqwest::Error::is_connect);
        let unknown = |why| {
            recorder.note(What::Unknown(Unknown { op, attempt, never_arrived, why }));
            Outcome::Unknown(!never_arrived)
        };
        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => return unknown(described(&error)),
        };
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default();
        match (reply.status, code) {
            (200 | 201, _) => {
                let Some(booking) = told(&body) else { return self.wrong(&reply, recorder, attempt) };
                let replayed = reply.header("idempotency-replayed").is_some();
                recorder.note(What::Ok(Done { op, attempt, booking: booking.clone(), replayed }));
                Outcome::Done(booking, body["manage_token"].as_str().map(str::to_owned))
            }
            // Somebody else has the time, or is changing the calendar again and again.
            (409, "SLOT_UNAVAILABLE") if self.method != Method::DELETE => self.refused(code, attempt, recorder),
            (409, "VERSION_CONFLICT") if self.method == Method::DELETE => self.refused(code, attempt, recorder),
            (409, "IDEMPOTENCY_CONFLICT") | (503, "UNAVAILABLE") if reply.header("retry-after").is_some() => {
                unknown(format!("{} {code}", reply.status))
            }
            _ => self.wrong(&reply, recorder, attempt),
        }
    }

    fn refused(&self, code: &str, attempt: u32, recorder: &Recorder) -> Outcome {
        recorder.note(What::Refused(Refused { op: self.op, attempt, code: code.to_owned() }));
        Outcome::Refused
    }

    /// An answer that nobody should ever get.
    fn wrong(&self, reply: &Reply, recorder: &Recorder, attempt: u32) -> Outcome {
        recorder.complain(format!("operation {}: {reply}", self.op));
        let why = format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body));
        recorder.note(What::Unknown(Unknown { op: self.op, attempt, never_arrived: false, why }));
        Outcome::Wrong
    }

    async fn call(&self, http: &Http) -> Result<Reply, reqwest::Error> {
        let call = http.call(self.method.clone(), &self.path).json(&self.body).key(&self.key);
        match &self.token {
            Some(token) => call.token(token).attempt().await,
            None => call.attempt().await,
        }
    }
}

fn described(error: &reqwest::Error) -> String {
    match () {
        () if error.is_connect() => "no connection".to_owned(),
        () if error.is_timeout() => "no answer in time".to_owned(),
        () => "the connection broke".to_owned(),
    }
}

/// The booking that an answer tells of.
pub(crate) fn told(body: &Value) -> Option<Told> {
    let booking = body.get("booking").unwrap_or(body);
    let text = |field: &str| booking[field].as_str().map(str::to_owned);
    let instant = |field: &str| booking[field].as_str()?.parse::<DateTime<Utc>>().ok();
    let hosts = booking["hosts"].as_array()?.iter().map(|host| host.as_str().map(str::to_owned));
    let hosts: Vec<_> = hosts.collect::<Option<_>>()?;
    Some(Told {
        id: text("id")?,
        offer: text("meeting_type_id")?,
        hosts: if hosts.is_empty() { vec![text("host_id")?] } else { hosts },
        start: instant("start_time")?,
        end: instant("end_time")?,
        cancelled: booking["status"] == "cancelled",
        version: booking["version"].as_u64()?,
    })
}
