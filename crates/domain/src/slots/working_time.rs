//! From hours on the wall clock to stretches of time (S1–S3), and what several hosts have in common (S10).

use chrono::NaiveDate;

use super::SlotRequest;
use super::union::union;
use crate::schedule::{Hours, LocalTime, Window};
use crate::time::Interval;
use crate::zone::{DAY, HostClock, HostZones};

/// The windows of every host-local date that can reach into `span`, date by date: those that start on the same date are
/// merged where they overlap or touch (S3).
fn windows_of(zones: &HostZones, hours: &Hours, span: Interval) -> Vec<Interval> {
    // A window ends within two days of its date's midnight. Wall clocks are up to 15 hours from UTC, and one that was put
    // back over the date line repeats a day.
    let (first, last) = (span.start().div_euclid(DAY) - 4, span.end().div_euclid(DAY) + 1);
    let clock = HostClock::over(zones, first, last);
    let week = Week::of(hours);
    let mut windows = Vec::new();
    let mut own = override_on(hours, first);
    for day in first..=last {
        let next = override_on(hours, day + 1);
        let date = Date { clock: &clock, day, clipped: next.is_some() };
        match own {
            Some(own) => date.cut(&own, &mut windows),
            None => date.cut(week.on(day), &mut windows),
        }
        own = next;
    }
    windows
}

/// A window as it stands in the hours, and as a stretch of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// The host-local date on which it starts.
    pub(crate) date: NaiveDate,
    /// Its hours on the wall clock.
    pub(crate) window: Window,
    /// Whether an override names it, rather than a weekly rule.
    pub(crate) is_override: bool,
    /// When it is open.
    pub(crate) during: Interval,
}

/// The windows that share time with `span`, date by date.
pub(crate) fn openings(zones: &HostZones, hours: &Hours, span: Interval) -> Vec<Opening> {
    let (first, last) = (span.start().div_euclid(DAY) - 4, span.end().div_euclid(DAY) + 1);
    let clock = HostClock::over(zones, first, last);
    let week = Week::of(hours);
    let mut openings = Vec::new();
    for day in first..=last {
        let Some(date) = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days) else { continue };
        let own = override_on(hours, day);
        let cut = Date { clock: &clock, day, clipped: override_on(hours, day + 1).is_some() };
        let windows = own.as_deref().unwrap_or_else(|| week.on(day));
        let opening = |window: &Window| {
            let during = cut.instants(*window)?;
            Some(Opening { date, window: *window, is_override: own.is_some(), during })
        };
        openings.extend(windows.iter().filter_map(opening).filter(|opening| opening.during.overlaps(span)));
    }
    openings
}

/// A host-local date, whose windows are cut from its zone's wall clock.
struct Date<'a> {
    clock: &'a HostClock<'a>,
    /// In days since the Unix epoch.
    day: i64,
    /// Whether the next date has hours of its own, which no overnight window reaches into (S2).
    clipped: bool,
}

impl Date<'_> {
    /// Adds the date's windows, which come sorted by start.
    fn cut(&self, sorted: &[Window], windows: &mut Vec<Interval>) {
        let others = windows.len();
        for window in sorted.iter().filter_map(|window| self.instants(*window)) {
            match windows[others..].last_mut() {
                Some(last) if window.start() <= last.end() => *last = last.hull(window),
                _ => windows.push(window),
            }
        }
    }

    /// The window as a stretch of time (S1); `None` if it lies within a gap.
    fn instants(&self, window: Window) -> Option<Interval> {
        let (start, mut end) = (window.start_time.minutes(), window.end_time.minutes());
        let midnight = LocalTime::MIDNIGHT_END.minutes();
        if end <= start && end != midnight {
            end += midnight;
        }
        if self.clipped {
            end = end.min(midnight);
        }
        Interval::new(self.clock.reached(self.day, start), self.clock.passed(self.day, end))
    }
}

/// The windows that an override names for a date, sorted by start.
fn override_on(hours: &Hours, day: i64) -> Option<Vec<Window>> {
    if hours.overrides.is_empty() {
        return None;
    }
    let date = i32::try_from(day).ok().and_then(NaiveDate::from_epoch_days)?;
    let mut windows = hours.overrides.get(&date)?.clone();
    windows.sort_unstable();
    Some(windows)
}

/// The active rules by the day on which they start, sorted by start.
struct Week {
    windows: Vec<Window>,
    /// Where each day's windows begin, and where the last day's end.
    days: [usize; 8],
}

impl Week {
    fn of(hours: &Hours) -> Self {
        let mut rules: Vec<_> = hours.rules.iter().filter(|rule| rule.is_active).collect();
        rules.sort_unstable_by_key(|rule| (rule.day_of_week, rule.window()));
        let begin = |day: usize| rules.partition_point(|rule| usize::from(rule.day_of_week.number()) < day);
        Self { days: std::array::from_fn(begin), windows: rules.iter().map(|rule| rule.window()).collect() }
    }

    fn on(&self, day: i64) -> &[Window] {
        // 1 January 1970 was a Thursday, number 4.
        let weekday = usize::try_from((day + 4).rem_euclid(7)).unwrap_or_default();
        &self.windows[self.days[weekday]..self.days[weekday + 1]]
    }
}

/// When somebody can be met at all.
pub(super) struct WorkingTime {
    /// Sorted by start; windows of different dates may touch, and overlap where a traveller changes zones. Each has a grid of
    /// its own.
    pub(super) windows: Vec<Interval>,
    /// Their union: a meeting may run from one window into the next (S3).
    union: Vec<Interval>,
}

impl WorkingTime {
    /// A host's working time, complete within `span`.
    pub(super) fn of(host: &SlotRequest<'_>, span: Interval) -> Self {
        Self::from(windows_of(host.zones, host.hours, span))
    }

    /// What two have in common, whatever their dates: each pair of windows gives one with a grid of its own (S10).
    pub(super) fn shared_with(&self, other: &Self) -> Self {
        let mut shared = Vec::new();
        let mut theirs = other.windows.as_slice();
        for window in &self.windows {
            while theirs.first().is_some_and(|first| first.end() <= window.start()) {
                theirs = &theirs[1..];
            }
            let near = theirs.iter().take_while(|their| their.start() < window.end());
            shared.extend(near.filter_map(|their| window.intersection(*their)));
        }
        Self::from(shared)
    }

    /// The unbroken stretch of working time that an interval lies in.
    pub(super) fn around(&self, interval: Interval) -> Option<Interval> {
        let begun = self.union.partition_point(|stretch| stretch.start() <= interval.start());
        self.union[..begun].last().copied().filter(|stretch| stretch.contains(interval))
    }

    /// Whether windows of different dates overlap, so that their grids interleave.
    pub(super) fn interleaves(&self) -> bool {
        self.windows.windows(2).any(|pair| pair[1].start() < pair[0].end())
    }
}

impl From<Vec<Interval>> for WorkingTime {
    fn from(mut windows: Vec<Interval>) -> Self {
        windows.sort_unstable();
        Self { union: union(windows.iter().copied()), windows }
    }
}
