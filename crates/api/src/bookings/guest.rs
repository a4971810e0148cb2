//! Who asks for a booking: the subject behind their address.

use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Subject;
use daybook_domain::questions;
use daybook_domain::text::EmailAddress;

use crate::commands::{Failure, Order};
use crate::problem::Problem;
use crate::state::Api;

/// Stands for a guest who is not named yet; no guest has this name.
const NOBODY: &str = "guest:nobody";

impl Api {
    /// The subject of the guest who makes a request: the one they are known by, or a new one.
    ///
    /// Of somebody new whose request is refused, nothing is to remain, not even a key. So what is not known here to be
    /// taken is first asked for in the name of nobody.
    pub async fn subject(
        &self,
        order: &Order,
        email: &EmailAddress,
        request: impl Fn(Subject) -> CalendarCommand,
    ) -> Result<Subject, Failure> {
        let keys = self.store.codec().keys();
        let asked = request(Subject(NOBODY.to_owned()));
        let taken = matches!(&asked, CalendarCommand::RequestBooking(asked) if self.will_be_taken(order.host, asked));
        if !taken {
            if let Some(known) = keys.known_guest(email).await.map_err(Problem::from)? {
                return Ok(known);
            }
            self.foresee(order, &asked).await?;
        }
        Ok(keys.guest(email).await.map_err(Problem::from)?)
    }

    /// Whether nothing stands against the booking, as far as this node knows without asking.
    fn will_be_taken(&self, host: HostId, asked: &RequestBooking) -> bool {
        let Some(known) = self.availability.calendar(host) else { return false };
        let settings = &known.availability.settings;
        let Some(kind) = settings.meeting_type(asked.meeting_type_id) else { return false };
        let answers = asked.guest.get().map_or(&[][..], |guest| &guest.answers);
        kind.is_active
            && !kind.kind.is_of_a_team()
            && questions::check(&kind.questions, answers).is_empty()
            && known.availability.judge(kind, asked.start, None, self.clock.now()).is_ok()
    }
}
