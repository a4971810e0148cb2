//! Given calendars, when a command, then the events of each, or a refusal.

mod collective;
mod roster;
mod round_robin;
mod shares;
