//! Questions to the parts that this node depends on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::timeout;

/// How long a part may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>> + Send + Sync>;

/// Asks one part whether it works.
#[derive(Clone)]
pub struct Probe {
    name: &'static str,
    needed_to_book: bool,
    pub(super) patience: Duration,
    check: Check,
}

/// What a probe found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) needed_to_book: bool,
    /// How long the part took to answer; none if it did not, or with an error.
    pub(super) latency: Option<Duration>,
}

impl Probe {
    /// A part without which nothing can be booked, such as the database.
    pub fn essential<F, E>(name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let check: Check = Arc::new(move || check().map(|answer| answer.map_err(Into::into)).boxed());
        Self { name, needed_to_book: true, patience: PATIENCE, check }
    }

    /// A part without which bookings are made all the same, and others hear of them later, such as the message bus.
    pub fn supporting<F, E>(name: &'static str, check: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self { needed_to_book: false, ..Self::essential(name, check) }
    }

    pub(super) async fn ask(&self) -> Finding {
        let begun = Instant::now();
        let latency = match timeout(self.patience, (self.check)()).await {
            Ok(Ok(())) => Some(begun.elapsed()),
            Ok(Err(error)) => {
                tracing::warn!(part = self.name, error = &*error as &dyn Error, "a part is not well");
                None
            }
            Err(_) => {
                tracing::warn!(part = self.name, "a part does not answer");
                None
            }
        };
        Finding { name: self.name, needed_to_book: self.needed_to_book, latency }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.name)
    }
}
