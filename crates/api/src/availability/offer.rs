//! A meeting type with everything that decides when it can be booked: a host's calendar, or those of a team's members.

use daybook_domain::availability::ALTERNATIVES;
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_domain::meeting_type::{Kind, MeetingType};
use daybook_domain::slots::{Collective, Slot, SlotRequest, nearest_of, round_robin};
use daybook_domain::time::{Instant, Interval};
use daybook_domain::zone::Zone;
use futures::{StreamExt, TryStreamExt, stream};

use super::Known;
use crate::problem::{Answer, Problem};
use crate::state::Api;

/// Calendars asked for at once.
const AT_ONCE: usize = 8;

/// A meeting type and the calendars that decide when it can be booked.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Whose it is: a host, or a team.
    pub owner: HostId,
    /// Their calendar.
    pub known: Known,
    /// What is offered.
    pub meeting_type: MeetingType,
    /// Of a team, the calendars of those who take new bookings, in the roster's order.
    pub members: Vec<(HostId, Known)>,
}

impl Api {
    /// A meeting type with the calendars that decide when it can be booked.
    pub async fn offer(&self, id: MeetingTypeId) -> Answer<Offer> {
        let owner = self.host_of_meeting_type(id).await?;
        let known = self.calendar_with(owner, id).await?;
        let meeting_type = known.availability.settings.meeting_type(id).cloned();
        let meeting_type = meeting_type.ok_or_else(|| Problem::not_found("meeting type"))?;
        let team = known.availability.settings.team.as_deref().filter(|_| meeting_type.kind.is_of_a_team());
        let hosts: Vec<HostId> = team.iter().flat_map(|team| team.active()).map(|member| member.host_id).collect();
        let members =
            stream::iter(hosts).map(|host| async move { Ok::<_, Problem>((host, self.calendar(host).await?)) });
        let members = members.buffered(AT_ONCE).try_collect().await?;
        Ok(Offer { owner, known, meeting_type, members })
    }
}

impl Offer {
    /// The home zone of the host; of a team, that of its first active member.
    pub fn zone(&self) -> &Zone {
        let first = self.members.first().map_or(&self.known, |(_, known)| known);
        &first.availability.settings.zones.home
    }

    /// The calendars that an answer depends on, with the versions it was computed from.
    pub fn versions(&self) -> impl Iterator<Item = (HostId, u64)> {
        let members = self.members.iter().map(|(host, known)| (*host, known.version));
        members.chain([(self.owner, self.known.version)])
    }

    /// The starts that can be booked within `range`, sorted; none of a type that is switched off.
    pub fn offered(&self, range: Interval, now: Instant) -> Vec<Slot> {
        if !self.meeting_type.is_active {
            return Vec::new();
        }
        let asked = self.asked(now);
        match self.meeting_type.kind {
            Kind::RoundRobin => {
                round_robin(&asked, range).into_values().filter_map(|free| Some(free.first()?.1)).collect()
            }
            _ => Collective(&asked).offered(range),
        }
    }

    /// Whether a start can be booked.
    pub fn has(&self, start: Instant, now: Instant) -> bool {
        let asked = self.asked(now);
        self.meeting_type.is_active
            && match self.meeting_type.kind {
                Kind::RoundRobin => asked.iter().any(|host| host.judge(start).is_ok()),
                _ => Collective(&asked).judge(start).is_ok(),
            }
    }

    /// Up to five starts that can be booked, nearest to `start` first.
    pub fn alternatives(&self, start: Instant, now: Instant) -> Vec<Slot> {
        if !self.meeting_type.is_active {
            return Vec::new();
        }
        let asked = self.asked(now);
        match self.meeting_type.kind {
            Kind::RoundRobin => nearest_of(&asked, start),
            _ => Collective(&asked).nearest(start, ALTERNATIVES),
        }
    }

    /// From when on [`offered`](Self::offered) answers differently although nothing happens.
    pub fn changes_at(&self, range: Interval, now: Instant) -> Option<Instant> {
        let asked = self.asked(now);
        match self.meeting_type.kind {
            Kind::RoundRobin => asked.iter().filter_map(|host| host.changes_at(range)).min(),
            _ => Collective(&asked).changes_at(range),
        }
    }

    fn asked(&self, now: Instant) -> Vec<SlotRequest<'_>> {
        if self.meeting_type.kind.is_of_a_team() {
            return self
                .members
                .iter()
                .map(|(_, known)| known.availability.request(&self.meeting_type, None, now))
                .collect();
        }
        vec![self.known.availability.request(&self.meeting_type, None, now)]
    }
}
