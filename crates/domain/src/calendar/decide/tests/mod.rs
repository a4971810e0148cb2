//! Given events, when a command, then events or a refusal.

mod bookings;
mod meeting_types;
mod scenario;
mod schedules;
