//! The hop of commands into the log, for whoever follows a request through it. Costs nothing where nobody does.

use daybook_domain::ids::HostId;
use tracing::Span;

use crate::metadata::Metadata;

/// The hops of commands that are appended together, joined to their requests by the correlation id.
pub(super) struct Hops(Vec<Span>);

impl Hops {
    /// Commands are about to be appended.
    pub(super) fn begin<'a>(host: HostId, commands: impl IntoIterator<Item = &'a Metadata>) -> Self {
        if !tracing::span_enabled!(tracing::Level::DEBUG) {
            return Self(Vec::new());
        }
        let hop = |metadata: &Metadata| tracing::debug_span!("append", correlation_id = metadata.correlation_id, %host);
        Self(commands.into_iter().map(hop).collect())
    }

    /// They are in the log.
    pub(super) fn appended(self, version: u64) {
        for hop in self.0 {
            hop.in_scope(|| tracing::debug!(version, "appended"));
        }
    }
}
