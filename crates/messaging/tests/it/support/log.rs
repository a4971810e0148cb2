//! A log that a test writes to with plain SQL, as the application's role.

use daybook_domain::ids::HostId;
use daybook_event_store::{Feed, Place, RecordedEvent, Wakeups};
use daybook_testkit::{PrivatePostgres, Role, TestDatabase};
use sqlx::PgPool;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use uuid::Uuid;

/// A database with a log.
pub(crate) struct TestLog {
    // Ends before the database is dropped.
    _stop: DropGuard,
    wakeups: Wakeups,
    /// Connections of the application's role.
    pub(crate) pool: PgPool,
    /// Connections of the role that owns the log.
    pub(crate) owner: PgPool,
    superuser_url: String,
    _database: Option<TestDatabase>,
}

/// An event of the log, as far as tests compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) id: String,
    pub(crate) place: Place,
}

impl TestLog {
    /// In the cluster that all tests share.
    pub(crate) async fn create() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let (pool, owner, superuser_url) = (database.pool(), database.owner_pool(), database.superuser_url());
        Self::of(pool, owner, superuser_url, Some(database))
    }

    /// In a cluster of the test's own.
    pub(crate) async fn in_cluster(postgres: &PrivatePostgres, database: &str) -> Self {
        postgres.prepare_database(database).await.unwrap();
        let pool = |role| PgPool::connect_lazy(&postgres.url(database, role)).unwrap();
        Self::of(pool(Role::Application), pool(Role::Owner), postgres.url(database, Role::Superuser), None)
    }

    fn of(pool: PgPool, owner: PgPool, superuser_url: String, database: Option<TestDatabase>) -> Self {
        super::show_logs();
        let token = CancellationToken::new();
        let wakeups = Wakeups::listen(pool.clone(), token.clone(), &TaskTracker::new());
        Self { _stop: token.drop_guard(), wakeups, pool, owner, superuser_url, _database: database }
    }

    pub(crate) fn feed(&self) -> Feed {
        Feed::new(self.pool.clone())
    }

    pub(crate) fn wakeups(&self) -> Wakeups {
        self.wakeups.clone()
    }

    /// Appends an event to a calendar and says where it stands.
    pub(crate) async fn append(&self, host: HostId, version: u64, event_type: &str, fields: &str) -> Place {
        let payload = format!(r#"{{"type":"{event_type}"{}{fields}}}"#, if fields.is_empty() { "" } else { "," });
        let place: String = sqlx::query_scalar(
            "INSERT INTO events
                 (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, event_id)
             VALUES ('calendar', $1, $2, $3, '1', $4::json, $5::json, $6)
             RETURNING transaction_id::text || '-' || position",
        )
        .bind(host.to_string())
        .bind(version.cast_signed())
        .bind(event_type)
        .bind(payload)
        .bind(r#"{"actor":"host:test","correlation_id":"c-1"}"#)
        .bind(Uuid::now_v7())
        .fetch_one(&self.pool)
        .await
        .unwrap();
        sqlx::query("SELECT pg_notify('daybook_log', '')").execute(&self.pool).await.unwrap();
        place.parse().unwrap()
    }

    /// Appends the first events of a new calendar, and says whose it is.
    pub(crate) async fn append_new(&self, events: u64) -> HostId {
        let host = HostId(Uuid::now_v7());
        self.append_more(host, 1, events).await;
        host
    }

    /// Appends events to a calendar, beginning with this version.
    pub(crate) async fn append_more(&self, host: HostId, first: u64, events: u64) {
        for version in first..first + events {
            self.append(host, version, "TimeZoneChanged", r#""time_zone":"Europe/Berlin""#).await;
        }
    }

    /// Many writers at once, each with calendars of its own.
    pub(crate) async fn append_concurrently(&self, writers: usize, events_each: u64) {
        let writing = (0..writers).map(|_| self.append_new(events_each));
        futures::future::join_all(writing).await;
    }

    /// Every event, in commit order.
    pub(crate) async fn all(&self) -> Vec<Logged> {
        let rows: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT event_id, transaction_id::text || '-' || position FROM events ORDER BY transaction_id, position",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        rows.into_iter().map(|(id, place)| Logged { id: id.to_string(), place: place.parse().unwrap() }).collect()
    }

    /// The events behind the first ones, as the feed gives them.
    pub(crate) async fn recorded_after(&self, skipped: usize) -> Vec<RecordedEvent> {
        self.feed().after(Place::default(), 10_000).await.unwrap().split_off(skipped)
    }

    /// Ends the sessions that hold a lock of this name, as a crash of their node or network would.
    pub(crate) async fn kill_holders_of(&self, lock: &str) -> usize {
        let superuser = PgPool::connect(&self.superuser_url).await.unwrap();
        let killed: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
             WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
               AND a.application_name = 'daybook lock: ' || $1",
        )
        .bind(lock)
        .fetch_all(&superuser)
        .await
        .unwrap();
        killed.len()
    }
}
