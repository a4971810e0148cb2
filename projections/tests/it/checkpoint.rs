//! Every event takes effect exactly once, and whoever wrote it can wait to see it (E5, V8).

use std::time::Duration;

use daybook_domain::ids::HostId;
use daybook_event_store::{Place, RecordedEvent};
use daybook_projections::availability::{AvailabilityProjection, load};
use daybook_projections::checkpoint::{caught_up, place_of, read};
use daybook_projections::{Projection, ProjectionError, ProjectionPartition, Step, apply};
use sqlx::PgPool;
use tokio::time::Instant;

use crate::support::log::Log;
use crate::support::projector::Running;
use crate::support::{DEADLINE, MEETING_TYPE, hour, new_booking, new_host, now, offers, opened, requested};

const NAME: &str = AvailabilityProjection::NAME;

struct OneHost {
    log: Log,
    host: HostId,
    events: Vec<RecordedEvent>,
}

/// A host with four events in the log.
async fn one_host() -> OneHost {
    let (log, host) = (Log::create().await, new_host());
    let events = [
        opened(),
        offers(MEETING_TYPE),
        requested(new_booking(), "Ada", hour(9)),
        requested(new_booking(), "Bo", hour(11)),
    ];
    log.append(host, 1, &events).await;
    let events = log.all().await;
    OneHost { log, host, events }
}

impl OneHost {
    /// A step from one of the events (0: the beginning) to another.
    async fn step(&self, from: usize, to: usize) -> Result<(), ProjectionError> {
        let place = |n: usize| n.checked_sub(1).map(|n| self.events[n].place).unwrap_or_default();
        let partition = ProjectionPartition::of(self.host);
        let step = Step { partition, from: place(from), to: place(to), events: &self.events[from..to] };
        apply(&mut *self.log.pool.acquire().await?, &AvailabilityProjection, step).await
    }

    async fn version(&self) -> Option<u64> {
        load(&self.log.pool, self.host, now()).await.unwrap().map(|(version, _)| version)
    }
}

fn moved(result: &Result<(), ProjectionError>) -> bool {
    matches!(result, Err(ProjectionError::CheckpointMoved { .. }))
}

#[tokio::test]
async fn a_step_is_taken_once_and_only_from_where_the_checkpoint_stands() {
    let one = one_host().await;
    assert_eq!(place_of(&one.log.pool, NAME, one.host).await.unwrap(), Place::default());
    assert!(moved(&one.step(2, 4).await), "nobody has been at the second event");
    one.step(0, 2).await.unwrap();
    assert!(moved(&one.step(0, 2).await));
    assert!(moved(&one.step(0, 3).await));
    assert_eq!(one.version().await, Some(2));
    one.step(2, 4).await.unwrap();
    assert_eq!(one.version().await, Some(4));
    assert_eq!(place_of(&one.log.pool, NAME, one.host).await.unwrap(), one.events[3].place);
}

#[tokio::test]
async fn of_many_writers_that_take_the_same_step_one_does() {
    let one = one_host().await;
    for (from, to) in [(0, 2), (2, 4)] {
        let steps = futures::future::join_all((0..6).map(|_| one.step(from, to))).await;
        assert_eq!(steps.iter().filter(|step| step.is_ok()).count(), 1, "{steps:?}");
        assert_eq!(steps.iter().filter(|step| moved(step)).count(), 5, "{steps:?}");
    }
    assert_eq!(one.version().await, Some(4));
}

#[tokio::test]
async fn a_step_that_fails_leaves_rows_and_checkpoint_as_they_were() {
    let one = one_host().await;
    one.step(0, 1).await.unwrap();
    let mut unreadable = one.events[1..].to_vec();
    unreadable[1].event_version = "99".into();
    let (partition, from, to) = (ProjectionPartition::of(one.host), one.events[0].place, one.events[3].place);
    let step = Step { partition, from, to, events: &unreadable };
    let failed = apply(&mut one.log.pool.acquire().await.unwrap(), &AvailabilityProjection, step).await;
    assert!(
        matches!(failed, Err(ProjectionError::Unreadable { place, .. }) if place == one.events[2].place),
        "{failed:?}"
    );
    assert_eq!((one.version().await, read(&one.log.pool, NAME, partition).await.unwrap()), (Some(1), from));
    one.step(1, 4).await.unwrap();
}

#[tokio::test]
async fn a_step_past_the_events_of_others_moves_the_checkpoint_alone() {
    let one = one_host().await;
    let partition = ProjectionPartition::of(one.host);
    let step = Step { partition, from: Place::default(), to: one.events[3].place, events: &[] };
    apply(&mut one.log.pool.acquire().await.unwrap(), &AvailabilityProjection, step).await.unwrap();
    assert_eq!((one.version().await, read(&one.log.pool, NAME, partition).await.unwrap()), (None, one.events[3].place));
}

/// A connection that an earlier step has used finds its tables wherever its search path was left.
#[tokio::test]
async fn a_step_finds_the_live_tables_by_itself() {
    let one = one_host().await;
    one.step(0, 1).await.unwrap();
    let path: Vec<String> = futures::future::join_all((0..4).map(|_| path(&one.log.pool))).await;
    assert!(path.iter().all(|path| !path.contains("read_models")), "{path:?}");
}

async fn path(pool: &PgPool) -> String {
    sqlx::query_scalar("SHOW search_path").fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn whoever_has_written_can_wait_to_read_it() {
    let (log, host) = (Log::create().await, new_host());
    let pool = &log.pool;
    let deadline = || Instant::now() + DEADLINE;
    let opened_at = log.append(host, 1, &[opened()]).await;
    let soon = Instant::now() + Duration::from_millis(30);
    assert!(!caught_up(pool, NAME, host, opened_at, soon).await.unwrap(), "nobody is projecting");

    let running = Running::start(pool, &log.feed, AvailabilityProjection);
    assert!(caught_up(pool, NAME, host, opened_at, deadline()).await.unwrap());
    for version in 2..12_u64 {
        let start = hour(version.cast_signed() * 2);
        let place = log.append(host, version, &[requested(new_booking(), "Ada", start)]).await;
        assert!(caught_up(pool, NAME, host, place, deadline()).await.unwrap());
        assert_eq!(load(pool, host, now()).await.unwrap().unwrap().0, version);
    }
    running.stop().await;
}
