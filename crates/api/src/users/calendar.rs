//! Every account has a calendar, opened when it registers; or, if something came in between, when it next logs in.

use daybook_accounts::User;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{HostId, ScheduleId};
use daybook_domain::zone::Zone;

use crate::auth::Host;
use crate::availability::Known;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Code};
use crate::state::Api;

impl Api {
    /// The account's calendar, which is opened if it is not yet. Cheap where this node knows the calendar.
    pub async fn ensure_calendar(&self, user: &User, request: RequestId) -> Answer<Known> {
        let host = HostId(user.id.0);
        match self.calendar(host).await {
            Err(problem) if problem.code() == Code::NotFound => {
                self.open_calendar(user, request).await?;
                self.calendar(host).await
            }
            known => known,
        }
    }

    /// Opens the account's calendar in the zone that was chosen at the registration. Doing so twice changes nothing.
    pub(super) async fn open_calendar(&self, user: &User, request: RequestId) -> Answer<()> {
        let host = Host(user.clone());
        let open = CalendarCommand::OpenCalendar {
            // Zones do leave the data, if rarely; better an hour off than no calendar.
            time_zone: user.opening_time_zone.parse().unwrap_or_else(|_| Zone::utc()),
            schedule_id: ScheduleId(self.clock.new_id()),
        };
        self.command(host.calendar(), host.acting_on(host.calendar(), request), open).await?;
        Ok(())
    }
}
