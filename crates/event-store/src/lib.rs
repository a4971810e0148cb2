//! The log of every calendar: append, load, read in commit order, seal personal data.
//!
//! | To … | use |
//! |---|---|
//! | execute a command on a calendar | [`CalendarStore::execute`] |
//! | write the history of a calendar that was decided elsewhere | [`Codec::to_log`], [`Appender::append`] |
//! | decide about several calendars, all or none | [`CalendarStore::execute_together`] |
//! | see a calendar as it is, or was | [`CalendarStore::calendar`], [`History::state_as_of`] |
//! | list what happened to a calendar | [`History::events`] |
//! | read everything that happened, in commit order | [`Feed::after`], or follow it with [`Feed::follow`], or for many readers with a [`Tail`] |
//! | read an event's fields | [`RecordedEvent::decode`], then [`Codec::open`] for personal data, or [`Codec::open_for_keeping`] to store it |
//! | publish an event | [`cloud_event`] |
//! | find the host of a meeting type or booking | [`Directory`] |
//! | answer a repeated request | [`Idempotency`] |
//! | know which subject a guest is | [`SubjectKeys::guest`] |
//! | erase a person | [`SubjectKeys::erase_guest`], [`SubjectKeys::erase`] |
//! | retire a master key | [`SubjectKeys::rewrap`] |
//! | know whether a database will do | [`check`] |
//!
//! Everything that keeps calendars true is enforced by PostgreSQL itself, in `migrations/`; this crate makes it fast and
//! gives truthful answers. A command's whole effect is one INSERT into `events`, made by the [`Appender`] together with
//! those of other commands; it moves the calendar's stream from the version that the command was decided on to the next, so
//! of two writers one wins and the other learns of it.

#![warn(missing_docs)]

mod appender;
mod causes;
pub mod cloud_event;
mod codec;
mod connection;
mod database;
mod directory;
pub mod failpoints;
mod feed;
#[cfg(test)]
mod golden;
mod history;
mod idempotency;
mod keys;
mod metadata;
mod metrics;
mod place;
mod preflight;
mod recorded;
mod replay;
mod retention;
mod snapshot;
mod store;
mod subscription;
mod upcast;
mod verify;
mod wakeup;

pub use appender::{Append, AppendError, Appended, Appender, AppenderOptions, NewEvent};
pub use codec::{Codec, CodecError, Sealed};
pub use connection::OwnConnection;
pub use database::{DatabaseError, is_lasting, with_pulse};
pub use directory::Directory;
pub use feed::{Feed, Follower};
pub use history::{AsOf, History, HistoryRange, Order, events_of_booking};
pub use idempotency::{EarlierCommand, Idempotency, IdempotencyHash, IdempotentRequest};
pub use keys::{
    Damaged, DerivedKey, ErasureNews, InvalidMasterKeys, KeyError, MasterKeys, Rewrapped, SubjectKey, SubjectKeys,
    WrappedUnder,
};
pub use metadata::Metadata;
pub use metrics::EventStoreMetrics;
pub use place::{NotAPlace, Place};
pub use preflight::{Unfit, check};
pub use recorded::RecordedEvent;
pub use replay::LoadError;
pub use retention::forget_past_reservations;
pub use store::{CalendarContext, CalendarStore, ExecuteError, Executed, Recorded, StoreOptions, Together};
pub use subscription::{Selection, Subscription, Tail};
pub use upcast::UnreadableEvent;
pub use verify::Doubt;
pub use wakeup::{Waker, Wakeups};
