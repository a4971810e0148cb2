//! A booking with what a guest needs to know around it.

use daybook_domain::ids::{BookingId, HostId};
use serde::Serialize;
use utoipa::ToSchema;

use super::booking::BookingBody;
use super::links::Links;
use super::manage_token::Right;
use crate::problem::Answer;
use crate::state::Api;

/// A booking, its host and meeting type, and the guest's token and links.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BookingAnswer {
    /// The booking.
    pub booking: BookingBody,
    /// Who is met.
    pub host_name: String,
    /// Where the host's clock is.
    pub host_time_zone: String,
    /// What kind of meeting it is.
    pub meeting_type_name: String,
    /// Lets the guest move and cancel the booking; to be sent as `X-Booking-Token`. Only for whoever may manage it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manage_token: Option<String>,
    /// Links to manage it and to put it into a calendar; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
}

impl BookingAnswer {
    /// The booking with its surroundings. `right` is what the asker may do: a reader is not handed the means to manage.
    pub async fn new(api: &Api, booking: BookingBody, right: Right) -> Answer<Self> {
        let host = HostId(booking.host_id);
        let known = api.calendar_with(host, booking.meeting_type_id.into()).await?;
        let settings = &known.availability.settings;
        let host_name = api.host_name(host).await?;
        // A meeting type that is gone leaves its bookings behind.
        let meeting_type = settings.meeting_type(booking.meeting_type_id.into());
        let meeting_type_name = meeting_type.map_or_else(|| "Meeting".to_owned(), |t| t.name.to_string());
        let id = BookingId(booking.id);
        let may_manage = right == Right::Manage;
        let links = may_manage.then(|| {
            let title = format!("{meeting_type_name} with {host_name}");
            Links::new(api, id, &title, booking.start_time, booking.end_time)
        });
        Ok(Self {
            booking,
            host_name,
            host_time_zone: settings.zones.home.to_string(),
            meeting_type_name,
            manage_token: may_manage.then(|| api.manage_tokens.issue(id, Right::Manage)),
            links,
        })
    }
}
