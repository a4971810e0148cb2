//! The calendar's own history (E1, E6, E7).

pub mod as_of;
pub mod history;
pub mod show;
