//! The slots of a 31-day month among 300 busy times: computing only.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveTime, TimeDelta};
use daybook_domain::availability::Availability;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{BookingId, MeetingTypeId, ScheduleId, SessionId};
use daybook_domain::meeting_type::{BookingWindow, MeetingType, Terms};
use daybook_domain::reservation::Reservation;
use daybook_domain::text::{Name, Slug};
use daybook_domain::time::Interval;
use uuid::Uuid;

use crate::report::{Goal, Percentiles, Report};
use crate::turn::Recorder;
use crate::world::now;

const MONTH_DAYS: u64 = 31;
const BUSY_TIMES: usize = 300;

/// Measures microseconds per answer.
pub fn measure(whole: Duration) -> Result<Report> {
    let midnight = (now().date_naive() + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    let month = Interval::between(midnight, midnight + Days::new(MONTH_DAYS)).context("a month is not empty")?;
    let meeting_type = MeetingType {
        terms: Terms { booking_window: BookingWindow::RollingDays { days: 60 }, ..Terms::one_on_one(30) },
        ..MeetingType::one_on_one(MeetingTypeId(Uuid::from_u128(1)), Name::parse("Intro")?, Slug::parse("intro")?, 30)
    };
    // Some ten a day, a quarter of an hour each, at times of which every second one lies within office hours.
    let busy = (0..BUSY_TIMES).map(|number| {
        let number = i64::try_from(number)?;
        let start = midnight + TimeDelta::days(number % 31) + TimeDelta::minutes(6 * 60 + number / 31 * 75);
        Ok(Reservation {
            during: Interval::between(start, start + TimeDelta::minutes(15)).context("a quarter of an hour")?,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            booking: BookingId(Uuid::from_u128(number.unsigned_abs().into())),
            session: SessionId(Uuid::from_u128(number.unsigned_abs().into())),
            meeting_type: meeting_type.id,
        })
    });
    let mut reservations = busy.collect::<Result<Vec<_>>>()?;
    reservations.sort_unstable_by_key(|busy| (busy.during.start(), busy.booking));
    let mut calendar = HostCalendar::default();
    let schedule_id = ScheduleId(Uuid::from_u128(1));
    let open = CalendarCommand::OpenCalendar { time_zone: "Europe/Berlin".parse()?, schedule_id };
    for event in calendar.decide(&open, now())? {
        calendar.evolve(&event);
    }
    let availability = Availability { settings: calendar.availability().settings.clone(), reservations };

    let slots = availability.offered(&meeting_type, month, now()).len();
    ensure!(slots > 100, "only {slots} slots are free, so that this measures nothing");
    let mut recorder = Recorder::new(Instant::now());
    let begun = Instant::now();
    while begun.elapsed() < whole {
        let asked = Instant::now();
        black_box(availability.offered(black_box(&meeting_type), black_box(month), now()));
        recorder.record(asked);
    }
    let percentiles = Percentiles::from(&recorder.end().latencies);
    Ok(Report { percentiles: Some(percentiles), ..Report::new("availability-miss", percentiles.p50, "µs") }
        .goal(Goal::at_most("µs to compute a month's slots (median)", percentiles.p50, 60.0))
        .note(format!("{MONTH_DAYS} days, {BUSY_TIMES} busy times, {slots} slots found")))
}
