//! A guest who books, moves and cancels, asks again where there was no answer, and now and then asks two nodes at once.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use daybook_black_box::people::{booking, unique};
use daybook_black_box::times::{tuesday, written};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::Method;
use serde_json::json;

use super::request::{Outcome, Request};
use super::{Crowd, Phase};
use crate::history::{Ask, Offered, Recorder, Settled, Told, What};
use crate::stage::{Doors, NODES, Stage};

/// Days on which guests want to meet: with two of them there are 96 starts per host, so most wishes collide in the end.
pub(super) const DAYS: u64 = 2;
/// Bookings that a guest holds before they rather change one than make another.
const ENOUGH: usize = 8;
/// Between two attempts.
const AGAIN: Duration = Duration::from_millis(50);

/// A booking that a guest holds.
#[derive(Clone, Debug)]
struct Held {
    booking: Told,
    token: String,
}

/// A request of which nobody knows what became of it.
struct Doubt {
    since: Instant,
    request: Request,
    held: Option<Held>,
}

pub(super) struct Guest {
    client: u64,
    random: SmallRng,
    doors: Doors,
    offers: Vec<Offered>,
    recorder: Recorder,
    crowd: Crowd,
    phase: Arc<Phase>,
    held: Vec<Held>,
    doubts: Vec<Doubt>,
}

