//! Changes of what is offered.

use serde::{Deserialize, Serialize};

use crate::ids::MeetingTypeId;
use crate::meeting_type::MeetingType;

/// Offers a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeAdded {
    /// The meeting type.
    #[serde(flatten)]
    pub meeting_type: MeetingType,
}

/// Replaces a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeChanged {
    /// The meeting type from now on.
    #[serde(flatten)]
    pub meeting_type: MeetingType,
}

/// No longer offers a kind of meeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeetingTypeRemoved {
    /// Which one.
    pub meeting_type_id: MeetingTypeId,
}
