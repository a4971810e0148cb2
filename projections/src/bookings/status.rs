//! Where a booking stands, as it is shown.

use std::fmt;
use std::str::FromStr;

/// Where a booking stands (B3), as it is shown at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Holds its time until the host answers.
    Pending,
    /// Will take place.
    Confirmed,
    /// The host did not want it.
    Declined,
    /// The host did not answer in time.
    Expired,
    /// Called off by either side.
    Cancelled,
    /// Was confirmed, and has ended. Not stored: time alone brings it about.
    Completed,
}

impl Status {
    /// The status's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be pending, confirmed, declined, expired, cancelled or completed")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(name: &str) -> Result<Self, UnknownStatus> {
        [Self::Pending, Self::Confirmed, Self::Declined, Self::Expired, Self::Cancelled, Self::Completed]
            .into_iter()
            .find(|status| status.as_str() == name)
            .ok_or(UnknownStatus)
    }
}

impl TryFrom<String> for Status {
    type Error = UnknownStatus;

    fn try_from(name: String) -> Result<Self, UnknownStatus> {
        name.parse()
    }
}
