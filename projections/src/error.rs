//! Why events could not be projected.

use daybook_domain::ids::{BookingId, HostId};
use daybook_event_store::{CodecError, Place, UnreadableEvent};

use crate::database::DatabaseError;

/// Why events could not be projected. Nothing was written; the same events may be tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The checkpoint is not where the step begins: another writer, or a rebuild, has moved it. Read it again.
    #[error("the checkpoint is no longer at {expected}")]
    CheckpointMoved {
        /// Where the step begins.
        expected: Place,
    },
    /// Events of a calendar are missing in between. Read the log from the checkpoint.
    #[error("the calendar of host {host} stands at version {known}, and the event at {place} is version {found}")]
    Gap {
        /// Whose calendar.
        host: HostId,
        /// The version that the read model has.
        known: u64,
        /// The version of the event.
        found: u64,
        /// Where the event stands.
        place: Place,
    },
    /// A booking changed that was never requested.
    #[error("the event at {place} changes booking {booking}, which is not there")]
    UnknownBooking {
        /// The booking.
        booking: BookingId,
        /// Where the event stands.
        place: Place,
    },
    /// An event that this program cannot read.
    #[error("the event at {place} cannot be read")]
    Unreadable {
        /// Where the event stands.
        place: Place,
        /// What is wrong with it.
        #[source]
        source: UnreadableEvent,
    },
    /// Personal data could not be opened.
    #[error("personal data could not be opened")]
    Codec(#[from] CodecError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] daybook_event_store::DatabaseError),
    /// The database failed or was late.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<sqlx::Error> for ProjectionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
