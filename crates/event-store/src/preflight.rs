//! Whether a database is fit to keep the log.

use sqlx::PgPool;

use crate::database::{DatabaseError, within_limit};

/// The oldest PostgreSQL that will do, as `server_version_num` counts.
const OLDEST: i32 = 150_000;

/// Why the program must not serve on this database.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// PostgreSQL is too old.
    #[error("PostgreSQL 15 or newer is needed; this is {0}")]
    TooOld(String),
    /// The migrations have not been run.
    #[error("there is no log in this database: run the migrations first")]
    NotMigrated,
    /// The log-in could rewrite the log.
    #[error(
        "the log-in {0} has the rights of the log's owner; serve with one that is only a member of daybook_app, so that \
         the program cannot rewrite its own history"
    )]
    OwnsTheLog(String),
    /// The log was restored into a cluster whose transaction ids are younger.
    #[error(
        "the log has an event of transaction {last}, and this cluster's next transaction is only {next}: its events would be \
         held back. The database was restored from a dump: raise the cluster's transaction ids above those of the log first \
         (docs/operations.md, \"Back-up and restore\")"
    )]
    TransactionsBehindTheLog {
        /// The largest transaction id in the log.
        last: u64,
        /// The cluster's next one.
        next: u64,
    },
}

/// Checks that the program may serve on this database: PostgreSQL is new enough, the log is there, and the log-in is not
/// (and cannot become) its owner.
pub async fn check(pool: &PgPool) -> Result<(), Unfit> {
    let query = sqlx::query_as::<_, (i32, String, String, Option<bool>)>(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_user::text,
             (SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('public.events'))",
    );
    let (number, version, user, owner) = within_limit(query.fetch_one(pool)).await?;
    if number < OLDEST {
        return Err(Unfit::TooOld(version));
    }
    match owner {
        None => Err(Unfit::NotMigrated),
        Some(true) => Err(Unfit::OwnsTheLog(user)),
        Some(false) => transactions_are_ahead(pool).await,
    }
}

/// Checks that what is appended from now on comes after what is in the log.
async fn transactions_are_ahead(pool: &PgPool) -> Result<(), Unfit> {
    // In one snapshot: what the log has then, its transactions have ended or are under way.
    let query = sqlx::query_as::<_, (Option<String>, String)>(
        "SELECT (SELECT transaction_id::text FROM events ORDER BY transaction_id DESC, position DESC LIMIT 1),
             pg_snapshot_xmax(pg_current_snapshot())::text",
    );
    let (last, next) = within_limit(query.fetch_one(pool)).await?;
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    match last.as_deref().map(number) {
        Some(last) if last >= number(&next) => Err(Unfit::TransactionsBehindTheLog { last, next: number(&next) }),
        _ => Ok(()),
    }
}
