//! How far the parts behind the log are behind it, as their owners know.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

type Read = Arc<dyn Fn() -> Option<f64> + Send + Sync>;

/// How far one part is behind, in seconds. Unknown where another node does the work.
#[derive(Clone)]
pub struct Lag(Read);

impl Lag {
    /// A lag that `read` knows. Called at every scrape and look at the health: it must not wait.
    pub fn reading(read: impl Fn() -> Option<f64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The lag now, in seconds.
    pub fn seconds(&self) -> Option<f64> {
        (self.0)()
    }
}

impl fmt::Debug for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lag({:?})", self.seconds())
    }
}

/// The lags of a node.
#[derive(Debug, Default)]
pub struct Lags {
    relay: Option<Lag>,
    projections: BTreeMap<&'static str, Lag>,
}

impl Lags {
    /// Adds the relay's lag: how long the oldest event that is not in JetStream yet has been committed.
    #[must_use]
    pub fn relay(mut self, lag: Lag) -> Self {
        self.relay = Some(lag);
        self
    }

    /// Adds a projection's lag: how long the oldest event that it has not handled yet has been committed.
    #[must_use]
    pub fn projection(mut self, name: &'static str, lag: Lag) -> Self {
        self.projections.insert(name, lag);
        self
    }

    /// Every lag that is known now, by its part: `relay`, or the projection's name.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let relay = self.relay.iter().map(|lag| ("relay", lag));
        let projections = self.projections.iter().map(|(name, lag)| (*name, lag));
        relay.chain(projections).filter_map(|(name, lag)| Some((name, lag.seconds()?)))
    }
}
