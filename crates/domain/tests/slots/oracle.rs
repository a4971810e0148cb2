//! The slow, obvious engine: rules S1–S10 word by word, one minute at a time, on chrono-tz instead of jiff.
//!
//! Knows nothing of the engine's intervals; a world it is asked about lies on whole minutes, except for `now`.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use daybook_domain::ids::SessionId;
use daybook_domain::meeting_type::{BookingWindow, Terms};
use daybook_domain::reservation::Reservation;
use daybook_domain::schedule::{WeeklyRule, Window};
use daybook_domain::slots::SlotRequest;

use super::wall::{DAY, reading, readings};

/// What the oracle says about a start, in epoch minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can be booked: the end, seats that are left in a group type, and the session that is joined.
    Bookable {
        end: i64,
        seats_left: Option<u16>,
        session: Option<SessionId>,
    },
    NotOffered,
    LimitReached,
    Taken,
}

/// The hosts' world, minute by minute.
pub(crate) struct Oracle<'a> {
    hosts: &'a [SlotRequest<'a>],
    /// Every merged window that all hosts share, as minutes; each has its own grid.
    windows: Vec<(i64, i64)>,
}

impl<'a> Oracle<'a> {
    /// The world around the minutes from `from` to `to`.
    pub(crate) fn of(hosts: &'a [SlotRequest<'a>], from: i64, to: i64) -> Self {
        let mut each = hosts.iter().map(|host| windows(host, from - 4 * DAY, to + 4 * DAY));
        let mut shared = each.next().expect("a host");
        for theirs in each {
            let pairs = shared.iter().flat_map(|ours| theirs.iter().map(move |their| (*ours, *their)));
            shared = pairs.map(|(a, b)| (a.0.max(b.0), a.1.min(b.1))).filter(|both| both.0 < both.1).collect();
        }
        Self { hosts, windows: shared }
    }

    /// Every bookable start from `from` up to but without `to` (S7).
    pub(crate) fn offered(&self, from: i64, to: i64) -> Vec<(i64, Verdict)> {
        let verdicts = (from..to).map(|minute| (minute, self.judge(minute)));
        verdicts.filter(|(_, verdict)| matches!(verdict, Verdict::Bookable { .. })).collect()
    }

    /// The first reason against a start in the order of V9, or what booking it would mean.
    pub(crate) fn judge(&self, start: i64) -> Verdict {
        let terms = self.hosts[0].terms;
        let duration = i64::from(terms.duration_minutes);
        let sessions: Option<Vec<Session>> = self.hosts.iter().map(|host| session_at(host, start)).collect();
        // S9: a session of the type is joined with its own end, even off the grid.
        let sessions =
            sessions.filter(|sessions| terms.capacity > 1 && sessions.iter().all(|s| s.end == sessions[0].end));
        let end = sessions.as_ref().map_or(start + duration, |sessions| sessions[0].end);
        let seats = sessions.as_ref().map(|sessions| {
            let guests = sessions.iter().map(|s| s.guests).max().expect("a host");
            terms.capacity.saturating_sub(guests)
        });

        let step = i64::from(terms.slot_interval_minutes);
        let on_grid = |w: &(i64, i64)| w.0 <= start && start < w.1 && (start - w.0) % step == 0;
        if sessions.is_none() && !self.windows.iter().any(on_grid) {
            return Verdict::NotOffered;
        }
        if !self.hosts.iter().all(|host| near_and_far_enough(host, start)) {
            return Verdict::NotOffered;
        }
        let (before, after) = (i64::from(terms.buffer_before_minutes), i64::from(terms.buffer_after_minutes));
        let at_work = if terms.buffers_within_hours { (start - before, end + after) } else { (start, end) };
        if !(at_work.0..at_work.1).all(|minute| self.windows.iter().any(|w| w.0 <= minute && minute < w.1)) {
            return Verdict::NotOffered;
        }
        let joins = seats.is_some_and(|seats| seats > 0);
        if !joins && self.hosts.iter().any(|host| limit_reached(host, start)) {
            return Verdict::LimitReached;
        }
        let protected = (start - before, end + after);
        let joined = |host: usize| sessions.as_ref().filter(|_| joins).map(|sessions| sessions[host].id);
        let mut hosts = self.hosts.iter().enumerate();
        if hosts.any(|(at, host)| (protected.0..protected.1).any(|minute| held(host, minute, joined(at)))) {
            return Verdict::Taken;
        }
        let seats_left = (terms.capacity > 1).then_some(seats.filter(|_| joins).unwrap_or(terms.capacity));
        Verdict::Bookable { end, seats_left, session: joined(0) }
    }
}

