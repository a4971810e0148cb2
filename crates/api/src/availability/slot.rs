//! A slot as the API shows it.

use chrono::{DateTime, Utc};
use daybook_domain::slots::Slot;
use daybook_domain::time::instant;
use serde::Serialize;
use utoipa::ToSchema;

/// A time that can be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Slot)]
pub struct SlotBody {
    /// When the meeting would start.
    pub start_time: DateTime<Utc>,
    /// When it would end.
    pub end_time: DateTime<Utc>,
    /// Seats that are still free; only for group meetings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_left: Option<u16>,
}

impl From<&Slot> for SlotBody {
    fn from(slot: &Slot) -> Self {
        Self {
            start_time: instant(slot.during.start()),
            end_time: instant(slot.during.end()),
            seats_left: slot.seats_left,
        }
    }
}
