//! Guests and consumers who go on, whatever happens to servers.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{Datelike as _, Weekday};
use reqwest::Error;
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::events::Events;
use crate::support::http::Http;
use crate::support::log::Log;
use crate::support::people::{Booked, Host, Offer};
use crate::support::reply::Reply;
use crate::support::times::{at, later, tuesday};

/// People at work until they are told to stop, and what became of their requests.
#[derive(Debug, Default)]
pub(crate) struct Work {
    done: AtomicBool,
    /// Requests that were answered as they should be.
    pub(crate) answered: AtomicUsize,
    /// All others.
    pub(crate) failures: Mutex<Vec<String>>,
    /// The longest that anybody waited for an answer, and to what.
    pub(crate) longest: Mutex<(Duration, String)>,
}

/// A booking as its guest has it in hand.
#[derive(Debug)]
pub(crate) struct Held {
    booked: Booked,
    status: &'static str,
}

impl Work {
    pub(crate) fn stop(&self) {
        self.done.store(true, Ordering::Relaxed);
    }

    fn goes_on(&self) -> bool {
        !self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    /// An answer with this status; anything else is a failed request.
    async fn must(
        &self,
        status: u16,
        what: &str,
        request: impl Future<Output = Result<Reply, Error>>,
    ) -> Option<Reply> {
        let begun = Instant::now();
        let answer = request.await;
        let mut longest = self.longest.lock().unwrap();
        if begun.elapsed() > longest.0 {
            *longest = (begun.elapsed(), what.to_owned());
        }
        match answer {
            Ok(reply) if reply.status == status => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                return Some(reply);
            }
            Ok(reply) => self.failures.lock().unwrap().push(format!("{what}: {reply}")),
            Err(error) => self.failures.lock().unwrap().push(format!("{what}: {error:?}")),
        }
        None
    }

    /// Somebody who looks for times.
    pub(crate) async fn look(&self, offer: &Offer) {
        let date = tuesday();
        let path = format!("/api/availability?meeting_type_id={}&start_date={date}&end_date={date}", offer.id);
        while self.goes_on() {
            self.must(200, "look", offer.http.get(&path).attempt()).await;
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Guests who book one time of an offer after the other; every other sends a key, and every third changes their mind.
    pub(crate) async fn book(&self, offer: &Offer) -> Vec<Held> {
        let mut held = Vec::new();
        for (number, start) in starts().into_iter().enumerate() {
            if !self.goes_on() {
                break;
            }
            let request = offer.request(&start);
            let request = if number % 2 == 0 { request.key(&Uuid::new_v4().to_string()) } else { request };
            let Some(reply) = self.must(201, "book", request.attempt()).await else { continue };
            let booked = Booked::of(&offer.http, &reply);
            let cancelled = number % 3 == 0 && self.must(200, "cancel", booked.cancel().attempt()).await.is_some();
            held.push(Held { booked, status: if cancelled { "cancelled" } else { "confirmed" } });
            sleep(Duration::from_millis(10)).await;
        }
        held
    }
}

impl Held {
    /// The booking is as its guest was told.
    pub(crate) async fn must_be_kept(&self, http: &Http) {
        let shown = Booked { http: http.clone(), ..self.booked.clone() }.show().await;
        assert_eq!(shown["booking"]["status"], self.status, "{shown}");
    }
}

/// The half hours of working days, four weeks of them.
fn starts() -> Vec<String> {
    let days = (0..28).map(|ahead| later(tuesday(), ahead));
    let days = days.filter(|day| ![Weekday::Sat, Weekday::Sun].contains(&day.weekday()));
    days.flat_map(|day| (18..34).map(move |half| at(day, &format!("{:02}:{:02}", half / 2, half % 2 * 30)))).collect()
}

/// A consumer of all events who comes back whenever its stream ends, and then has the log's events, each once, in its order.
pub(crate) struct Consumer {
    admin: Host,
    told: Vec<String>,
    /// How often its stream ended.
    pub(crate) ends: usize,
}

impl Consumer {
    pub(crate) const fn new(admin: Host) -> Self {
        Self { admin, told: Vec::new(), ends: 0 }
    }

    /// Reads until it has seen as many events as the log has once the work is done.
    pub(crate) async fn follow(&mut self, work: &Work, log: &Log) {
        let mut events = Events::open(&self.admin.http, "?from=start").await;
        loop {
            let next = tokio::time::timeout(Duration::from_millis(500), events.next_or_end()).await;
            match next {
                Ok(Some(told)) => self.told.push(told.id),
                Ok(None) => {
                    self.ends += 1;
                    events = Events::resume(&self.admin.http, &events.last_id).await;
                }
                Err(_) => {}
            }
            if !work.goes_on() && i64::try_from(self.told.len()).unwrap() >= log.events().await {
                break;
            }
        }
        assert_eq!(self.told, log.places_after("0-0").await, "each event once, in the order of the log");
    }
}
