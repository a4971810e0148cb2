//! A consumer of `/events/stream`.

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use super::DEADLINE;
use super::http::{Call, Http};

/// An open stream of events.
#[derive(Debug)]
pub struct Events {
    response: Response,
    unread: Vec<u8>,
    /// The last id that was given.
    pub last_id: String,
}

/// An event as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its place in the log.
    pub id: String,
    /// Its type.
    pub event: String,
    /// The CloudEvent.
    pub data: Value,
}

impl Events {
    /// Opens a stream; what is asked for stands in the query.
    pub async fn open(http: &Http, query: &str) -> Self {
        Self::of(http.get(&format!("/api/events/stream{query}"))).await
    }

    /// Opens a stream behind an event.
    pub async fn resume(http: &Http, last_event_id: &str) -> Self {
        Self::of(http.get("/api/events/stream").header("last-event-id", last_event_id)).await
    }

    async fn of(call: Call) -> Self {
        let response = call.begin().await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(response.status(), 200);
        assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        let mut events = Self { response, unread: Vec::new(), last_id: String::new() };
        let opening = timeout(DEADLINE, events.block()).await.expect("an opening in time").unwrap();
        assert!(opening.iter().all(|(name, _)| name != "data") && !events.last_id.is_empty(), "{opening:?}");
        events
    }

    /// The next event; fails if the stream ends first.
    pub async fn next(&mut self) -> Told {
        self.next_or_end().await.expect("the stream goes on")
    }

    /// So many events.
    pub async fn take(&mut self, count: usize) -> Vec<Told> {
        let mut told = Vec::with_capacity(count);
        while told.len() < count {
            told.push(self.next().await);
        }
        told
    }

    /// The next event, or none if the stream ends. Fails if neither comes in time, whatever else is said.
    pub async fn next_or_end(&mut self) -> Option<Told> {
        timeout(DEADLINE, self.read()).await.expect("an event or the end in time")
    }

    async fn read(&mut self) -> Option<Told> {
        loop {
            let block = self.block().await?;
            let field = |wanted: &str| {
                let values = block.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
                values.collect::<Vec<_>>().join("\n")
            };
            let data = field("data");
            if !data.is_empty() {
                let data = serde_json::from_str(&data).unwrap();
                return Some(Told { id: field("id"), event: field("event"), data });
            }
        }
    }

    /// The fields up to the next empty line; none at the end.
    async fn block(&mut self) -> Option<Vec<(String, String)>> {
        let end = loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                break end;
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.unread.extend_from_slice(&chunk),
                Ok(None) | Err(_) => return None,
            }
        };
        let block = String::from_utf8(self.unread.drain(..end + 2).collect()).unwrap();
        let fields: Vec<_> = block
            .lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if let Some((_, id)) = fields.iter().find(|(name, _)| name == "id") {
            self.last_id.clone_from(id);
        }
        Some(fields)
    }
}
