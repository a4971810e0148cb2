//! A team's meeting types: in its own calendar, and a copy in that of each member.

use super::{Calendars, Effects, calendars_of, effects};
use crate::calendar::event::CalendarEvent;
use crate::calendar::refusal::Refusal;
use crate::ids::HostId;
use crate::team::Team;

/// What was decided about one of a team's meeting types, for the team and for each of its members.
pub(super) fn offered(team: &Team, events: &[CalendarEvent], calendars: &Calendars) -> Result<Effects, Refusal> {
    let members = calendars_of(team.members.iter().map(|member| member.host_id), calendars)?;
    let hosts = members.into_iter().map(|(host, _)| host).chain([HostId::from(team.id)]);
    Ok(effects(hosts.map(|host| (host, events.to_vec()))))
}
