//! Tells every node at once that somebody was erased.

use std::time::Duration;

use daybook_domain::personal::Subject;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database::LIMIT;

/// The channel on which PostgreSQL hands on the subjects of those who were erased, once that is committed.
pub(super) const CHANNEL: &str = "daybook_erasures";

/// Pause before trying again to listen.
const PAUSE: Duration = Duration::from_millis(500);

/// What a node hears of erasures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureNews {
    /// This person was erased.
    Erased(Subject),
    /// Anybody may have been erased: for a while, nothing could be heard.
    Missed,
}

/// Starts the task that listens; it ends with `token`. Its connection is its own, as it is never given back.
pub(super) fn listen(
    pool: &PgPool,
    hear: impl Fn(ErasureNews) + Send + Sync + 'static,
    token: CancellationToken,
    tasks: &TaskTracker,
) {
    let options = (*pool.connect_options()).clone();
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(LIMIT).connect_lazy_with(options);
    tasks.spawn(async move {
        let listening = async {
            loop {
                if let Err(error) = listen_once(&pool, &hear).await {
                    tracing::warn!(%error, "cannot hear of erasures; trying again");
                }
                hear(ErasureNews::Missed);
                sleep(PAUSE).await;
            }
        };
        let _ = token.run_until_cancelled(listening).await;
        pool.close().await;
    });
}

async fn listen_once(pool: &PgPool, hear: &impl Fn(ErasureNews)) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    // While there was no connection, anybody may have been erased.
    hear(ErasureNews::Missed);
    while let Some(notification) = listener.try_recv().await? {
        hear(ErasureNews::Erased(Subject(notification.payload().to_owned())));
    }
    Ok(())
}
