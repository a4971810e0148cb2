//! Where handlers get calendars from.

use daybook_domain::ids::{HostId, MeetingTypeId};

use super::Known;
use crate::problem::{Answer, Problem};
use crate::state::Api;

impl Api {
    /// When the host can be met, as of the last event that this node has heard of. Missing calendars answer 404.
    pub async fn calendar(&self, host: HostId) -> Answer<Known> {
        if let Some(known) = self.availability.calendar(host) {
            return Ok(known);
        }
        let epoch = self.availability.epoch();
        let heard = self.availability.heard(host);
        match self.read_models.availability_since(host, self.clock.now(), heard).await? {
            Some((version, availability)) if version >= heard => {
                let known = Known { version, availability: availability.into(), epoch };
                self.availability.learn(host, known.clone());
                Ok(known)
            }
            // The projector is behind, or has not met the host yet: the log itself knows.
            _ => self.newest_calendar(host).await,
        }
    }

    /// When the host can be met, as of an event by which the meeting type was there, if it is there at all.
    pub async fn calendar_with(&self, host: HostId, id: MeetingTypeId) -> Answer<Known> {
        let known = self.calendar(host).await?;
        if known.availability.settings.meeting_type(id).is_some() {
            return Ok(known);
        }
        // It was removed, or this node has not heard of it yet: the log knows.
        self.newest_calendar(host).await
    }

    /// When the host can be met, as of the last event in the log. Missing calendars answer 404.
    async fn newest_calendar(&self, host: HostId) -> Answer<Known> {
        let epoch = self.availability.epoch();
        let calendar = self.store.calendar(host).await?;
        if !calendar.is_open() {
            return Err(Problem::not_found("host"));
        }
        let known = Known { version: calendar.version(), availability: calendar.availability().clone(), epoch };
        self.availability.learn(host, known.clone());
        Ok(known)
    }

    /// Whose meeting type it is.
    pub async fn host_of_meeting_type(&self, id: MeetingTypeId) -> Answer<HostId> {
        if let Some(host) = self.availability.owner(id) {
            return Ok(host);
        }
        let host = self.directory.host_of_meeting_type(id).await?.ok_or_else(|| Problem::not_found("meeting type"))?;
        self.availability.remember_owner(id, host);
        Ok(host)
    }
}
