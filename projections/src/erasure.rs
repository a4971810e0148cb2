//! Erasing a guest: their key, and whatever read models have written down of what it opened (E9).
//!
//! Projectors and rebuilds open personal data within the transaction that writes it
//! ([`Codec::open_for_keeping`](daybook_event_store::Codec::open_for_keeping)), and an erasure is one transaction that holds
//! them off. So it comes after all that was written with the key, finds it, and leaves none to write more with: neither a
//! projector, nor a rebuild under way, nor a later one brings anything back.
//!
//! A read model that shows personal data has its place in `scrub`.

use std::collections::{BTreeSet, HashSet};

use daybook_domain::personal::Subject;
use daybook_domain::text::EmailAddress;
use daybook_domain::time::Instant;
use daybook_event_store::{KeyError, SubjectKeys};
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::database::{self, BATCH, DatabaseError, within};

/// What an erasure left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Whose key was destroyed.
    pub subject: Subject,
    /// Their bookings, which go on without them.
    pub bookings: u64,
    /// Those of them that are still to take place.
    pub upcoming: u64,
    /// The tables in which rows were changed. Their old versions go with [`tidy`].
    pub tables: BTreeSet<String>,
}

/// Why somebody was not erased. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// Their key could not be destroyed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed or was late.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for ErasureError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Erases the guest with this address, durably and on all nodes; none if nothing is held about them.
pub async fn erase_guest(
    pool: &PgPool,
    keys: &SubjectKeys,
    email: &EmailAddress,
    now: Instant,
) -> Result<Option<Erased>, ErasureError> {
    let erased = within(BATCH, async {
        let mut transaction = database::begin(pool).await?;
        sqlx::raw_sql("SET LOCAL synchronous_commit = on").execute(&mut *transaction).await?;
        keys.hold_off_keepers(&mut transaction).await?;
        let Some(subject) = keys.erase_guest(&mut transaction, email).await? else { return Ok(None) };
        let erased = scrub(&mut transaction, subject, now).await?;
        transaction.commit().await?;
        Ok::<_, ErasureError>(Some(erased))
    })
    .await?;
    if let Some(erased) = &erased {
        keys.forget(&erased.subject);
    }
    Ok(erased)
}

/// Empties what read models show of a person, those that serve before those that are being filled: a swap of the two waits
/// for us once we have begun.
async fn scrub(connection: &mut PgConnection, subject: Subject, now: Instant) -> Result<Erased, ErasureError> {
    let live = scrub_in("read_models", connection, &subject, now).await?;
    // A collective booking has a row for each of its hosts.
    let count =
        |rows: &mut dyn Iterator<Item = &PgRow>| rows.map(|row| row.get("id")).collect::<HashSet<Uuid>>().len() as u64;
    let upcoming = count(&mut live.iter().filter(|row| row.get("upcoming")));
    let bookings = count(&mut live.iter());
    let mut tables = partitions("read_models", &live);
    let mut attempt = connection.begin().await?;
    match scrub_in("read_models_rebuild", &mut attempt, &subject, now).await {
        Ok(filling) => {
            attempt.commit().await?;
            tables.append(&mut partitions("read_models_rebuild", &filling));
        }
        // Left by a rebuild that broke off before a migration; one that is under way has today's columns.
        Err(ErasureError::Database(error)) if error.sqlstate().as_deref() == Some("42703") => {
            attempt.rollback().await?;
            sqlx::raw_sql("DROP TABLE read_models_rebuild.bookings").execute(connection).await?;
        }
        Err(error) => return Err(error),
    }
    Ok(Erased { subject, bookings, upcoming, tables })
}

async fn scrub_in(
    schema: &str,
    connection: &mut PgConnection,
    subject: &Subject,
    now: Instant,
) -> Result<Vec<PgRow>, ErasureError> {
    let is_there: bool = sqlx::query_scalar(
        "SELECT set_config('search_path', $1 || ', public', true) IS NOT NULL
             AND to_regclass(quote_ident($1) || '.bookings') IS NOT NULL",
    )
    .bind(schema)
    .fetch_one(&mut *connection)
    .await?;
    if !is_there {
        return Ok(Vec::new());
    }
    let scrub = sqlx::query(include_str!("bookings/scrub.sql")).persistent(false);
    Ok(scrub.bind(&subject.0).bind(now).fetch_all(connection).await?)
}

/// The tables that these rows are in.
fn partitions(schema: &str, rows: &[PgRow]) -> BTreeSet<String> {
    rows.iter().map(|row| format!("{schema}.{}", row.get::<&str, _>("partition"))).collect()
}

/// Removes what PostgreSQL still has of the rows as they were: their old versions in these tables, and samples of their
/// values in its statistics. As good as it can while others read; what it leaves goes with the next vacuum.
pub async fn tidy(pool: &PgPool, tables: &BTreeSet<String>) -> Result<(), DatabaseError> {
    let mut connection = pool.acquire().await?.detach();
    // However long it takes: it holds nobody up.
    sqlx::raw_sql("SET statement_timeout = 0").execute(&mut connection).await?;
    for table in tables {
        let name: Option<String> =
            sqlx::query_scalar("SELECT to_regclass($1)::text").bind(table).fetch_one(&mut connection).await?;
        // A rebuild may have ended meanwhile, and its tables gone to their place.
        if let Some(name) = name {
            sqlx::raw_sql(&format!("VACUUM (ANALYZE, INDEX_CLEANUP ON) {name}")).execute(&mut connection).await?;
        }
    }
    // A partitioned table has statistics of its own.
    for table in ["read_models.bookings", "read_models_rebuild.bookings"] {
        let is_there: bool =
            sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table).fetch_one(&mut connection).await?;
        if is_there {
            sqlx::raw_sql(&format!("ANALYZE {table}")).execute(&mut connection).await?;
        }
    }
    Ok(())
}
