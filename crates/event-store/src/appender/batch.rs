//! Which waiting appends go into the next statement.

use std::collections::{HashSet, VecDeque};

use daybook_domain::ids::HostId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Append, AppendError, Appended, AppenderOptions};

/// What waits for its answer.
#[derive(Debug)]
pub(super) struct Member {
    /// One append; or several, to different streams, of which all are made or none.
    pub(super) appends: Vec<Append>,
    /// Takes what became of each of them.
    pub(super) answer: oneshot::Sender<Result<Vec<Appended>, AppendError>>,
    pub(super) until: Instant,
    /// An earlier attempt ended without an answer: it may have been committed.
    pub(super) may_be_in_the_log: bool,
}

impl Member {
    /// Whether it is made to several streams or to none. Such a member has a statement of its own.
    pub(super) const fn is_joint(&self) -> bool {
        self.appends.len() > 1
    }

    fn streams(&self) -> impl Iterator<Item = HostId> {
        self.appends.iter().map(|append| append.host)
    }

    fn events(&self) -> usize {
        self.appends.iter().map(|append| append.events.len()).sum()
    }
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
        let full = !batch.is_empty() && (member.is_joint() || events + member.events() > options.events);
        if full || member.streams().any(|stream| streams.contains(&stream)) {
            // Later appends of its streams wait too, or they would overtake.
            streams.extend(member.streams());
            left.push_back(member);
        } else if !member.answer.is_closed() {
            let is_joint = member.is_joint();
            streams.extend(member.streams());
            events += member.events();
            batch.push(member);
            if is_joint {
                break;
            }
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

    use uuid::Uuid;

    use super::super::NewEvent;
    use super::*;

    type Waiting = oneshot::Receiver<Result<Vec<Appended>, AppendError>>;

    const OPTIONS: AppenderOptions =
        AppenderOptions { connections: 1, streams: 3, events: 4, patience: Duration::from_secs(1) };

    fn member(stream: u128, events: usize) -> (Member, Waiting) {
        joint_member(&[stream], events)
    }

    fn joint_member(streams: &[u128], events: usize) -> (Member, Waiting) {
        let event = NewEvent {
            id: Uuid::nil(),
            event_type: "X",
            event_version: "1",
            payload: String::new(),
            metadata: "{}".into(),
        };
        let append = |&stream: &u128| Append {
            host: HostId(Uuid::from_u128(stream)),
            expected: 0,
            events: vec![event.clone(); events],
            keys: Vec::new(),
        };
        let appends = streams.iter().map(append).collect();
        let (answer, waiting) = oneshot::channel();
        (Member { appends, answer, until: Instant::now(), may_be_in_the_log: false }, waiting)
    }

    fn queue(members: &[(u128, usize)]) -> (VecDeque<Member>, Vec<Waiting>) {
        members.iter().map(|&(stream, events)| member(stream, events)).unzip()
    }

    fn streams<'a>(members: impl IntoIterator<Item = &'a Member>) -> Vec<u128> {
        members.into_iter().map(|member| member.appends[0].host.0.as_u128()).collect()
    }

    #[test]
    fn a_stream_stands_once_in_a_statement_and_nothing_is_reordered() {
        let (mut queue, _waiting) = queue(&[(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (4, 1)]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [1, 2, 3]);
        assert_eq!(streams(&queue), [1, 1, 4]);
        assert_eq!(queue[0].appends[0].events.len(), 2);
    }

    #[test]
    fn a_statement_stays_within_its_number_of_events_unless_one_append_has_more() {
        let (mut queue, _waiting) = queue(&[(1, 9), (2, 3), (3, 2), (4, 1)]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [1]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [2, 4]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [3]);
    }

    #[test]
    fn appends_that_belong_together_have_a_statement_of_their_own_and_nothing_overtakes_them() {
        let (mut queue, mut waiting) = queue(&[(1, 1), (2, 1)]);
        let (joint, joint_waiting) = joint_member(&[3, 4], 1);
        queue.push_back(joint);
        waiting.push(joint_waiting);
        let (later, _later_waiting): (Vec<_>, Vec<_>) = [(4, 1), (5, 1)].map(|(s, e)| member(s, e)).into_iter().unzip();
        queue.extend(later);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [1, 2, 5]);
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [3], "its other stream is 4");
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [4]);
    }

    #[test]
    fn an_append_that_nobody_waits_for_any_more_is_not_sent() {
        let (mut queue, mut waiting) = queue(&[(1, 1), (2, 1)]);
        drop(waiting.remove(0));
        assert_eq!(streams(&take(&mut queue, &OPTIONS)), [2]);
    }
}
