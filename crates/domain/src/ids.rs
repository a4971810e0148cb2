//! Identifiers, each its own type so that one cannot stand in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A host; also the id of their calendar's stream.
    HostId
);
id!(
    /// One guest's booking. It survives being rescheduled.
    BookingId
);
id!(
    /// A kind of meeting that a host offers.
    MeetingTypeId
);
id!(
    /// A named set of weekly rules and date overrides.
    ScheduleId
);
id!(
    /// The meeting that a booking takes part in: its own for a one-on-one, shared by the guests of a group meeting.
    SessionId
);
id!(
    /// A team; also the id of its calendar's stream.
    TeamId
);
id!(
    /// Bookings that were made together by one recurrence.
    SeriesId
);

impl From<TeamId> for HostId {
    /// A team's stream stands among those of the hosts.
    fn from(team: TeamId) -> Self {
        Self(team.0)
    }
}

impl From<HostId> for TeamId {
    /// The team whose stream this is, if it is a team's.
    fn from(host: HostId) -> Self {
        Self(host.0)
    }
}

impl From<BookingId> for SessionId {
    /// A one-on-one booking is its own session.
    fn from(booking: BookingId) -> Self {
        Self(booking.0)
    }
}
