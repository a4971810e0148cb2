//! One statement on one connection, and what its failure means.

use std::collections::HashMap;
use std::time::Duration;

use daybook_domain::ids::HostId;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::{ConnectOptions, PgConnection, PgPool, Row};
use tokio::time::timeout;
use uuid::Uuid;

use super::batch::Member;
use super::{Append, AppendError, Appended};
use crate::connection::OwnConnection;
use crate::place::Place;

/// How long a statement may take before the connection is taken for dead. PostgreSQL gives up before that.
const STATEMENT: Duration = Duration::from_secs(4);

/// Appends to each stream that is at its expected version.
const APPEND_EACH: &str = concat!(include_str!("append.sql"), include_str!("answer.sql"));
/// Appends to all streams if all of them are.
const APPEND_ALL: &str = concat!(include_str!("append.sql"), include_str!("answer_all.sql"));

/// A connection of the appender's own.
pub(super) struct Link(OwnConnection);

/// What became of one statement.
pub(super) enum Attempt {
    /// It was committed: these streams moved, the others have another version.
    Committed(HashMap<HostId, Appended>),
    /// A guard refused it; nothing was written. In a batch, one member did it and the others suffer.
    Refused(AppendError),
    /// Somebody else was in the way; nothing was written. In a batch, one member met them and the others suffer.
    Blocked(String),
    /// The database cannot be reached or is not fit at the moment; nothing was written.
    Unfit(String),
    /// The connection broke: it may have been committed.
    Lost(String),
}

impl Link {
    pub(super) fn new(pool: &PgPool) -> Self {
        let options = (*pool.connect_options()).clone().application_name("daybook appender").options([
            // The plan is made once, whatever the size of the tables on that day: it must go by the indexes.
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("jit", "off"),
            // One stream that somebody holds locked must not keep the others of its statement waiting for long.
            ("lock_timeout", "500ms"),
            // Whatever the server's default is: an answer says that it is on disk, and so are the keys made before it.
            ("synchronous_commit", "on"),
            ("statement_timeout", "3s"),
        ]);
        Self(OwnConnection::with(options.disable_statement_logging()))
    }

    /// Appends all members in one statement. A member with several appends is alone in it.
    pub(super) async fn append(&mut self, members: &[Member]) -> Attempt {
        let mut connection = match self.0.take().await {
            Ok(connection) => connection,
            Err(error) => return Attempt::Unfit(error.to_string()),
        };
        let attempt = match timeout(STATEMENT, append(&mut connection, members)).await {
            Ok(Ok(appended)) => Attempt::Committed(appended),
            Ok(Err(error)) => meaning(&error),
            Err(_) => Attempt::Lost("no answer in time".to_owned()),
        };
        if !matches!(attempt, Attempt::Lost(_) | Attempt::Unfit(_)) {
            self.0.keep(connection);
        }
        attempt
    }

    /// What the log holds of this member, made by an earlier attempt.
    pub(super) async fn find(&mut self, member: &Member) -> Result<Option<Vec<Appended>>, String> {
        let mut connection = self.0.take().await.map_err(|error| error.to_string())?;
        let found = timeout(STATEMENT, find_all(&mut connection, member)).await;
        let found = found.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())?;
        self.0.keep(connection);
        Ok(found)
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        self.0.close().await;
    }
}

