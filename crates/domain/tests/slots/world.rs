//! Random worlds: hosts with hours, bookings and terms, around days on which clocks change.

use chrono::{DateTime, Days, Duration, NaiveDate};
use daybook_domain::ids::{BookingId, MeetingTypeId, SessionId};
use daybook_domain::meeting_type::{BookingWindow, Limits, Terms};
use daybook_domain::reservation::Reservation;
use daybook_domain::schedule::{DayOfWeek, Hours, LocalTime, WeeklyRule, Window};
use daybook_domain::slots::SlotRequest;
use daybook_domain::time::{Instant, Interval};
use daybook_domain::zone::{HostZones, TimeZoneChange};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Zones for which chrono-tz and the bundled data agree (a test makes sure), with offsets of every kind.
pub(crate) const ZONES: [&str; 19] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Los_Angeles",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Pago_Pago",
];

/// Dates near which the worlds lie: most of them see a clock change somewhere; two see the ends of an ISO year; Apia had no
/// 30 December 2011.
const DATES: [&str; 12] = [
    "2026-01-14",
    "2026-03-08",
    "2026-03-29",
    "2026-04-05",
    "2026-04-24",
    "2026-09-06",
    "2026-09-27",
    "2026-10-25",
    "2026-11-01",
    "2024-12-30",
    "2026-12-31",
    "2011-12-30",
];

/// Hosts who offer the same meeting type, and a range of starts to ask for, in epoch minutes.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) hosts: Vec<Host>,
    pub(crate) terms: Terms,
    pub(crate) now: Instant,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Host {
    zones: HostZones,
    hours: Hours,
    reservations: Vec<Reservation>,
    busy: Vec<Interval>,
    moving: Option<BookingId>,
}

const MEETING_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(1));

impl World {
    pub(crate) fn requests(&self) -> Vec<SlotRequest<'_>> {
        self.hosts
            .iter()
            .map(|host| SlotRequest {
                zones: &host.zones,
                hours: &host.hours,
                terms: &self.terms,
                meeting_type: MEETING_TYPE,
                reservations: &host.reservations,
                busy: &host.busy,
                moving: host.moving,
                now: self.now,
            })
            .collect()
    }

    pub(crate) fn range(&self) -> Interval {
        Interval::new(self.from * 60, self.to * 60).expect("worlds ask for something")
    }
}

/// Worlds of so many hosts, asked for ranges of up to so many minutes.
pub(crate) fn worlds(hosts: std::ops::RangeInclusive<usize>, most: i64) -> impl Strategy<Value = World> {
    (select(&DATES[..]), hosts).prop_flat_map(move |(date, hosts)| {
        let date: NaiveDate = date.parse().expect("a date");
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc();
        let now =
            (prop_oneof![4 => -4 * 1_440..-1_440_i64, 1 => -1_440..1_440_i64], prop_oneof![Just(0), 0..60_000_i64]);
        let now = now
            .prop_map(move |(minutes, millis)| midnight + Duration::minutes(minutes) + Duration::milliseconds(millis));
        let range = (-1_440..1_440_i64, most / 3 + 1..=most);
        (vec(host(date), hosts), terms(date), now, range).prop_map(move |(hosts, terms, now, (from, length))| {
            let from = midnight.timestamp() / 60 + from;
            World { hosts, terms, now, from, to: from + length }
        })
    })
}

fn host(date: NaiveDate) -> impl Strategy<Value = Host> {
    let moving = option::of(0..4_usize);
    (zones(date), hours(date), sessions(date), busy(date), moving).prop_map(
        |(zones, hours, reservations, busy, moving)| {
            let moving = moving.and_then(|at| reservations.get(at)).map(|r: &Reservation| r.booking);
            Host { zones, hours, reservations, busy, moving }
        },
    )
}

fn zones(date: NaiveDate) -> impl Strategy<Value = HostZones> {
    let zone = || select(&ZONES[..]).prop_map(|name| name.parse().expect("a zone"));
    let change = (near(date), option::of(0..4_u64), zone()).prop_map(|(from_date, days, time_zone)| {
        let to_date = days.map(|days| from_date + Days::new(days));
        TimeZoneChange { from_date, to_date, time_zone }
    });
    let changes = prop_oneof![3 => Just(vec![]), 1 => vec(change, 1..4)];
    (zone(), changes).prop_map(|(home, changes)| HostZones { home, changes })
}

fn hours(date: NaiveDate) -> impl Strategy<Value = Hours> {
    let day = (0..7_u8).prop_map(|day| DayOfWeek::from_number(day).expect("a day"));
    let rule = (day, window(), prop::bool::weighted(0.9)).prop_map(|(day_of_week, window, is_active)| WeeklyRule {
        day_of_week,
        start_time: window.start_time,
        end_time: window.end_time,
        is_active,
    });
    let always = (0..7_u8).map(|day| WeeklyRule {
        day_of_week: DayOfWeek::from_number(day).expect("a day"),
        start_time: LocalTime::from_minutes(0).expect("midnight"),
        end_time: LocalTime::MIDNIGHT_END,
        is_active: true,
    });
    let rules = prop_oneof![4 => vec(rule, 6..20), 2 => Just(always.collect::<Vec<_>>())];
    let overrides = prop::collection::btree_map(near(date), vec(window(), 0..3), 0..3);
    (rules, overrides).prop_map(|(rules, overrides)| Hours { rules, overrides })
}

