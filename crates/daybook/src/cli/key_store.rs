//! The keys of persons, for a command that ends on its own.

use daybook_event_store::SubjectKeys;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::KeyArgs;

/// The keys, and the tasks behind them.
pub struct KeyStore {
    /// The keys of persons.
    pub keys: SubjectKeys,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl KeyStore {
    /// The keys in this database.
    pub fn open(pool: &PgPool, keys: KeyArgs) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self { keys: SubjectKeys::start(pool.clone(), keys.master_key, stop.clone(), &tasks), stop, tasks }
    }

    /// Ends the tasks.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
