//! Serves a lane: decides, appends, answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::HostId;
use prometheus::IntCounter;

use super::append::Decided;
use super::hops::Hops;
use super::lane::{Attendance, Lane, Request};
use super::round::Round;
use super::{ExecuteError, Parts};
use crate::replay;

/// Races that a command may lose before it is answered as a conflict (E2). Nodes that want one calendar all the time lose every
/// other one, so a handful would turn some commands away although nothing is in their way.
const LOST_RACES: u32 = 16;

/// What a command went through before it won a race.
pub(super) struct Races<'a> {
    lost: u32,
    counted: &'a IntCounter,
}

impl<'a> Races<'a> {
    /// None is lost yet; each that is will be counted.
    pub(super) const fn counted_by(counted: &'a IntCounter) -> Self {
        Self { lost: 0, counted }
    }

    /// Waits a moment after a lost race, longer after each, and not as long as whoever lost it too. False if it was the last.
    pub(super) async fn lose(&mut self) -> bool {
        self.lost += 1;
        let most = Duration::from_millis(1 << self.lost.min(4));
        tokio::time::sleep(most.mul_f64(rand::random())).await;
        let again = self.lost <= LOST_RACES;
        self.counted.inc_by(u64::from(again));
        again
    }
}

/// Whether a single command of several was the cause.
const fn blames_one(error: &ExecuteError) -> bool {
    matches!(error, ExecuteError::IdempotencyKeyTaken | ExecuteError::TimeTaken | ExecuteError::Faulty(_))
}

impl Parts {
    /// Executes the commands of a lane until none is waiting.
    pub(super) async fn serve(&self, lane: &Lane) {
        let mut attendance = Attendance::begin(lane);
        while let Some(requests) = attendance.next() {
            let mut slot = lane.calendar.lock().await;
            let mut groups = VecDeque::from([requests]);
            while let Some(group) = groups.pop_front() {
                // When a guard of the log refuses a group, each command has to stand for itself.
                let apart = self.execute(lane.host, &mut slot, group).await;
                groups.extend(apart.into_iter().map(|request| vec![request]));
            }
        }
    }

    /// Executes commands together and answers them. Gives them back if they have to be executed one by one.
    async fn execute(
        &self,
        host: HostId,
        slot: &mut Option<Arc<HostCalendar>>,
        requests: Vec<Request>,
    ) -> Vec<Request> {
        let mut newest = slot.is_none();
        let mut races = Races::counted_by(&self.metrics.retries.lost_race);
        let error = loop {
            if let Err(error) = self.loaded(host, slot).await {
                break error.into();
            }
            // From here on the slot is empty: a state goes back only when it is known to be what the log says.
            let mut round = Round::decide(slot.take().expect("it was loaded above"), &requests);
            if round.events.is_empty() {
                let calendar = slot.insert(Arc::clone(&round.calendar));
                // Only an append proves that the calendar in memory is the newest. A refusal has to look, unless it says no
                // more than whom to ask as well.
                if newest || round.asks_for_others() {
                    round.answer(requests, None);
                    return Vec::new();
                }
                newest = true;
                drop(round);
                match replay::catch_up(&self.pool, host, calendar).await {
                    Ok(_) => continue,
                    Err(error) => break error.into(),
                }
            }
            let base = round.base();
            let decided = Decided { host, expected: base, events: &mut round.events, metadata: &round.metadata };
            let hops = Hops::begin(host, requests.iter().map(|request| &*request.metadata));
            match self.append(decided).await {
                Ok(appended) => {
                    fail::fail_point!("command-before-cache", |_| std::process::abort());
                    hops.appended(appended.version);
                    *slot = Some(Arc::clone(&round.calendar));
                    self.snapshots.after_command(host, base, &round.calendar);
                    round.answer(requests, Some(appended));
                    return Vec::new();
                }
                Err(ExecuteError::Conflict) if races.lose().await => newest = true,
                Err(error) if blames_one(&error) && requests.len() > 1 => {
                    self.metrics.retries.apart.inc();
                    return requests;
                }
                Err(error) => break error,
            }
        };
        for request in requests {
            if error == ExecuteError::TimeTaken {
                self.metrics.prevented_by_constraint.inc();
            }
            // Whoever asked may have given up.
            let _ = request.answer.send(Err(error.clone()));
        }
        Vec::new()
    }
}