async fn append(connection: &mut PgConnection, members: &[Member]) -> Result<HashMap<HostId, Appended>, sqlx::Error> {
    let appends = || members.iter().flat_map(|member| &member.appends);
    let events = || appends().flat_map(|append| &append.events);
    let versions = |append: &Append| append.expected + 1..=append.version();

    let streams: Vec<Uuid> = appends().map(|append| append.host.0).collect();
    let expected: Vec<i64> = appends().map(|append| append.expected.cast_signed()).collect();
    let reached: Vec<i64> = appends().map(|append| append.version().cast_signed()).collect();
    let ids: Vec<Uuid> = events().map(|event| event.id).collect();
    let event_streams: Vec<Uuid> = appends().flat_map(|a| std::iter::repeat_n(a.host.0, a.events.len())).collect();
    let sequence: Vec<i64> = appends().flat_map(versions).map(u64::cast_signed).collect();
    let types: Vec<&str> = events().map(|event| event.event_type).collect();
    let type_versions: Vec<&str> = events().map(|event| event.event_version).collect();
    let payloads: Vec<&str> = events().map(|event| event.payload.as_str()).collect();
    let metadata: Vec<&str> = events().map(|event| &*event.metadata).collect();

    let keys = || appends().flat_map(|append| &append.keys);
    let subjects: Vec<&str> = keys().map(|(subject, _)| subject.0.as_str()).collect();
    let key_ids: Vec<Uuid> = keys().map(|&(_, id)| id).collect();

    let all_or_none = members.iter().any(Member::is_joint);
    let query = sqlx::query(if all_or_none { APPEND_ALL } else { APPEND_EACH })
        .bind(&streams)
        .bind(&expected)
        .bind(&reached)
        .bind(&ids)
        .bind(&event_streams)
        .bind(&sequence)
        .bind(&types)
        .bind(&type_versions)
        .bind(&payloads)
        .bind(&metadata)
        .bind(&subjects)
        .bind(&key_ids);
    // All rows are fetched, to the end of the statement: the first of them arrives before the commit.
    let rows = query.fetch_all(connection).await?;
    fail::fail_point!("append-after-commit", |answer| match answer.as_deref() {
        Some("lost") => Err(sqlx::Error::WorkerCrashed),
        _ => std::process::abort(),
    });
    let versions: HashMap<HostId, u64> = appends().map(|append| (append.host, append.version())).collect();
    rows.iter()
        .map(|row| {
            let host = HostId(row.try_get(0)?);
            let version = versions.get(&host).copied().unwrap_or_default();
            Ok((host, Appended { version, place: place(row, 1, 2)?, recorded_at: row.try_get(3)? }))
        })
        .collect()
}

/// What a member was answered, or would have been. It was written as a whole or not at all.
async fn find_all(connection: &mut PgConnection, member: &Member) -> Result<Option<Vec<Appended>>, sqlx::Error> {
    let mut found = Vec::with_capacity(member.appends.len());
    for append in &member.appends {
        let Some(appended) = find(connection, append).await? else { return Ok(None) };
        found.push(appended);
    }
    Ok(Some(found))
}

async fn find(connection: &mut PgConnection, append: &Append) -> Result<Option<Appended>, sqlx::Error> {
    let query = sqlx::query(
        "SELECT event_id, transaction_id::text, position, recorded_at FROM events
         WHERE aggregate_type = 'calendar' AND aggregate_id = $1 AND sequence = $2",
    );
    let query = query.bind(append.host.to_string()).bind(append.version().cast_signed());
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
    let ours = append.events.last().is_some_and(|last| row.try_get(0).is_ok_and(|id: Uuid| id == last.id));
    if !ours {
        return Ok(None);
    }
    Ok(Some(Appended { version: append.version(), place: place(&row, 1, 2)?, recorded_at: row.try_get(3)? }))
}

fn place(row: &sqlx::postgres::PgRow, transaction_id: usize, position: usize) -> Result<Place, sqlx::Error> {
    let text: &str = row.try_get(transaction_id)?;
    let transaction_id = text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Place { transaction_id, position: row.try_get(position)? })
}

/// What an error says about the statement.
fn meaning(error: &sqlx::Error) -> Attempt {
    let database = match error {
        sqlx::Error::Database(error) => error.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    let Some(error) = database else { return Attempt::Lost(error.to_string()) };
    // A session that PostgreSQL ends may have committed before; anything less was rolled back.
    if matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic) {
        return Attempt::Lost(error.to_string());
    }
    let refused = match (error.code(), error.constraint()) {
        ("23P01", Some("reservations_do_not_overlap")) => AppendError::TimeTaken,
        ("23505", Some("events_idempotency_key")) => AppendError::IdempotencyKeyTaken,
        // Another writer has the version, or this one expected a version that is not there yet.
        ("23505", Some("events_version_key")) | ("DB003" | "DB004", _) => AppendError::Conflict,
        ("DB006", _) => AppendError::KeyGone,
        ("DB007", _) => AppendError::AnyConflict,
        // A deadlock, or a lock or a statement that took too long.
        ("40P01" | "40001" | "55P03" | "57014", _) => return Attempt::Blocked(error.to_string()),
        // A prepared statement that a migration made void, a server that has become a replica; and whole classes: lack of
        // resources, intervention of an operator, failure of the system.
        ("0A000" | "26000" | "25006", _) => return Attempt::Unfit(error.to_string()),
        (code, _) if ["53", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            return Attempt::Unfit(error.to_string());
        }
        (code, _) => AppendError::Refused { code: code.to_owned(), message: error.message().to_owned() },
    };
    Attempt::Refused(refused)
}
