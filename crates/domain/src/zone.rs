//! Time zones: the one place that turns wall clocks into instants, with zone data compiled into the binary.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Offset, TimeDelta, Timelike, Utc};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::time::{Instant, Interval, MINUTE};

mod host_clock;
mod offsets;
mod patched;

pub(crate) use host_clock::HostClock;
use offsets::Offsets;

/// An IANA time zone from the bundled data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// A name that the bundled zone data does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a known IANA time zone such as Europe/Berlin")]
pub struct UnknownZone;

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Seconds by which the zone's wall clock is ahead of UTC at an instant.
    pub fn offset(&self, at: Instant) -> i64 {
        i64::from(self.0.to_offset(offsets::timestamp(at.timestamp())).seconds())
    }

    /// The instant with the zone's offset: what its wall clock shows.
    pub fn with_offset(&self, at: Instant) -> DateTime<FixedOffset> {
        let offset = i32::try_from(self.offset(at)).ok().and_then(FixedOffset::east_opt);
        // chrono panics where a local time would lie outside its calendar, over 200,000 years away.
        let (first, last) =
            (DateTime::<Utc>::MIN_UTC + TimeDelta::days(2), DateTime::<Utc>::MAX_UTC - TimeDelta::days(2));
        at.clamp(first, last).with_timezone(&offset.unwrap_or(Utc.fix()))
    }

    /// The date that the zone's wall clock shows.
    pub fn date_of(&self, at: Instant) -> NaiveDate {
        self.with_offset(at).date_naive()
    }

    /// The date and the time of day (`HH:MM`) that the zone's wall clock shows.
    pub fn wall_clock(&self, at: Instant) -> (NaiveDate, String) {
        let local = self.with_offset(at);
        (local.date_naive(), format!("{:02}:{:02}", local.hour(), local.minute()))
    }

    /// The date's stretch of time: from the first instant at which the wall clock reaches it to the first at which it
    /// reaches the next one, whatever gaps there are at midnight. These stretches tile time. `None` for a date that never
    /// was (30 December 2011 in Apia).
    pub fn day(&self, date: NaiveDate) -> Option<Interval> {
        let midnight = midnight(date);
        let offsets = self.offsets(midnight, midnight + DAY);
        Interval::new(offsets.reached(midnight), offsets.reached(midnight + DAY))
    }

    /// The stretch of time from the first of these dates to the last, both included. `None` where it would be empty.
    pub fn days(&self, first: NaiveDate, last: NaiveDate) -> Option<Interval> {
        let (from, to) = (midnight(first), midnight(last) + DAY);
        Interval::new(self.offsets(from, from).reached(from), self.offsets(to, to).reached(to))
    }

    /// The first instant (in epoch seconds) at which the wall clock reaches a time of day on a date.
    pub(crate) fn first_at(&self, date: NaiveDate, time: NaiveTime) -> i64 {
        let reading = midnight(date) + i64::from(time.num_seconds_from_midnight());
        self.offsets(reading, reading).reached(reading)
    }

    /// The offsets that decide what readings from `first` to `last` mean.
    fn offsets(&self, first: i64, last: i64) -> Offsets {
        Offsets::over(&self.0, first - MARGIN, last + MARGIN)
    }
}

/// Seconds in an ordinary day.
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
/// No wall clock is further from UTC than a bit over a day, the largest step over the date line included.
const MARGIN: i64 = 3 * DAY;

/// What a wall clock shows at the beginning of a date.
fn midnight(date: NaiveDate) -> i64 {
    i64::from(date.to_epoch_days()) * DAY
}

/// The version of the zone data compiled into the binary, such as `2026f`.
pub fn zone_data_version() -> &'static str {
    patched::VERSION
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| UnknownZone)?;
        // jiff knows `Etc/Unknown`, which says that nobody knows the zone.
        if zone.is_unknown() { Err(UnknownZone) } else { Ok(Self(patched::current(zone))) }
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stay in another zone, announced by host-local dates (V1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeZoneChange {
    /// First date in the other zone.
    pub from_date: NaiveDate,
    /// Last date there; without one the change lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_date: Option<NaiveDate>,
    /// The other zone.
    pub time_zone: Zone,
}

/// The zones that a host's wall clock shows, date by date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostZones {
    /// The zone where no change says otherwise.
    pub home: Zone,
    /// Announced changes; the last one in the list that covers a date decides it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<TimeZoneChange>,
}

impl HostZones {
    /// A host who never travels.
    pub const fn home(home: Zone) -> Self {
        Self { home, changes: Vec::new() }
    }

    /// The zone of the host's wall clock on a date.
    pub fn on(&self, date: NaiveDate) -> &Zone {
        self.change_on(date).map_or(&self.home, |change| &self.changes[change].time_zone)
    }

    /// The host-local date at an instant: the latest date that its own zone's wall clock has reached.
    ///
    /// A travelling host's date therefore begins at midnight of the zone that counts for it, earlier or later than the date
    /// before would have ended in its own.
    pub fn date_of(&self, at: Instant) -> NaiveDate {
        let utc = at.naive_utc().date();
        let reached = |date: &NaiveDate| self.on(*date).date_of(at) >= *date;
        // No clock is more than a day ahead of UTC, or behind.
        [utc.succ_opt(), Some(utc)].into_iter().flatten().find(reached).or(utc.pred_opt()).unwrap_or(utc)
    }

    /// The first instant (in epoch seconds) at which the host-local date is this one or a later one.
    pub fn begin_of(&self, date: NaiveDate) -> i64 {
        let begin = |date: NaiveDate| {
            let midnight = midnight(date);
            self.on(date).offsets(midnight, midnight).reached(midnight)
        };
        if self.changes.is_empty() {
            return begin(date);
        }
        // Who flies from Honolulu to Kiritimati sees the day after tomorrow before tomorrow.
        date.iter_days().take(3).map(begin).min().unwrap_or(i64::MAX)
    }

    fn change_on(&self, date: NaiveDate) -> Option<usize> {
        self.changes.iter().rposition(|c| c.from_date <= date && c.to_date.is_none_or(|last| date <= last))
    }
}
