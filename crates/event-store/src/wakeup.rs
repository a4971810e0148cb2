//! Tells readers of the log, on every node, that there is something new.
//!
//! A NOTIFY inside the append would serialise all commits of the cluster. So it follows in a statement of its own, one at a
//! time: whatever is appended meanwhile is announced by the next. Readers poll as well, so a lost one costs a moment.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::{Notify, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database::{LIMIT, with_pulse, within_limit};

const CHANNEL: &str = "daybook_log";

/// Pause before trying again to listen.
const PAUSE: Duration = Duration::from_millis(500);

/// Announces that something was appended. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Starts the task that announces; it ends with `token`.
    pub fn start(pool: &PgPool, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let options = (*pool.connect_options()).clone().application_name("daybook wakeups");
        let pool =
            with_pulse(PgPoolOptions::new()).max_connections(1).acquire_timeout(LIMIT).connect_lazy_with(options);
        let appended = Arc::new(Notify::new());
        let waker = Self(Arc::clone(&appended));
        tasks.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = announce(&pool, &appended) => {}
            }
            pool.close().await;
        });
        waker
    }

    /// Announces it soon. Does not wait.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

async fn announce(pool: &PgPool, appended: &Notify) {
    loop {
        appended.notified().await;
        let statement = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(pool);
        if let Err(error) = within_limit(statement).await {
            tracing::warn!(%error, "readers of the log will notice by polling");
        }
    }
}

/// Hears of appends on all nodes. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Wakeups(watch::Receiver<()>);

impl Wakeups {
    /// Starts the task that listens; it ends with `token`.
    pub fn listen(pool: PgPool, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let (heard, wakeups) = watch::channel(());
        tasks.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = listen(&pool, &heard) => {}
            }
        });
        Self(wakeups)
    }

    /// Waits until something is appended, `limit` has passed, or the listening task has ended and `limit` has passed.
    pub async fn wait(&mut self, limit: Duration) {
        let heard = async {
            if self.0.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let _ = tokio::time::timeout(limit, heard).await;
    }
}

async fn listen(pool: &PgPool, heard: &watch::Sender<()>) {
    loop {
        if let Err(error) = listen_once(pool, heard).await {
            tracing::warn!(%error, "cannot hear of appends; polling goes on");
        }
        sleep(PAUSE).await;
    }
}

async fn listen_once(pool: &PgPool, heard: &watch::Sender<()>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // While there was no connection, anything may have been appended: so heard, whether or not it was announced.
        let _ = heard.send(());
        listener.try_recv().await?;
    }
}
