//! One calendar in memory, and the commands that wait for it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::TimedCommand;
use daybook_domain::ids::HostId;
use tokio::sync::oneshot;

use super::{ExecuteError, Executed};
use crate::metadata::Metadata;

/// Commands that may wait for one calendar.
const WAITING: usize = 1024;
/// Commands that are decided and appended together.
const TOGETHER: usize = 64;

pub(super) type Answer = Result<Executed, ExecuteError>;

/// A command that waits for its answer.
pub(super) struct Request {
    pub(super) command: Arc<TimedCommand>,
    pub(super) metadata: Arc<Metadata>,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// One calendar in memory, and the commands that wait for it.
pub(super) struct Lane {
    pub(super) host: HostId,
    /// The calendar at a version that was committed, or none if it has to be loaded. Whoever appends to the stream holds the
    /// lock; a state is put here only after its events are committed, so giving up half-way leaves nothing wrong behind.
    pub(super) calendar: Arc<tokio::sync::Mutex<Option<Arc<HostCalendar>>>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Request>,
    /// A task is serving the lane.
    attended: bool,
}

impl Lane {
    pub(super) fn new(host: HostId) -> Self {
        Self { host, calendar: Arc::default(), queue: Mutex::default() }
    }

    /// Lets a command wait. Also says whether the caller has to see to it that the lane is served.
    pub(super) fn enqueue(
        &self,
        command: Arc<TimedCommand>,
        metadata: Arc<Metadata>,
    ) -> Result<(oneshot::Receiver<Answer>, bool), ExecuteError> {
        let mut queue = self.queue();
        if queue.waiting.len() >= WAITING {
            return Err(ExecuteError::Unavailable("too many commands wait for this calendar".to_owned()));
        }
        let (answer, answered) = oneshot::channel();
        queue.waiting.push_back(Request { command, metadata, answer });
        Ok((answered, !std::mem::replace(&mut queue.attended, true)))
    }

    /// The commands to decide next. Without any, the lane counts as no longer attended.
    pub(super) fn next(&self) -> Option<Vec<Request>> {
        let mut queue = self.queue();
        loop {
            let count = queue.waiting.len().min(TOGETHER);
            if count == 0 {
                queue.attended = false;
                return None;
            }
            // Nobody waits for the answer to a command whose request was given up.
            let next: Vec<_> = queue.waiting.drain(..count).filter(|request| !request.answer.is_closed()).collect();
            if !next.is_empty() {
                return Some(next);
            }
        }
    }

    /// Leaves the waiting commands without an answer: the task that served them has died.
    fn abandon(&self) {
        *self.queue() = Queue::default();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serving a lane. Dropped before the end, by a panic or with its task, it sets the lane free.
pub(super) struct Attendance<'a> {
    lane: &'a Lane,
    finished: bool,
}

impl<'a> Attendance<'a> {
    pub(super) const fn begin(lane: &'a Lane) -> Self {
        Self { lane, finished: false }
    }

    pub(super) fn next(&mut self) -> Option<Vec<Request>> {
        let next = self.lane.next();
        self.finished = next.is_none();
        next
    }
}

impl Drop for Attendance<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.lane.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use daybook_domain::calendar::command::CalendarCommand;
    use uuid::Uuid;

    use super::*;

    fn enqueue(lane: &Lane) -> (oneshot::Receiver<Answer>, bool) {
        let command = CalendarCommand::ReplaceWeeklyRules { rules: Vec::new() };
        lane.enqueue(Arc::new(TimedCommand { command, now: DateTime::UNIX_EPOCH }), Arc::default()).unwrap()
    }

    fn lane() -> Lane {
        Lane::new(HostId(Uuid::nil()))
    }

    #[test]
    fn the_first_of_the_waiting_commands_sees_to_it_that_the_lane_is_served() {
        let lane = lane();
        let (first, second) = (enqueue(&lane), enqueue(&lane));
        assert_eq!((first.1, second.1), (true, false));
        let mut attendance = Attendance::begin(&lane);
        assert_eq!(attendance.next().map(|requests| requests.len()), Some(2));
        assert!(attendance.next().is_none());
        assert!(enqueue(&lane).1, "nobody serves it any more");
    }

    #[test]
    fn a_command_that_nobody_waits_for_is_not_decided() {
        let lane = lane();
        drop(enqueue(&lane));
        assert!(lane.next().is_none());
    }

    #[test]
    fn a_lane_whose_server_died_is_served_again_and_its_commands_learn_of_it() {
        let lane = lane();
        let (mut waiting, _) = enqueue(&lane);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut attendance = Attendance::begin(&lane);
            let _requests = attendance.next();
            panic!("a fault in deciding");
        }));
        assert!(died.is_err());
        assert!(waiting.try_recv().is_err(), "its sender is gone");
        assert!(enqueue(&lane).1);
    }

    #[test]
    fn more_commands_than_a_calendar_can_have_waiting_are_turned_away() {
        let lane = lane();
        let _waiting: Vec<_> = (0..WAITING).map(|_| enqueue(&lane)).collect();
        let command = CalendarCommand::ReplaceWeeklyRules { rules: Vec::new() };
        let refused = lane.enqueue(Arc::new(TimedCommand { command, now: DateTime::UNIX_EPOCH }), Arc::default());
        assert!(matches!(refused, Err(ExecuteError::Unavailable(_))));
    }
}
