//! Commands that concern several calendars: decided from all of them, appended to all or to none (E3).
//!
//! They take the same locks as the lanes do, one per calendar. Everybody who takes several takes them in the order of the
//! hosts' ids, and a lane never waits for another one, so nobody waits in a circle; and since the locks are fair, nobody
//! waits for ever. They spare the races within a node. What keeps the calendars true is the append.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::calendar::{Calendars, HostCalendar};
use daybook_domain::ids::HostId;
use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::time::{Instant, timeout_at};

use super::hops::Hops;
use super::plan::{Plan, Share};
use super::serve::Races;
use super::{CalendarStore, ExecuteError, Executed, Parts, Recorded};
use crate::appender::Appended;
use crate::metadata::Metadata;
use crate::replay::{self, LoadError};

/// Commands of this kind that may be under way or waiting.
pub(super) const WAITING: usize = 1024;
/// How long one may wait for its calendars. While it waits it keeps those that it has already.
const HELD_WITHIN: Duration = Duration::from_secs(5);
/// How often one may ask for more calendars: once is usual, twice if the first answer was overtaken.
const ASKS: u32 = 8;

/// What a decision about several calendars comes to.
#[derive(Clone, Debug)]
pub enum Together {
    /// These events happen, all or none. The idempotency key goes with the first event of the first host who has any.
    Events(Vec<(HostId, Vec<CalendarEvent>)>),
    /// It cannot be decided without these calendars as well: decide again with them.
    NeedsAlso(BTreeSet<HostId>),
}

type Answer = Result<BTreeMap<HostId, Executed>, ExecuteError>;
type Held = BTreeMap<HostId, OwnedMutexGuard<Option<Arc<HostCalendar>>>>;

impl CalendarStore {
    /// Decides about several calendars and appends what happens in each of them, in all or in none. Answers for every
    /// calendar that was decided about, also for those in which nothing happened.
    ///
    /// `decide` is given the newest state of the calendars of `hosts`, and is asked again when it needs more of them or when a
    /// race was lost to another node, a bounded number of times (E2). It does nothing but decide.
    ///
    /// Once its calendars are at hand, the command is brought to its end even if the future is dropped.
    pub async fn execute_together<D>(
        &self,
        hosts: impl IntoIterator<Item = HostId>,
        decide: D,
        metadata: Metadata,
    ) -> Result<BTreeMap<HostId, Executed>, ExecuteError>
    where
        D: Fn(&Calendars) -> Result<Together, Refusal> + Send + Sync + 'static,
    {
        let too_many = || ExecuteError::Unavailable("too many commands wait for several calendars".to_owned());
        let waiting = Arc::clone(&self.0.together).try_acquire_owned().map_err(|_| too_many())?;
        let (answer, answered) = oneshot::channel();
        let (parts, hosts) = (Arc::clone(&self.0), hosts.into_iter().collect());
        self.0.tasks.spawn(async move {
            let executed = parts.execute_together(hosts, &decide, &metadata, &answer).await;
            drop(waiting);
            // Whoever asked may have given up.
            let _ = answer.send(executed);
        });
        // It is answered, unless the task panics.
        answered.await.unwrap_or(Err(ExecuteError::Unknown))
    }
}

impl Parts {
    async fn execute_together(
        &self,
        mut hosts: BTreeSet<HostId>,
        decide: &(impl Fn(&Calendars) -> Result<Together, Refusal> + Sync),
        metadata: &Metadata,
        answer: &oneshot::Sender<Answer>,
    ) -> Answer {
        for _ in 0..ASKS {
            let mut held = self.hold(&hosts).await?;
            if answer.is_closed() {
                return Err(ExecuteError::Unavailable("nobody waits for it any more".to_owned()));
            }
            // Then they are given back, since those that are needed too may stand before them.
            match self.execute_on(&mut held, decide, metadata).await? {
                Ok(executed) => return Ok(executed),
                Err(more) => hosts.extend(more),
            }
        }
        Err(ExecuteError::Conflict)
    }

