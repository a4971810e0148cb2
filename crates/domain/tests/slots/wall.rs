//! Wall clocks as chrono-tz knows them, read minute by minute: a second opinion on zones.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{DateTime, TimeZone};
use chrono_tz::Tz;

/// Minutes in a day.
pub(crate) const DAY: i64 = 1_440;

type Readings = HashMap<(Tz, i64), Arc<Vec<i64>>>;

/// Readings for each minute of a UTC day.
static READINGS: LazyLock<Mutex<Readings>> = LazyLock::new(Mutex::default);

/// What a zone's wall clock shows at a minute since the Unix epoch, in minutes since the beginning of 1970 on that clock.
pub(crate) fn reading(zone: Tz, minute: i64) -> i64 {
    day(zone, minute.div_euclid(DAY))[usize::try_from(minute.rem_euclid(DAY)).expect("below 1440")]
}

/// The readings for a stretch of minutes.
pub(crate) fn readings(zone: Tz, from: i64, to: i64) -> Vec<i64> {
    let days: Vec<_> = (from.div_euclid(DAY)..=to.div_euclid(DAY)).map(|number| day(zone, number)).collect();
    let skip = usize::try_from(from.rem_euclid(DAY)).expect("below 1440");
    days.iter()
        .flat_map(|day| day.iter().copied())
        .skip(skip)
        .take(usize::try_from(to - from).expect("in order"))
        .collect()
}

fn day(zone: Tz, number: i64) -> Arc<Vec<i64>> {
    let mut readings = READINGS.lock().expect("no test panics with it");
    Arc::clone(readings.entry((zone, number)).or_insert_with(|| {
        let show = |minute: i64| {
            let utc = DateTime::from_timestamp(minute * 60, 0).expect("in range").naive_utc();
            zone.from_utc_datetime(&utc).naive_local().and_utc().timestamp().div_euclid(60)
        };
        Arc::new((number * DAY..(number + 1) * DAY).map(show).collect())
    }))
}
