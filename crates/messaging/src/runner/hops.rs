//! The hop of events into a read model, for whoever follows a request through it. Costs nothing where nobody does.

use daybook_event_store::RecordedEvent;
use daybook_projections::{Projection, ProjectionPartition};
use tracing::Span;

/// The hops of events that are projected together, joined to their requests by the correlation id.
pub(super) struct Hops(Vec<Span>);

impl Hops {
    /// Events are about to be projected.
    pub(super) fn begin<P: Projection>(partition: ProjectionPartition, events: &[RecordedEvent]) -> Self {
        if !tracing::span_enabled!(tracing::Level::DEBUG) {
            return Self(Vec::new());
        }
        let hop = |event: &RecordedEvent| {
            tracing::debug_span!(
                "project",
                correlation_id = event.correlation_id(),
                projection = P::NAME,
                partition = partition.number(),
                host = %event.host,
                event_type = event.event_type,
                place = %event.place,
            )
        };
        Self(events.iter().map(hop).collect())
    }

    /// Their rows are committed.
    pub(super) fn projected(self) {
        for hop in self.0 {
            hop.in_scope(|| tracing::debug!("projected"));
        }
    }
}
