//! Who asks for a booking: the subject behind their address.

use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Subject;
use daybook_domain::text::EmailAddress;

use crate::commands::{Failure, Order};
use crate::problem::Problem;
use crate::state::Api;

/// Stands for a guest who is not named yet; no guest has this name.
const NOBODY: &str = "guest:nobody";

impl Api {
    /// The subject of the guest who makes a request: the one they are known by, or a new one.
    ///
    /// Of somebody new whose request is refused, nothing is to remain, not even a key. So a time that this node does not know
    /// to be free is asked for in the name of nobody first.
    pub async fn subject(
        &self,
        order: &Order,
        email: &EmailAddress,
        request: impl Fn(Subject) -> RequestBooking,
    ) -> Result<Subject, Failure> {
        let keys = self.store.codec().keys();
        let asked = request(Subject(NOBODY.to_owned()));
        if !self.seems_free(order.host, &asked) {
            if let Some(known) = keys.known_guest(email).await.map_err(Problem::from)? {
                return Ok(known);
            }
            self.foresee(order, &CalendarCommand::RequestBooking(Box::new(asked))).await?;
        }
        Ok(keys.guest(email).await.map_err(Problem::from)?)
    }

    /// Whether the time is offered, as far as this node knows without asking.
    fn seems_free(&self, host: HostId, asked: &RequestBooking) -> bool {
        let Some(known) = self.availability.calendar(host) else { return false };
        let now = self.clock.now();
        let kind = known.availability.settings.meeting_type(asked.meeting_type_id);
        kind.is_some_and(|kind| kind.is_active && known.availability.judge(kind, asked.start, None, now).is_ok())
    }
}
