//! Bookings: made, seen, confirmed, moved and called off, by guests with a token and by hosts (B3–B5).

pub mod answer;
pub mod asker;
pub mod book;
pub mod booked;
pub mod booking;
pub mod cancel;
pub mod change;
pub mod confirm;
pub mod decline;
mod guest;
pub mod ics;
pub mod idempotency;
pub mod links;
pub mod list;
pub mod manage_token;
pub mod no_show;
pub mod reading;
pub mod reschedule;
pub mod show;

pub use manage_token::ManageTokens;
