//! Locks between nodes: at most one node is the relay, and one runs each part of a projection.

use std::time::Duration;

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

/// How often a waiting node tries: with the time PostgreSQL takes to notice that a session ended, this is how long a
/// fail-over takes.
const RETRY: Duration = Duration::from_millis(250);

/// How often a holder asks PostgreSQL whether its session still lives.
const CHECK: Duration = Duration::from_millis(500);

/// How long PostgreSQL may take to answer before the lock counts as lost.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The delay before another attempt after PostgreSQL could not be reached.
const UNREACHABLE: Duration = Duration::from_secs(1);

/// A lock that one session of the database holds, and that ends with it: a PostgreSQL advisory lock on a connection of
/// its own.
///
/// Holding it is a strong hint, never a proof: the server may have ended the session a moment ago. So whatever is done
/// under it is fenced as well, by the expected sequence of a publish or by the checkpoint that a transaction moves.
#[derive(Debug)]
pub struct NodeLock {
    name: String,
    lost: CancellationToken,
    release: CancellationToken,
    keeper: Option<JoinHandle<()>>,
}

impl NodeLock {
    /// Waits until this node holds the lock; `None` when cancelled before.
    ///
    /// `name` is what the lock is about; nodes that use the same database and name exclude each other.
    pub async fn acquire(options: &PgConnectOptions, name: &str, cancel: &CancellationToken) -> Option<Self> {
        let options = options.clone().application_name(&application_name(name));
        cancel.run_until_cancelled(Self::acquire_when_free(&options, name)).await
    }

    async fn acquire_when_free(options: &PgConnectOptions, name: &str) -> Self {
        let key = key_of(name);
        loop {
            match Self::wait_on_one_connection(options, key).await {
                Ok(connection) => {
                    tracing::debug!(lock = name, "held by this node");
                    return Self::keep(connection, name);
                }
                Err(error) => {
                    tracing::warn!(lock = name, %error, "cannot ask for the lock; trying again");
                    time::sleep(UNREACHABLE).await;
                }
            }
        }
    }

    /// Asks again and again rather than waiting inside PostgreSQL, where a waiting statement would hold back vacuum.
    async fn wait_on_one_connection(options: &PgConnectOptions, key: i64) -> Result<PgConnection, Failure> {
        let mut connection = time::timeout(CONNECT_LIMIT, PgConnection::connect_with(options)).await??;
        loop {
            let attempt = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(&mut connection);
            if time::timeout(ANSWER_LIMIT, attempt).await?? {
                return Ok(connection);
            }
            time::sleep(RETRY).await;
        }
    }

    fn keep(connection: PgConnection, name: &str) -> Self {
        let (lost, release) = (CancellationToken::new(), CancellationToken::new());
        let keeper = keep_session(connection, name.to_owned(), lost.clone(), release.clone());
        Self { name: name.to_owned(), lost, release, keeper: Some(tokio::spawn(keeper)) }
    }

    /// Cancelled when the lock is lost; what runs under the lock must stop then.
    pub fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// Gives the lock back at once, so that another node need not wait for the session to end.
    pub async fn release(mut self) {
        self.release.cancel();
        if let Some(keeper) = self.keeper.take() {
            // It only closes a connection now; should that hang, the server ends the session by itself.
            let _ = time::timeout(ANSWER_LIMIT, keeper).await;
        }
        tracing::debug!(lock = self.name, "released");
    }
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            // Dropping the connection closes its socket, which ends the session.
            keeper.abort();
        }
    }
}

async fn keep_session(mut connection: PgConnection, name: String, lost: CancellationToken, release: CancellationToken) {
    let _when_it_ends = lost.clone().drop_guard();
    loop {
        tokio::select! {
            () = release.cancelled() => {
                let _ = time::timeout(ANSWER_LIMIT, connection.close()).await;
                return;
            }
            () = time::sleep(CHECK) => {}
        }
        let answer = time::timeout(ANSWER_LIMIT, connection.ping()).await;
        if let Err(error) = answer.map_err(Failure::from).and_then(|pong| pong.map_err(Failure::from)) {
            tracing::warn!(lock = name, %error, "lost: the session that holds it does not answer");
            return;
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no answer in time")]
    TimedOut(#[from] time::error::Elapsed),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// The number that PostgreSQL knows the lock by: FNV-1a over its name, so that nobody has to hand out numbers.
fn key_of(name: &str) -> i64 {
    let hash = format!("daybook lock {name}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash.cast_signed()
}

/// What an operator sees in `pg_stat_activity`; PostgreSQL cuts it at 63 bytes.
fn application_name(name: &str) -> String {
    format!("daybook lock: {name}")
}