/// Windows of every kind: ordinary, overnight, around the clock, until 24:00, and ends near the hours of clock changes.
fn window() -> impl Strategy<Value = Window> {
    let start = prop_oneof![0..1_440_u16, (0..96_u16).prop_map(|quarter| quarter * 15), 0..240_u16];
    let end = prop_oneof![0..=1_440_u16, (0..=96_u16).prop_map(|quarter| quarter * 15), 0..240_u16, Just(1_440)];
    let time = |minutes| LocalTime::from_minutes(minutes).expect("a time");
    (start, end).prop_map(move |(start, end)| Window { start_time: time(start), end_time: time(end) })
}

/// Sessions that do not overlap, with their guests.
fn sessions(date: NaiveDate) -> impl Strategy<Value = Vec<Reservation>> {
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / 60;
    let entry = (0..900_i64, 5..240_i64, 0..60_u16, 0..60_u16, prop::bool::weighted(0.8), 1..4_u16);
    (-2 * 1_440..0_i64, vec(entry, 0..10)).prop_map(move |(offset, entries)| {
        let mut at = midnight + offset;
        let mut reservations = Vec::new();
        for (place, (gap, length, before, after, same_type, guests)) in (1_u64..).zip(entries) {
            // Multiples of five meet the grid, and touch, more often.
            let start = at + gap / 5 * 5;
            at = start + length / 5 * 5;
            for guest in 0..guests {
                // The terms changed between one guest and the next.
                let (before, after) = if guest % 2 == 0 { (before, after) } else { (after, before) };
                reservations.push(Reservation {
                    during: Interval::new(start * 60, at * 60).expect("five minutes at least"),
                    buffer_before_minutes: before / 15 * 15,
                    buffer_after_minutes: after / 15 * 15,
                    booking: BookingId(Uuid::from_u64_pair(place, guest.into())),
                    session: SessionId(Uuid::from_u64_pair(place, 0)),
                    meeting_type: if same_type { MEETING_TYPE } else { MeetingTypeId(Uuid::nil()) },
                });
            }
        }
        reservations
    })
}

fn busy(date: NaiveDate) -> impl Strategy<Value = Vec<Interval>> {
    let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
    let stretch = (-2 * 1_440..3 * 1_440_i64, 1..300_i64).prop_map(move |(start, length)| {
        let start = midnight + start * 60;
        Interval::new(start, start + length * 60).expect("a minute at least")
    });
    vec(stretch, 0..8)
}

fn terms(date: NaiveDate) -> impl Strategy<Value = Terms> {
    let five = |most: u16| (1..=most / 5).prop_map(|fives| fives * 5);
    let buffer = || prop_oneof![2 => Just(0), 1 => 0..90_u16];
    let fixed =
        (near(date), near(date)).prop_map(|(a, b)| BookingWindow::Fixed { from_date: a.min(b), to_date: a.max(b) });
    let window = prop_oneof![2 => (0..9_u16).prop_map(|days| BookingWindow::RollingDays { days }), 1 => fixed];
    let limits = (option::weighted(0.2, 0..4_u16), option::weighted(0.2, 0..9_u16), option::weighted(0.2, 0..900_u16));
    let notice = prop_oneof![2 => Just(0), 1 => 0..2_880_u32];
    let duration = prop_oneof![3 => five(60), 1 => five(300)];
    let lengths = (duration, buffer(), buffer(), five(120), notice);
    (lengths, any::<bool>(), window, limits, 1..4_u16).prop_map(
        |(lengths, buffers_within_hours, booking_window, limits, capacity)| {
            let (
                duration_minutes,
                buffer_before_minutes,
                buffer_after_minutes,
                slot_interval_minutes,
                minimum_notice_minutes,
            ) = lengths;
            let (max_bookings_per_day, max_bookings_per_week, max_minutes_per_day) = limits;
            Terms {
                duration_minutes,
                buffer_before_minutes,
                buffer_after_minutes,
                buffers_within_hours,
                slot_interval_minutes,
                minimum_notice_minutes,
                booking_window,
                limits: Limits { max_bookings_per_day, max_bookings_per_week, max_minutes_per_day },
                capacity,
            }
        },
    )
}

/// A date at most three days away.
fn near(date: NaiveDate) -> impl Strategy<Value = NaiveDate> {
    (0..7_u64).prop_map(move |days| date - Days::new(3) + Days::new(days))
}

/// The instant of an epoch minute.
pub(crate) fn at(minute: i64) -> Instant {
    DateTime::from_timestamp(minute * 60, 0).expect("in range")
}
