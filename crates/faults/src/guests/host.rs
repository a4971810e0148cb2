//! A host who looks at their bookings and at what is free, now at this node and now at that.

use std::sync::Arc;
use std::time::Duration;

use daybook_black_box::http::Http;
use daybook_black_box::times::{later, tuesday};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use super::Phase;
use super::guest::DAYS;
use super::request::told;
use crate::history::{Offered, Recorder, Shown, What};
use crate::stage::{Doors, HostAtWork, NODES, Stage};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1_500);

pub(super) struct Onlooker {
    host: HostAtWork,
    doors: Doors,
    offers: Vec<Offered>,
    recorder: Recorder,
    phase: Arc<Phase>,
    random: SmallRng,
}

impl Onlooker {
    pub(super) fn new(host: &HostAtWork, stage: &Stage, recorder: &Recorder, phase: &Arc<Phase>, seed: u64) -> Self {
        let own = stage.offers.iter().filter(|offer| offer.hosts.contains(&host.id));
        Self {
            doors: stage.doors.clone(),
            offers: own.cloned().collect(),
            recorder: recorder.clone(),
            phase: phase.clone(),
            random: SmallRng::seed_from_u64(seed ^ u64::from(host.id.as_bytes()[host.id.len() - 1])),
            host: host.clone(),
        }
    }

    pub(super) async fn run(mut self) {
        while self.phase.is_load() {
            let node = self.random.random_range(0..NODES);
            let http = self.host.http.at(&self.doors.get(node));
            if self.random.random_bool(0.5) {
                self.look_at_bookings(node, &http).await;
            } else {
                self.look_at_availability(&http).await;
            }
            tokio::time::sleep(PAUSE.mul_f64(self.random.random::<f64>() * 2.0)).await;
        }
    }

    async fn look_at_bookings(&self, node: usize, http: &Http) {
        let since = self.recorder.now();
        let days = format!("from={}T00:00:00Z&to={}T00:00:00Z", tuesday(), later(tuesday(), DAYS));
        let Some(page) = self.ask(http, &format!("/api/bookings?limit=100&{days}")).await else { return };
        let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        match items.iter().map(told).collect() {
            Some(bookings) => {
                self.recorder.note(What::Shown(Shown { node, host: self.host.id.clone(), since, bookings }));
            }
            None => self.recorder.complain(format!("a list of bookings that cannot be read: {page}")),
        }
    }

    async fn look_at_availability(&mut self, http: &Http) {
        let Some(offer) = self.offers.choose(&mut self.random) else { return };
        let (from, to) = (tuesday(), later(tuesday(), DAYS - 1));
        let path = format!("/api/availability?meeting_type_id={}&start_date={from}&end_date={to}", offer.id);
        if let Some(answer) = self.ask(&http.anonymous(), &path).await
            && answer["slots"].as_object().is_none()
        {
            self.recorder.complain(format!("availability without slots: {answer}"));
        }
    }

    /// The answer, if there is one; a node may say that it cannot answer now, and nothing else.
    async fn ask(&self, http: &Http, path: &str) -> Option<Value> {
        let reply = http.get(path).attempt().await.ok()?;
        match reply.status {
            200 => serde_json::from_slice(&reply.body).ok(),
            503 => None,
            _ => {
                self.recorder.complain(reply.to_string());
                None
            }
        }
    }
}
