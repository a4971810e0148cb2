//! The routes as a client meets them, over a real database. No projector runs, so calendars are answered from the log.
//!
//! The tests have a second thread, because a database is dropped on the first one: a connection that is just being opened
//! then still gets through, instead of holding the drop up.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod api_keys;
mod changes;
mod entrance;
mod front;
mod limits;
mod operations;
mod profiles;
mod registration;
mod sessions;
mod world;
