//! Working hours: schedules, the default one's weekly rules, and date overrides (V1, V2).

pub mod body;
pub mod overrides;
pub mod rules;
pub mod schedule;
