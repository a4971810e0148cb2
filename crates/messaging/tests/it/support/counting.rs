//! A read model that shows how often each event was projected.

use daybook_event_store::RecordedEvent;
use daybook_projections::{Projection, ProjectionError};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Notes every event in `counted`. Refuses the events of hosts that stand in `refused`, and panics at those in `panicking`.
pub(crate) struct Counting;

impl Counting {
    /// Makes the tables.
    pub(crate) async fn prepare(pool: &PgPool) {
        sqlx::raw_sql(
            "CREATE TABLE read_models.counted (event_id uuid, host_id uuid, version bigint, ordinal bigserial);
             CREATE TABLE read_models.refused (host_id uuid);
             CREATE TABLE read_models.panicking (host_id uuid)",
        )
        .execute(pool)
        .await
        .unwrap();
    }
}

impl Projection for Counting {
    const NAME: &'static str = "counting";
    const TABLES: &'static [&'static str] = &["counted"];

    async fn project(&self, connection: &mut PgConnection, events: &[RecordedEvent]) -> Result<(), ProjectionError> {
        for event in events {
            let held_up: (bool, bool) = sqlx::query_as(
                "SELECT EXISTS (SELECT FROM refused WHERE host_id = $1), EXISTS (SELECT FROM panicking WHERE host_id = $1)",
            )
            .bind(event.host.0)
            .fetch_one(&mut *connection)
            .await?;
            assert!(!held_up.1, "the test asked for it");
            if held_up.0 {
                return Err(ProjectionError::UnknownBooking { booking: Uuid::nil().into(), place: event.place });
            }
            sqlx::query("INSERT INTO counted (event_id, host_id, version) VALUES ($1, $2, $3)")
                .bind(event.id)
                .bind(event.host.0)
                .bind(event.version.cast_signed())
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

pub(crate) async fn counted(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM read_models.counted").fetch_one(pool).await.unwrap()
}

/// Every event of the log was projected once, and each calendar's in its order.
pub(crate) async fn assert_each_event_counted_once(pool: &PgPool) {
    let differing: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events e
         WHERE (SELECT count(*) FROM read_models.counted c WHERE c.event_id = e.event_id) <> 1",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(differing, 0, "events were projected never or repeatedly");
    let out_of_order: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (
             SELECT version - lag(version) OVER (PARTITION BY host_id ORDER BY ordinal) AS step FROM read_models.counted
         ) steps WHERE step <> 1",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(out_of_order, 0, "events were projected out of order");
}

/// Waits until the read model has as many events as the log.
pub(crate) async fn until_level(pool: &PgPool) {
    super::until("the read model is level with the log", async || {
        let events: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(pool).await.unwrap();
        counted(pool).await == events
    })
    .await;
}
