//! Where each projection stands (E5).

use chrono::Duration;
use daybook_event_store::Place;
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::{PROJECTION_PARTITIONS, Projection, ProjectionPartition, status};

use crate::support::log::Log;
use crate::support::projector::{catch_up, take_a_step};
use crate::support::{hour, new_booking, new_host, opened, requested};

#[tokio::test]
async fn status_tells_what_each_partition_still_has_to_do() {
    let log = Log::create().await;
    let (pool, feed) = (&log.pool, &log.feed);
    let of = async || status::of(pool, feed, AvailabilityProjection::NAME).await.unwrap();
    let idle = of().await;
    assert_eq!(idle.len(), usize::from(PROJECTION_PARTITIONS));
    assert!(idle.iter().all(|s| s.place == Place::default() && s.behind.is_none() && s.updated_at.is_none()));

    let host = new_host();
    log.append(host, 1, &[opened(), requested(new_booking(), "Ada", hour(9))]).await;
    let events = log.all().await;
    let partition = ProjectionPartition::of(host);
    for status in of().await {
        let behind = status.behind.as_ref().map(|behind| (behind.events, behind.and_more, behind.since));
        let expected = (status.partition == partition).then_some((2, false, events[0].recorded_at));
        assert_eq!(behind, expected, "{status:?}");
        let now = events[0].recorded_at + Duration::seconds(3);
        let lag = if status.partition == partition { Duration::seconds(3) } else { Duration::zero() };
        assert_eq!(status.lag(now), lag);
    }

    take_a_step(pool, feed, &AvailabilityProjection, partition, 1).await;
    let status = of().await.swap_remove(usize::from(partition.number()));
    assert_eq!((status.place, status.behind.map(|behind| behind.events)), (events[0].place, Some(1)));

    catch_up(pool, feed, &AvailabilityProjection, events[1].place, 100).await;
    let level = of().await;
    assert!(
        level.iter().all(|s| s.place == events[1].place && s.behind.is_none() && s.updated_at.is_some()),
        "{level:?}"
    );
}

#[tokio::test]
async fn a_partition_without_hosts_is_not_behind_however_long_the_log_is() {
    let log = Log::create().await;
    let host = new_host();
    let mut events = vec![opened()];
    events.extend((0..2_500).map(|n| requested(new_booking(), "Ada", hour(n))));
    log.append(host, 1, &events).await;
    log.all().await;
    for status in status::of(&log.pool, &log.feed, AvailabilityProjection::NAME).await.unwrap() {
        let behind = status.behind.map(|behind| (behind.events, behind.and_more));
        assert_eq!(behind, (status.partition == ProjectionPartition::of(host)).then_some((1_000, true)));
    }
}
