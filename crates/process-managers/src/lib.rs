//! What happens by itself because something else has happened, or because time has passed.
//!
//! A process manager gives ordinary commands; the calendar decides. So it may be late or repeat itself, but never wrong.

#![warn(missing_docs)]

mod hold_expiry;

pub use hold_expiry::HoldExpiry;