/// S1–S3: the merged windows of each date, cut from the wall clock of the date's zone.
fn windows(host: &SlotRequest<'_>, from: i64, to: i64) -> Vec<(i64, i64)> {
    let (from, to) = (from.div_euclid(DAY), to.div_euclid(DAY));
    let mut merged = Vec::new();
    for day in from..to {
        let date = date(day);
        // No window is further than this from its date.
        let (first_minute, end) = ((day - 2) * DAY, (day + 4) * DAY);
        let clock = readings(zone_on(host, date), first_minute, end);
        let mut open = vec![false; clock.len()];
        for window in windows_on(host, date) {
            let (a, b) = (i64::from(window.start_time.minutes()), i64::from(window.end_time.minutes()));
            let runs_into_the_next_date = b <= a && b != DAY;
            let mut until = day * DAY + if runs_into_the_next_date { b + DAY } else { b };
            if host.hours.overrides.contains_key(&self::date(day + 1)) {
                until = until.min((day + 1) * DAY);
            }
            // The first minute at which the wall clock reaches the start; the last after which it stays at or past the end.
            let first = clock.iter().position(|reading| *reading >= day * DAY + a).expect("far enough");
            let last = clock.iter().rposition(|reading| *reading < until).expect("far enough");
            open.iter_mut().take(last + 1).skip(first).for_each(|minute| *minute = true);
        }
        merged.extend(runs(&open).into_iter().map(|(a, b)| (first_minute + a, first_minute + b)));
    }
    merged
}

fn runs(open: &[bool]) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for minute in (0_i64..).zip(open).filter(|(_, open)| **open).map(|(minute, _)| minute) {
        match runs.last_mut() {
            Some(run) if run.1 == minute => run.1 += 1,
            _ => runs.push((minute, minute + 1)),
        }
    }
    runs
}

fn windows_on(host: &SlotRequest<'_>, date: NaiveDate) -> Vec<Window> {
    let weekday = date.weekday().num_days_from_sunday();
    let rules =
        host.hours.rules.iter().filter(|rule| rule.is_active && u32::from(rule.day_of_week.number()) == weekday);
    host.hours.overrides.get(&date).cloned().unwrap_or_else(|| rules.map(WeeklyRule::window).collect())
}

/// The last change in the list that covers a date decides its zone.
fn zone_on(host: &SlotRequest<'_>, date: NaiveDate) -> Tz {
    let mut zone = &host.zones.home;
    for change in &host.zones.changes {
        if change.from_date <= date && change.to_date.is_none_or(|last| date <= last) {
            zone = &change.time_zone;
        }
    }
    zone.name().parse().expect("chrono-tz knows the zone")
}

/// The host-local date of a minute: the latest date that its own zone's clock has reached.
fn host_date(host: &SlotRequest<'_>, minute: i64) -> i64 {
    let utc = minute.div_euclid(DAY);
    (utc - 2..=utc + 2).rev().find(|day| reading(zone_on(host, date(*day)), minute) >= day * DAY).expect("some date")
}

/// S6 and S8.
fn near_and_far_enough(host: &SlotRequest<'_>, start: i64) -> bool {
    let terms: &Terms = host.terms;
    let noticed = chrono::DateTime::from_timestamp(start * 60, 0).expect("in range")
        >= host.now + chrono::Duration::minutes(i64::from(terms.minimum_notice_minutes));
    let day = host_date(host, start);
    let in_window = match terms.booking_window {
        BookingWindow::RollingDays { days } => {
            let today = host_date(host, host.now.timestamp().div_euclid(60));
            today <= day && day <= today + i64::from(days)
        }
        BookingWindow::Fixed { from_date, to_date } => from_date <= date(day) && date(day) <= to_date,
    };
    noticed && in_window
}

/// S8: limits by host-local date; a session counts once.
fn limit_reached(host: &SlotRequest<'_>, start: i64) -> bool {
    let limits = host.terms.limits;
    let day = host_date(host, start);
    let week = |day: i64| date(day).iso_week();
    let (mut today, mut this_week, mut minutes) = (0, 0, i64::from(host.terms.duration_minutes));
    for session in sessions(host).iter().filter(|s| s.same_type) {
        let theirs = host_date(host, session.start);
        this_week += u16::from(week(theirs) == week(day));
        if theirs == day {
            today += 1;
            minutes += session.end - session.start;
        }
    }
    limits.max_bookings_per_day.is_some_and(|most| today >= most)
        || limits.max_bookings_per_week.is_some_and(|most| this_week >= most)
        || limits.max_minutes_per_day.is_some_and(|most| minutes > i64::from(most))
}

/// Whether something other than the session `joined` holds a minute (S5).
fn held(host: &SlotRequest<'_>, minute: i64, joined: Option<SessionId>) -> bool {
    let others = reservations(host).filter(|r| Some(r.session) != joined);
    let busy = host.busy.iter().copied();
    others.map(Reservation::protected).chain(busy).any(|held| held.contains_second(minute * 60))
}

/// A meeting with its guests.
struct Session {
    id: SessionId,
    start: i64,
    end: i64,
    guests: u16,
    same_type: bool,
}

fn reservations<'a>(host: &'a SlotRequest<'_>) -> impl Iterator<Item = &'a Reservation> {
    host.reservations.iter().filter(|r| Some(r.booking) != host.moving)
}

fn sessions(host: &SlotRequest<'_>) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for r in reservations(host) {
        match sessions.iter_mut().find(|s| s.id == r.session) {
            Some(session) => session.guests += 1,
            None => sessions.push(Session {
                id: r.session,
                start: r.during.start() / 60,
                end: r.during.end() / 60,
                guests: 1,
                same_type: r.meeting_type == host.meeting_type,
            }),
        }
    }
    sessions
}

fn session_at(host: &SlotRequest<'_>, start: i64) -> Option<Session> {
    sessions(host).into_iter().find(|session| session.same_type && session.start == start)
}

fn date(day: i64) -> NaiveDate {
    NaiveDate::from_epoch_days(i32::try_from(day).expect("in range")).expect("in range")
}
