//! Brings a batch to its end: every member gets a true answer.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::attempt::{Attempt, Link};
use super::batch::Member;
use super::{AppendError, Appended};
use crate::metrics::EventStoreMetrics;
use crate::wakeup::Waker;

/// Pause after a failure, doubled up to the second value while they last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// How long an append is tried while somebody holds its stream locked. It keeps a connection busy that others wait for, and
/// no writer of ours holds a stream for more than an instant.
const BLOCKED: Duration = Duration::from_secs(1);

/// Appends a batch, retrying what can be retried, and gives the connection back.
///
/// A retry after a lost connection is safe because an append states the version it expects: of two attempts at most one can
/// be committed, and if the later one finds the version taken, the log shows by the event's id who took it.
pub(super) async fn settle(mut link: Link, batch: Vec<Member>, metrics: &EventStoreMetrics, waker: &Waker) -> Link {
    let mut groups = VecDeque::from([batch]);
    let mut trouble = "too much to do".to_owned();
    let mut pause = PAUSE.0;
    while let Some(group) = groups.pop_front() {
        let mut group = without_the_late(group, &trouble, metrics);
        if group.is_empty() {
            continue;
        }
        let streams = group.iter().map(|member| member.appends.len()).sum::<usize>();
        metrics.batch_streams.observe(f64::from(u32::try_from(streams).unwrap_or(u32::MAX)));
        let begun = Instant::now();
        let attempt = link.append(&group).await;
        metrics.append_seconds.observe(begun.elapsed().as_secs_f64());
        let why = match attempt {
            Attempt::Committed(appended) => {
                waker.wake();
                pause = PAUSE.0;
                for member in group {
                    let all = member.appends.iter().map(|append| appended.get(&append.host).copied()).collect();
                    let unanswered = match all {
                        Some(appended) => answer(member, Ok(appended), metrics),
                        None => refuse(&mut link, member, AppendError::Conflict, metrics).await,
                    };
                    groups.extend(unanswered.map(|member| vec![member]));
                }
                continue;
            }
            // One of them is to blame: on their own, the others pass.
            Attempt::Refused(_) | Attempt::Blocked(_) if group.len() > 1 => {
                metrics.retries.apart.inc();
                groups.extend(group.into_iter().map(|member| vec![member]));
                continue;
            }
            Attempt::Refused(why) => {
                for member in group {
                    let unanswered = refuse(&mut link, member, why.clone(), metrics).await;
                    groups.extend(unanswered.map(|member| vec![member]));
                }
                continue;
            }
            Attempt::Blocked(why) => {
                metrics.retries.blocked.inc();
                // What blocks an append that may be in the log is perhaps its own earlier attempt: the truth takes longer.
                for member in group.iter_mut().filter(|member| !member.may_be_in_the_log) {
                    member.until = member.until.min(Instant::now() + BLOCKED);
                }
                why
            }
            Attempt::Unfit(why) => {
                metrics.retries.unfit.inc();
                why
            }
            Attempt::Lost(why) => {
                metrics.retries.connection_lost.inc();
                for member in &mut group {
                    member.may_be_in_the_log = true;
                }
                why
            }
        };
        tracing::warn!(why, streams, "an append has to be tried again");
        trouble = why;
        groups.push_back(group);
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
    link
}

/// Answers members whose time is up, and keeps the others.
fn without_the_late(group: Vec<Member>, trouble: &str, metrics: &EventStoreMetrics) -> Vec<Member> {
    let now = Instant::now();
    let (late, in_time): (Vec<_>, Vec<_>) = group.into_iter().partition(|member| member.until <= now);
    for member in late {
        let unknown = member.may_be_in_the_log;
        let why = if unknown { AppendError::Unknown } else { AppendError::Unavailable(trouble.to_owned()) };
        answer(member, Err(why), metrics);
    }
    in_time
}

/// Refuses a member, unless the log shows that an earlier attempt of its own was committed. Gives it back if the log could
/// not be asked.
async fn refuse(link: &mut Link, member: Member, why: AppendError, metrics: &EventStoreMetrics) -> Option<Member> {
    // Of several streams it is not known which one has moved on.
    let why = if member.is_joint() && why == AppendError::Conflict { AppendError::AnyConflict } else { why };
    if !member.may_be_in_the_log {
        return answer(member, Err(why), metrics);
    }
    match link.find(&member).await {
        Ok(found) => answer(member, found.ok_or(why), metrics),
        Err(_) => Some(member),
    }
}

/// Counts and answers. Nothing remains to be done with the member.
fn answer(member: Member, answer: Result<Vec<Appended>, AppendError>, metrics: &EventStoreMetrics) -> Option<Member> {
    let counter = match &answer {
        Ok(_) => &metrics.appended,
        Err(AppendError::Conflict | AppendError::AnyConflict) => &metrics.conflicts,
        Err(AppendError::IdempotencyKeyTaken) => &metrics.keys_taken,
        Err(AppendError::TimeTaken) => &metrics.times_taken,
        Err(AppendError::KeyGone) => &metrics.keys_gone,
        Err(AppendError::Refused { .. }) => &metrics.refused,
        Err(AppendError::Unavailable(_)) => &metrics.unavailable,
        Err(AppendError::Unknown) => &metrics.unknown,
    };
    counter.inc();
    // Whoever asked may have given up.
    let _ = member.answer.send(answer);
    None
}
