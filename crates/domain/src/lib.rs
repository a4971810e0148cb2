//! What Daybook knows about calendars: which times are offered, what a command may do, and which events it causes.
//!
//! Nothing here reads a clock, draws a random number or waits: time and ids come in with the command, so every decision
//! can be replayed. [`calendar::HostCalendar`] decides and evolves; [`availability::Availability`] is the part of it that
//! answers when somebody can be met; [`slots`] is the engine underneath.

pub mod availability;
pub mod calendar;
pub mod common;
pub mod explain;
pub mod ids;
pub mod meeting_type;
pub mod personal;
pub mod questions;
pub mod reservation;
pub mod schedule;
pub mod slots;
pub mod suggest;
pub mod team;
pub mod text;
pub mod time;
pub mod zone;
