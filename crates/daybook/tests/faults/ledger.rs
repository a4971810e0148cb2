//! What guests were told, kept outside of everything that is killed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use serde_json::Value;
use tokio::sync::watch;

use crate::support::http::Http;
use crate::support::reply::Reply;

/// A request that can be sent again as often as need be: its idempotency key goes with it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) key: String,
    pub(crate) body: Value,
    /// Whether it is about several calendars at once.
    pub(crate) is_collective: bool,
}

/// What became of a request, as far as its guest knows.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It was done. The body says what.
    Done { body: Value, replayed: bool },
    /// It was refused, with this code.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

/// A booking as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) meeting_type: String,
    /// In whose calendars it stands, the organiser first.
    pub(crate) hosts: Vec<String>,
    pub(crate) start: String,
    pub(crate) cancelled: bool,
    pub(crate) version: u64,
}

/// Everything that guests were told. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Ledger(Arc<Mutex<Entries>>, watch::Sender<Counts>);

/// How many requests had which end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) done: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// Times that a guest was left without an answer.
    pub(crate) stumbles: usize,
}

/// The entries of a ledger.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// The bookings that were acknowledged, as the last acknowledgement left them.
    pub(crate) bookings: BTreeMap<String, Expected>,
    /// Requests of which nobody knows what became of them.
    pub(crate) unknown: Vec<Request>,
    /// Answers that nobody should ever get.
    pub(crate) complaints: Vec<String>,
}

impl Request {
    /// Sends it to a node.
    pub(crate) async fn send(&self, http: &Http) -> Result<Reply, reqwest::Error> {
        let call = http.call(self.method.clone(), &self.path).json(&self.body).key(&self.key);
        let call = match &self.token {
            Some(token) => call.token(token),
            None => call,
        };
        call.attempt().await
    }

    /// What an answer says about it. `Err` is an answer that nobody should ever get.
    pub(crate) fn judge(&self, answer: &Result<Reply, reqwest::Error>) -> Result<Outcome, String> {
        let Ok(reply) = answer else { return Ok(Outcome::Unknown) };
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let code = body["code"].as_str().unwrap_or_default();
        match (reply.status, code) {
            (200 | 201, _) => Ok(Outcome::Done { body, replayed: reply.header("idempotency-replayed").is_some() }),
            // Somebody else has the time, or is changing the calendar again and again.
            (409, "SLOT_UNAVAILABLE") if self.method != Method::DELETE => Ok(Outcome::Refused(code.to_owned())),
            (409, "VERSION_CONFLICT") if self.method == Method::DELETE => Ok(Outcome::Refused(code.to_owned())),
            (409, "IDEMPOTENCY_CONFLICT") | (503, "UNAVAILABLE") if reply.header("retry-after").is_some() => {
                Ok(Outcome::Unknown)
            }
            _ => Err(reply.to_string()),
        }
    }
}

impl Ledger {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(Arc::default(), watch::Sender::new(Counts::default()))
    }

    /// The entries.
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What should never have been answered, and the bookings that were acknowledged.
    pub(crate) fn read(&self) -> (Vec<String>, BTreeMap<String, Expected>) {
        let entries = self.entries();
        (entries.complaints.clone(), entries.bookings.clone())
    }

    /// How many requests had which end so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.1.borrow()
    }

    /// Waits until the counts satisfy a condition.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn(Counts) -> bool) {
        let mut counts = self.1.subscribe();
        let waited = tokio::time::timeout(crate::support::DEADLINE, counts.wait_for(|counts| condition(*counts))).await;
        assert!(
            waited.is_ok(),
            "waited in vain until {what}: {:?}; complaints: {:#?}",
            self.counts(),
            self.entries().complaints
        );
    }

    /// Notes what became of a request.
    pub(crate) fn note(&self, request: &Request, outcome: &Outcome) {
        let mut entries = self.entries();
        match outcome {
            Outcome::Done { body, .. } => entries.done(body),
            Outcome::Refused(_) => {}
            Outcome::Unknown => entries.unknown.push(request.clone()),
        }
        drop(entries);
        self.1.send_modify(|counts| match outcome {
            Outcome::Done { .. } => counts.done += 1,
            Outcome::Refused(_) => counts.refused += 1,
            Outcome::Unknown => counts.unknown += 1,
        });
    }

    /// Notes that a guest was left without an answer, whether or not they ask again.
    pub(crate) fn stumble(&self) {
        self.1.send_modify(|counts| counts.stumbles += 1);
    }

    /// Notes an answer that nobody should ever get.
    pub(crate) fn complain(&self, complaint: String) {
        self.entries().complaints.push(complaint);
    }
}

impl Entries {
    fn done(&mut self, body: &Value) {
        let booking = body.get("booking").unwrap_or(body);
        let text = |field: &str| booking[field].as_str().unwrap().to_owned();
        let hosts = booking["hosts"].as_array().unwrap();
        let hosts: Vec<_> = hosts.iter().map(|host| host.as_str().unwrap().to_owned()).collect();
        let expected = Expected {
            meeting_type: text("meeting_type_id"),
            hosts: if hosts.is_empty() { vec![text("host_id")] } else { hosts },
            start: text("start_time"),
            cancelled: booking["status"] == "cancelled",
            version: booking["version"].as_u64().unwrap(),
        };
        let Some(before) = self.bookings.insert(text("id"), expected.clone()) else { return };
        // A guest waits for each answer, so what they are told can only move on by one; or stay, for a move to where it is.
        let moved_on = !before.cancelled && before.version + 1 == expected.version;
        if !moved_on && before != expected {
            self.complaints.push(format!("{} went from {before:?} to {expected:?}", booking["id"]));
        }
    }
}