    /// Locks calendars, in the order of their hosts' ids.
    async fn hold(&self, hosts: &BTreeSet<HostId>) -> Result<Held, ExecuteError> {
        let until = Instant::now() + HELD_WITHIN;
        let mut held = Held::new();
        for &host in hosts {
            let lock = Arc::clone(&self.lane(host).calendar).lock_owned();
            let slot = timeout_at(until, lock).await;
            let busy = |_| ExecuteError::Unavailable("a calendar is busy for too long".to_owned());
            held.insert(host, slot.map_err(busy)?);
        }
        Ok(held)
    }

    /// Executes a command on calendars that are held. Or says which ones it needs too.
    async fn execute_on(
        &self,
        held: &mut Held,
        decide: &(impl Fn(&Calendars) -> Result<Together, Refusal> + Sync),
        metadata: &Metadata,
    ) -> Result<Result<BTreeMap<HostId, Executed>, BTreeSet<HostId>>, ExecuteError> {
        let mut races = Races::counted_by(&self.metrics.retries.lost_race);
        loop {
            // From here on the slots are empty: a state goes back only when it is known to be what the log says.
            let calendars = self.newest(held).await?;
            let mut plan = match decide(&calendars) {
                Ok(Together::Events(events)) => Plan::of(events, &calendars, metadata)?,
                Ok(Together::NeedsAlso(more)) => {
                    let known = more.iter().all(|host| calendars.contains_key(host));
                    put_back(held, calendars);
                    let again = "a decision asks for calendars that it has been given";
                    return if known { Err(ExecuteError::Faulty(again.to_owned())) } else { Ok(Err(more)) };
                }
                Err(refusal) => {
                    put_back(held, calendars);
                    return Err(refusal.into());
                }
            };
            let hops: Vec<_> = plan.0.iter().map(|share| Hops::begin(share.host, [metadata])).collect();
            let mut decided: Vec<_> = plan.0.iter_mut().map(Share::decided).collect();
            match self.append_together(&mut decided).await {
                Ok(appended) => {
                    for (hop, appended) in hops.into_iter().zip(&appended) {
                        hop.appended(appended.version);
                    }
                    let executed = self.evolve(plan, &appended, calendars);
                    put_back(held, executed.iter().map(|(&host, done)| (host, Arc::clone(&done.calendar))));
                    return Ok(Ok(executed));
                }
                Err(ExecuteError::Conflict) if races.lose().await => put_back(held, calendars),
                Err(error) => {
                    if error == ExecuteError::TimeTaken {
                        self.metrics.prevented_by_constraint.inc();
                    }
                    return Err(error);
                }
            }
        }
    }

    /// The newest states of calendars that are held, taken out of their slots. Other than with a single calendar, the append
    /// does not prove of those in which nothing happens that they were not old.
    async fn newest(&self, held: &mut Held) -> Result<Calendars, LoadError> {
        for (&host, slot) in held.iter_mut() {
            self.loaded(host, slot).await?;
        }
        let mut calendars: Calendars = held.iter_mut().filter_map(|(&host, slot)| Some((host, slot.take()?))).collect();
        replay::catch_up_all(&self.pool, &mut calendars).await?;
        Ok(calendars)
    }

    /// Lets the calendars follow what was appended.
    fn evolve(&self, plan: Plan, appended: &[Appended], mut calendars: Calendars) -> BTreeMap<HostId, Executed> {
        let mut shares: BTreeMap<_, _> =
            plan.0.into_iter().zip(appended).map(|(share, appended)| (share.host, (share.events, appended))).collect();
        let mut executed = BTreeMap::new();
        while let Some((host, mut calendar)) = calendars.pop_first() {
            let (mut events, mut recorded) = (Vec::new(), None);
            if let Some((own, appended)) = shares.remove(&host) {
                let before = calendar.version();
                for (_, event) in &own {
                    Arc::make_mut(&mut calendar).evolve(event);
                }
                self.snapshots.after_command(host, before, &calendar);
                recorded = Some(Recorded { place: appended.place, at: appended.recorded_at });
                events = own;
            }
            executed
                .insert(host, Executed { events, version: calendar.version(), recorded, calendar, beside: Vec::new() });
        }
        executed
    }
}

/// Puts states back into their slots that are known to be what the log says.
fn put_back(held: &mut Held, calendars: impl IntoIterator<Item = (HostId, Arc<HostCalendar>)>) {
    for (host, calendar) in calendars {
        if let Some(slot) = held.get_mut(&host) {
            **slot = Some(calendar);
        }
    }
}
