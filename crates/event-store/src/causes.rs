//! Which events brought about what an explanation names (E8).

use daybook_domain::explain::Cause;
use daybook_domain::ids::HostId;

use crate::history::{History, HistoryRange, Order};
use crate::recorded::RecordedEvent;
use crate::replay::LoadError;

/// Events read at a time.
const PAGE: u32 = 500;

impl History {
    /// For each cause, the last event up to a version of the calendar that brought it about; none for what no event does.
    ///
    /// Reads backwards, only events of types that matter, until every cause has its event.
    pub async fn events_behind(
        &self,
        host: HostId,
        version: u64,
        causes: &[Cause],
    ) -> Result<Vec<Option<RecordedEvent>>, LoadError> {
        let mut found: Vec<Option<RecordedEvent>> = vec![None; causes.len()];
        let mut types: Vec<&str> = causes.iter().flat_map(Cause::event_types).copied().collect();
        types.sort_unstable();
        types.dedup();
        let mut missing: Vec<usize> = (0..causes.len()).filter(|at| !causes[*at].event_types().is_empty()).collect();
        let mut before = version + 1;
        while !missing.is_empty() {
            let range = HistoryRange {
                before: Some(before),
                event_types: Some(&types),
                order: Order::NewestFirst,
                ..HistoryRange::default()
            };
            let page = self.events(host, range, PAGE).await?;
            let Some(oldest) = page.last() else { break };
            before = oldest.version;
            for recorded in page {
                let unreadable = |source| LoadError::Unreadable { host, version: recorded.version, source };
                let event = recorded.decode().map_err(unreadable)?;
                missing.retain(|at| {
                    let is_behind = causes[*at].is_caused_by(&event);
                    if is_behind {
                        found[*at] = Some(recorded.clone());
                    }
                    !is_behind
                });
            }
        }
        Ok(found)
    }
}
