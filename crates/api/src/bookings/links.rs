//! Links that go with a booking: to manage it, and to put it into a calendar (I6).

use daybook_domain::ids::BookingId;
use daybook_domain::time::Instant;
use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::manage_token::Right;
use crate::state::Api;

/// Links that go with a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Links {
    /// Where the guest moves or cancels it. The token is in the fragment, which browsers keep to themselves.
    pub manage: String,
    /// The booking as an iCalendar file, with a token that only reads.
    pub ics: String,
    /// Adds it to a Google calendar.
    pub google: String,
    /// Adds it to an Outlook calendar.
    pub outlook: String,
    /// Adds it to a Yahoo calendar.
    pub yahoo: String,
}

impl Links {
    /// The links of a meeting with this title.
    pub fn new(api: &Api, booking: BookingId, title: &str, start: Instant, end: Instant) -> Self {
        let ours = |path: String| api.public_url.join(&path).map(String::from).unwrap_or_default();
        let manage = api.manage_tokens.issue(booking, Right::Manage);
        let read = api.manage_tokens.issue(booking, Right::Read);
        let compact = |at: Instant| at.format("%Y%m%dT%H%M%SZ").to_string();
        let iso = |at: Instant| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let dates = format!("{}/{}", compact(start), compact(end));
        Self {
            manage: ours(format!("/bookings/{booking}#token={manage}")),
            ics: ours(format!("/api/bookings/{booking}/calendar.ics?token={read}")),
            google: link(
                "https://calendar.google.com/calendar/render",
                &[("action", "TEMPLATE"), ("text", title), ("dates", &dates)],
            ),
            outlook: link(
                "https://outlook.live.com/calendar/0/deeplink/compose",
                &[("rru", "addevent"), ("subject", title), ("startdt", &iso(start)), ("enddt", &iso(end))],
            ),
            yahoo: link(
                "https://calendar.yahoo.com/",
                &[("v", "60"), ("title", title), ("st", &compact(start)), ("et", &compact(end))],
            ),
        }
    }
}

fn link(base: &str, query: &[(&str, &str)]) -> String {
    Url::parse_with_params(base, query).map(String::from).unwrap_or_default()
}
