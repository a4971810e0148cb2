//! The same command sent twice takes effect once (B4).
//!
//! The log itself remembers: a command's first event carries the hash of its key, under a unique index. Only success is
//! remembered, so only success is replayed, rebuilt from the events. What is kept here is only who is at it right now.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::HostId;
use daybook_event_store::{IdempotentRequest, RecordedEvent};
use serde::Serialize;

use crate::problem::{Answer, Code, Problem};
use crate::state::Api;

const LONGEST_KEY: usize = 255;
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key that a request carries, if any: `Idempotency-Key`, or `X-Idempotency-Key`.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Option<String>);

impl FromRequestParts<Api> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Answer<Self> {
        let header = ["idempotency-key", "x-idempotency-key"].iter().find_map(|name| parts.headers.get(*name));
        let Some(header) = header else { return Ok(Self(None)) };
        let key = header.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
        match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(Problem::invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")),
        }
    }
}

impl IdempotencyKey {
    /// Whether the request carries one.
    pub const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Binds the key to an operation and the body it came with. Two operations may use the same key.
    pub fn bind(&self, api: &Api, operation: &str, body: &impl Serialize) -> Option<IdempotentRequest> {
        let key = self.0.as_ref()?;
        let body = serde_json::to_vec(body).unwrap_or_default();
        Some(api.idempotency.request(operation, key, &body))
    }
}

/// The keys of commands that this node is carrying out.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<Mutex<HashSet<String>>>);

/// Holds a key until the command is answered.
#[derive(Debug)]
pub struct Turn {
    keys: InFlight,
    key: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl InFlight {
    fn enter(&self, request: &IdempotentRequest) -> Answer<Turn> {
        let key = request.hash().key().to_owned();
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone()) {
            Ok(Turn { keys: self.clone(), key })
        } else {
            let detail = "a request with this idempotency key is being answered; ask again in a moment";
            Err(Problem::new(Code::IdempotencyConflict, detail).retry_after(std::time::Duration::from_secs(1)))
        }
    }
}

/// What to do with a request that may have come before.
#[derive(Debug)]
pub enum Once {
    /// It is new, or carries no key; the turn is held while it is answered.
    First(Option<Turn>),
    /// It was answered: this is what it did.
    Again(Earlier),
}

/// What an earlier command with the same key did.
#[derive(Debug)]
pub struct Earlier {
    /// To whose calendar.
    pub host: HostId,
    /// The events it caused, with readable personal data.
    pub events: Vec<CalendarEvent>,
    /// The calendar's version after the last of them.
    pub version: u64,
}

/// Looks whether a command was carried out before.
pub async fn once(api: &Api, request: Option<&IdempotentRequest>) -> Answer<Once> {
    let Some(request) = request else { return Ok(Once::First(None)) };
    let turn = api.in_flight.enter(request)?;
    Ok(earlier(api, request).await?.map_or(Once::First(Some(turn)), Once::Again))
}

/// What the command that this key came with first did; refuses the key if that was another command.
pub async fn earlier(api: &Api, request: &IdempotentRequest) -> Answer<Option<Earlier>> {
    let Some(command) = api.idempotency.find(request).await? else { return Ok(None) };
    if !command.same_request {
        return Err(Problem::new(Code::IdempotencyKeyReused, "this idempotency key came with another request before"));
    }
    let last = command.events.last().map(|event| (event.host, event.version));
    let Some((host, version)) = last else { return Ok(None) };
    Ok(Some(Earlier { host, events: api.opened(&command.events).await?, version }))
}

impl Api {
    /// Recorded events with readable personal data.
    pub async fn opened(&self, recorded: &[RecordedEvent]) -> Answer<Vec<CalendarEvent>> {
        let decode = |event: &RecordedEvent| Ok((event.id, event.decode()?));
        let mut events = recorded.iter().map(decode).collect::<Answer<Vec<_>>>()?;
        self.store.codec().open(&mut events).await?;
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }
}

/// Marks an answer as one that was given before.
pub fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
