//! Which moment of a calendar's life is asked for (E7).

use chrono::{DateTime, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::HostId;
use daybook_event_store::AsOf;

use crate::problem::{Answer, Problem};
use crate::state::Api;

impl Api {
    /// The calendar as it was at an instant.
    pub async fn calendar_at(&self, host: HostId, instant: DateTime<Utc>) -> Answer<HostCalendar> {
        if instant > self.clock.now() {
            return Err(Problem::invalid("as_of", "must not be in the future"));
        }
        let calendar = self.history.state_as_of(host, AsOf::Instant(instant)).await?;
        if !calendar.is_open() {
            return Err(Problem::invalid("as_of", "must not be before the calendar was opened"));
        }
        Ok(calendar)
    }

    /// The calendar when it had just reached a version.
    pub async fn calendar_at_version(&self, host: HostId, version: u64) -> Answer<HostCalendar> {
        let calendar = self.history.state_as_of(host, AsOf::Version(version)).await?;
        if version == 0 || calendar.version() < version {
            let newest = self.store.calendar(host).await?.version();
            return Err(Problem::invalid("version", format!("must be from 1 to {newest}, the calendar's version now")));
        }
        Ok(calendar)
    }
}
