//! Where a meeting takes place (B1).

use serde::{Deserialize, Serialize};

use crate::text::{Description, Name};

/// Where the meeting takes place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Location {
    /// At an address.
    InPerson {
        /// The address.
        address: Description,
    },
    /// By phone.
    Phone {
        /// The number to call; without one the host calls the guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<Name>,
    },
    /// At a fixed link.
    Link {
        /// The address of the meeting.
        url: Description,
    },
    /// A Google Meet conference made for the booking.
    GoogleMeet,
    /// A Microsoft Teams meeting made for the booking.
    Teams,
    /// Anything else, in words.
    Custom {
        /// The words.
        text: Description,
    },
}
