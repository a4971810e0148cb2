//! The wall clock of a host, who may travel.

use super::{DAY, HostZones, MARGIN, Offsets};
use chrono::NaiveDate;

/// A host's wall clock over some dates, with every offset looked up once.
///
/// Dates are counted in days since the Unix epoch.
pub(crate) struct HostClock<'a> {
    zones: &'a HostZones,
    home: Offsets,
    /// For each announced change that covers one of the dates, the offsets of its zone.
    away: Vec<Option<Offsets>>,
}

impl<'a> HostClock<'a> {
    /// The wall clock from one date to another, both included.
    pub(crate) fn over(zones: &'a HostZones, first: i64, last: i64) -> Self {
        let (from, to) = (first * DAY - MARGIN, last * DAY + MARGIN);
        let away = zones.changes.iter().map(|change| {
            let starts_in_time = i64::from(change.from_date.to_epoch_days()) <= last;
            let lasts = change.to_date.is_none_or(|date| i64::from(date.to_epoch_days()) >= first);
            (starts_in_time && lasts).then(|| Offsets::over(&change.time_zone.0, from, to))
        });
        Self { zones, home: Offsets::over(&zones.home.0, from, to), away: away.collect() }
    }

    /// The first instant at which the clock of that date's zone reaches `minutes` after its midnight.
    pub(crate) fn reached(&self, day: i64, minutes: u16) -> i64 {
        self.on(day).reached(reading(day, minutes))
    }

    /// The last instant after which the clock of that date's zone stays at or past `minutes` after its midnight.
    pub(crate) fn passed(&self, day: i64, minutes: u16) -> i64 {
        self.on(day).passed(reading(day, minutes))
    }

    fn on(&self, day: i64) -> &Offsets {
        if self.away.is_empty() {
            return &self.home;
        }
        let date = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days);
        let change = date.and_then(|date| self.zones.change_on(date));
        change.and_then(|change| self.away[change].as_ref()).unwrap_or(&self.home)
    }
}

fn reading(day: i64, minutes: u16) -> i64 {
    day * DAY + i64::from(minutes) * 60
}
