//! Given events, when a command, then events or a refusal.

mod answers;
mod approval;
mod bookings;
mod groups;
mod meeting_types;
mod no_shows;
mod policies;
mod schedules;
mod series;
