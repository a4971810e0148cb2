//! Guests who book, move and cancel as fast as they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::ledger::{Ledger, Outcome, Request};
use crate::scene::{Doors, Offered, Scene};
use crate::support::people::{booking, unique};
use crate::support::times::{at, later, tuesday};

/// Guests at the same time.
const GUESTS: u64 = 24;
/// Days on which they want to meet: with two of them there are 96 starts per host, so most wishes collide in the end.
const DAYS: u64 = 2;

/// Guests who go on until they are stopped.
pub(crate) struct Guests {
    running: JoinSet<()>,
    stop: Arc<AtomicBool>,
}

/// A booking that a guest holds.
struct Held {
    id: String,
    token: String,
    start: String,
    is_collective: bool,
}

struct Guest {
    random: SmallRng,
    doors: Doors,
    offers: Vec<Offered>,
    ledger: Ledger,
    stop: Arc<AtomicBool>,
    held: Vec<Held>,
}

impl Guests {
    /// Lets guests begin.
    pub(crate) fn begin(scene: &Scene, ledger: &Ledger, seed: u64) -> Self {
        let (mut running, stop) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
        for guest in 0..GUESTS {
            let guest = Guest {
                random: SmallRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(guest)),
                doors: scene.doors.clone(),
                offers: scene.offers.clone(),
                ledger: ledger.clone(),
                stop: stop.clone(),
                held: Vec::new(),
            };
            running.spawn(guest.run());
        }
        Self { running, stop }
    }

    /// Waits for the last answers.
    pub(crate) async fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.running.join_all().await;
    }
}

impl Guest {
    async fn run(mut self) {
        while !self.stop.load(Ordering::SeqCst) {
            let changes = if self.held.is_empty() { 0.0 } else { 0.5 };
            if self.random.random_bool(changes) { self.change().await } else { self.book().await }
        }
    }

    /// Books a time at random.
    async fn book(&mut self) {
        let offer = self.offers.choose(&mut self.random).unwrap().clone();
        let (is_collective, body) = (offer.is_collective(), booking(&offer.id, &self.start()));
        let (path, key) = ("/api/bookings".to_owned(), unique("book"));
        let request = Request { method: Method::POST, path, token: None, key, body, is_collective };
        if let Some(Outcome::Done { body, .. }) = self.ask(&request).await {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let booking = &body["booking"];
            let (id, start) = (text(&booking["id"]), text(&booking["start_time"]));
            self.held.push(Held { id, start, token: text(&body["manage_token"]), is_collective });
        }
    }

    /// Moves or cancels a booking that they hold.
    async fn change(&mut self) {
        let chosen = self.random.random_range(0..self.held.len());
        let mut held = self.held.swap_remove(chosen);
        let start = self.start();
        // A move to where it is would be no change, and leave nothing behind to tell a repetition by.
        let is_move = self.random.random_bool(0.5) && start != held.start;
        let path = format!("/api/bookings/{}", held.id);
        let (method, path, body) = if is_move {
            (Method::PUT, format!("{path}/reschedule"), json!({"start_time": start, "reason": "Something came up"}))
        } else {
            (Method::DELETE, path, json!({"reason": "The flu"}))
        };
        let (token, key) = (Some(held.token.clone()), Uuid::new_v4().to_string());
        let request = Request { method, path, token, key, body, is_collective: held.is_collective };
        match self.ask(&request).await {
            Some(Outcome::Done { .. }) if is_move => {
                held.start = start;
                self.held.push(held);
            }
            Some(Outcome::Refused(_)) => self.held.push(held),
            // A booking in doubt is left alone.
            _ => {}
        }
    }

    /// Sends a request until it is answered or the guest loses patience; notes what became of it.
    async fn ask(&mut self, request: &Request) -> Option<Outcome> {
        let mut patience = if self.random.random_bool(0.5) { 0 } else { self.random.random_range(1..50) };
        let mut may_have_arrived = false;
        loop {
            let answer = request.send(&self.doors.get(self.random.random_range(0..2))).await;
            may_have_arrived |= !answer.as_ref().is_err_and(reqwest::Error::is_connect);
            let outcome = match request.judge(&answer) {
                Ok(outcome) => outcome,
                Err(complaint) => {
                    self.ledger.complain(complaint);
                    return None;
                }
            };
            if matches!(outcome, Outcome::Unknown) {
                self.ledger.stumble();
                let is_stopped = self.stop.load(Ordering::SeqCst);
                if !is_stopped && (patience > 0 || !may_have_arrived) {
                    patience -= i32::from(may_have_arrived);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                if !may_have_arrived {
                    return None;
                }
            }
            self.ledger.note(request, &outcome);
            return Some(outcome);
        }
    }

    fn start(&mut self) -> String {
        let (day, half_hour) = (self.random.random_range(0..DAYS), self.random.random_range(0..48));
        at(later(tuesday(), day), &format!("{:02}:{:02}", half_hour / 2, half_hour % 2 * 30))
    }
}