impl Guest {
    pub(super) fn new(
        client: u64,
        stage: &Stage,
        recorder: &Recorder,
        crowd: Crowd,
        phase: &Arc<Phase>,
        seed: u64,
    ) -> Self {
        Self {
            client,
            random: SmallRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(client)),
            doors: stage.doors.clone(),
            offers: stage.offers.clone(),
            recorder: recorder.clone(),
            crowd,
            phase: phase.clone(),
            held: Vec::new(),
            doubts: Vec::new(),
        }
    }

    pub(super) async fn run(mut self) {
        while self.phase.is_load() {
            let due = self.doubts.iter().position(|doubt| doubt.since.elapsed() > self.crowd.in_doubt);
            if let Some(due) = due {
                let doubt = self.doubts.swap_remove(due);
                self.ask_again(doubt).await;
            } else if self.random.random_range(0..ENOUGH) < self.held.len().min(ENOUGH - 2) {
                self.change().await;
            } else {
                self.book().await;
            }
            tokio::time::sleep(self.crowd.thinking.mul_f64(self.random.random())).await;
        }
        while !self.phase.is_settling() {
            tokio::time::sleep(AGAIN).await;
        }
        while let Some(doubt) = self.doubts.pop() {
            self.settle(doubt).await;
        }
    }

    /// Books a time at random.
    async fn book(&mut self) {
        let Some(offer) = self.offers.choose(&mut self.random).map(|offer| offer.id.clone()) else { return };
        let start = self.start();
        let body = booking(&offer, &written(start));
        let request = self.request(Ask::Book { offer, start }, Method::POST, "/api/bookings".to_owned(), None, body);
        self.pursue(request, None).await;
    }

    /// Moves or cancels a booking that they hold.
    async fn change(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let chosen = self.random.random_range(0..self.held.len());
        let held = self.held.swap_remove(chosen);
        let start = self.start();
        let (id, token) = (held.booking.id.clone(), Some(held.token.clone()));
        let path = format!("/api/bookings/{id}");
        // A move to where it is would be no change, and leave nothing behind to tell a repetition by.
        let request = if self.random.random_bool(0.5) && start != held.booking.start {
            let body = json!({"start_time": written(start), "reason": "Something came up"});
            self.request(Ask::Move { booking: id, start }, Method::PUT, format!("{path}/reschedule"), token, body)
        } else {
            self.request(Ask::Cancel { booking: id }, Method::DELETE, path, token, json!({"reason": "The flu"}))
        };
        self.pursue(request, Some(held)).await;
    }

    fn request(
        &self,
        ask: Ask,
        method: Method,
        path: String,
        token: Option<String>,
        body: serde_json::Value,
    ) -> Request {
        let (op, client, key) = (self.phase.next_operation(), self.client, unique("key"));
        Request { op, client, ask, method, path, token, key, body, attempts: AtomicU32::new(0) }
    }

    /// Sends a request until it is answered or the guest loses patience.
    async fn pursue(&mut self, request: Request, held: Option<Held>) {
        let mut patience = if self.random.random_bool(0.5) { 0 } else { self.random.random_range(1..20) };
        let mut may_have_arrived = false;
        if self.random.random_bool(0.1) {
            // Two nodes at once: one of them does it.
            let (one, other) = tokio::join!(
                request.send(&self.doors, 0, &self.recorder),
                request.send(&self.doors, 1, &self.recorder)
            );
            let in_doubt = |outcome: &Outcome| matches!(outcome, Outcome::Unknown(true));
            may_have_arrived = in_doubt(&one) || in_doubt(&other);
            for outcome in [one, other] {
                if let Outcome::Done(..) = outcome {
                    return self.conclude(outcome, held);
                }
            }
        }
        loop {
            let node = self.random.random_range(0..NODES);
            let outcome = request.send(&self.doors, node, &self.recorder).await;
            match outcome {
                Outcome::Unknown(arrived) => {
                    may_have_arrived |= arrived;
                    if self.phase.is_load() && (patience > 0 || !may_have_arrived) {
                        patience -= i32::from(may_have_arrived);
                        tokio::time::sleep(AGAIN).await;
                        continue;
                    }
                    if may_have_arrived {
                        self.doubts.push(Doubt { since: Instant::now(), request, held });
                    } else {
                        self.held.extend(held);
                    }
                }
                // An earlier attempt may still be on its way.
                Outcome::Refused if may_have_arrived => {
                    self.doubts.push(Doubt { since: Instant::now(), request, held });
                }
                outcome => self.conclude(outcome, held),
            }
            return;
        }
    }

    /// Takes note of what became of a request.
    fn conclude(&mut self, outcome: Outcome, held: Option<Held>) {
        match (outcome, held) {
            (Outcome::Done(booking, token), held) => {
                let token = token.or(held.map(|held| held.token)).unwrap_or_default();
                if !booking.cancelled {
                    self.held.push(Held { booking, token });
                }
            }
            (Outcome::Refused, Some(held)) => self.held.push(held),
            _ => {}
        }
    }

    /// Asks again, now that nothing of it is on its way any more.
    async fn ask_again(&mut self, doubt: Doubt) {
        let node = self.random.random_range(0..NODES);
        match doubt.request.send(&self.doors, node, &self.recorder).await {
            Outcome::Unknown(_) => self.doubts.push(Doubt { since: Instant::now(), ..doubt }),
            outcome => {
                if matches!(outcome, Outcome::Refused) {
                    self.recorder.note(What::Settled(Settled { op: doubt.request.op }));
                }
                self.conclude(outcome, doubt.held);
            }
        }
    }

    /// Asks until there is an answer, and once more at each node: what was done stays done. What was refused may be done after
    /// all, when another guest has just given the time back; the checker judges that.
    async fn settle(&mut self, doubt: Doubt) {
        let mut last = Outcome::Unknown(true);
        for node in [0, 1, 0] {
            let mut outcome = doubt.request.send(&self.doors, node, &self.recorder).await;
            while matches!(outcome, Outcome::Unknown(_)) {
                tokio::time::sleep(AGAIN).await;
                outcome = doubt.request.send(&self.doors, node, &self.recorder).await;
            }
            if matches!((&last, &outcome), (Outcome::Done(..), Outcome::Refused)) {
                self.recorder.complain(format!("{:?} was done, and then it was refused", doubt.request));
            }
            last = outcome;
        }
        if matches!(last, Outcome::Refused) {
            self.recorder.note(What::Settled(Settled { op: doubt.request.op }));
        }
    }

    fn start(&mut self) -> DateTime<Utc> {
        let (day, half_hour) = (self.random.random_range(0..DAYS), self.random.random_range(0..48));
        let midnight = (tuesday() + Days::new(day)).and_time(NaiveTime::MIN).and_utc();
        midnight + TimeDelta::minutes(30 * half_hour)
    }
}
