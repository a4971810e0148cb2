//! Which waiting appends go into the next statement.

use std::collections::{HashSet, VecDeque};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Append, AppendError, Appended, AppenderOptions};

/// An append that waits for its answer.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) append: Append,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
    pub(super) until: Instant,
    /// An earlier attempt ended without an answer: it may have been committed.
    pub(super) may_be_in_the_log: bool,
}

/// Takes the appends of the next statement off the queue, oldest first. A stream stands once in a statement; what is left
/// keeps its order.
pub(super) fn take(queue: &mut VecDeque<Member>, options: &AppenderOptions) -> Vec<Member> {
    let mut batch: Vec<Member> = Vec::new();
    let mut streams = HashSet::new();
    let mut events = 0;
    let mut left = VecDeque::new();
    while batch.len() < options.streams
        && let Some(member) = queue.pop_front()
    {
        let full = !batch.is_empty() && events + member.append.events.len() > options.events;
        if full || streams.contains(&member.append.host) {
            // Later appends of this stream wait too, or they would overtake.
            streams.insert(member.append.host);
            left.push_back(member);
        } else if !member.answer.is_closed() {
            streams.insert(member.append.host);
            events += member.append.events.len();
            batch.push(member);
        }
    }
    // What was passed over is older than what was not reached.
    left.append(queue);
    *queue = left;
    batch
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use daybook_domain::ids::HostId;
    use uuid::Uuid;

    use super::super::NewEvent;
    use super::*;

    type Waiting = oneshot::Receiver<Result<Appended, AppendError>>;

    const OPTIONS: AppenderOptions =
        AppenderOptions { connections: 1, streams: 3, events: 4, patience: Duration::from_secs(1) };

    fn member(stream: u128, events: usize) -> (Member, Waiting) {
        let event = NewEvent {
            id: Uuid::nil(),
            event_type: "X",
            event_version: "1",
            payload: String::new(),
            metadata: "{}".into(),
        };
        let append = Append {
            host: HostId(Uuid::from_u128(stream)),
            expected: 0,
            events: vec![event; events],
            keys: Vec::new(),
        };
        let (answer, waiting) = oneshot::channel();
        (Member { append, answer, until: Instant::now(), may_be_in_the_log: false }, waiting)
    }

    fn queue(members: &[(u128, usize)]) -> (VecDeque<Member>, Vec<Waiting>) {
        members.iter().map(|&(stream, events)| member(stream, events)).unzip()
    }

    fn streams<'a>(members: impl IntoIterator<Item = &'a Member>) -> Vec<u128> {
        members.into_iter().map(|member| member.append.host.0.as_u128()).collect()
    }

    #[test]
    fn a_stream_stands_once_in_a_statement_and_nothing_is_reordered() {
        let (mut queue, _waiting) = queue(&[(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (4, 1)]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [1, 2, 3]);
        assert_eq!(streams(&queue), [1, 1, 4]);
        assert_eq!(queue[0].append.events.len(), 2);
    }

    #[test]
    fn a_statement_stays_within_its_number_of_events_unless_one_append_has_more() {
        let (mut queue, _waiting) = queue(&[(1, 9), (2, 3), (3, 2), (4, 1)]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [1]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [2, 4]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [3]);
    }

    #[test]
    fn an_append_that_nobody_waits_for_any_more_is_not_sent() {
        let (mut queue, mut waiting) = queue(&[(1, 1), (2, 1)]);
        drop(waiting.remove(0));
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [2]);
    }
}
