//! One host of a case: everything a [`SlotRequest`] needs, owned.

use chrono::NaiveDate;

use super::BadCase;
use super::bookings::{Bookings, THIS_TYPE};
use super::field::{Field, Fields};
use super::hours::hours;
use crate::meeting_type::{BookingWindow, Limits, Terms};
use crate::schedule::Hours;
use crate::slots::SlotRequest;
use crate::time::{Instant, Interval};
use crate::zone::{HostZones, TimeZoneChange};

/// No length in a case is longer: a week, in minutes.
const WEEK: u64 = 7 * 24 * 60;
/// No notice is longer: ten years, in minutes.
const TEN_YEARS: u64 = 3_653 * 24 * 60;

/// A host with what is in their calendar.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: String,
    terms: Terms,
    zones: HostZones,
    hours: Hours,
    bookings: Bookings,
    busy: Vec<Interval>,
    now: Instant,
}

impl Host {
    /// Reads the host's fields.
    pub(super) fn read(name: &str, fields: &Fields<'_>) -> Result<Self, BadCase> {
        let terms = terms(fields)?;
        Ok(Self {
            name: name.to_owned(),
            zones: zones(fields)?,
            hours: hours(fields)?,
            bookings: Bookings::read(fields, terms.capacity)?,
            busy: fields.list(&["busy"])?.iter().map(Field::interval).collect::<Result<_, _>>()?,
            now: fields.required(&["now"])?.instant()?,
            terms,
        })
    }

    /// The engine's question about this host.
    pub(super) fn request(&self) -> SlotRequest<'_> {
        SlotRequest {
            zones: &self.zones,
            hours: &self.hours,
            terms: &self.terms,
            meeting_type: THIS_TYPE,
            reservations: &self.bookings.reservations,
            busy: &self.busy,
            moving: self.bookings.moving,
            now: self.now,
        }
    }

    /// Whether buffers, too, must lie within the hours.
    pub(super) const fn buffers_within_hours(&self) -> bool {
        self.terms.buffers_within_hours
    }
}

fn zones(fields: &Fields<'_>) -> Result<HostZones, BadCase> {
    let home = fields.required(&["host_tz"])?.zone()?;
    let mut changes = Vec::new();
    for field in fields.list(&["host_tz_changes"])? {
        let change = field.fields()?;
        let from_date = change.required(&["from_date", "from"])?.date()?;
        let to_date = change.get(&["to_date", "to"]).map(|field| field.date()).transpose()?;
        if to_date.is_some_and(|to_date| to_date < from_date) {
            return Err(field.must("end on or after its from_date"));
        }
        let time_zone = change.required(&["tz", "time_zone", "host_tz"])?.zone()?;
        changes.push(TimeZoneChange { from_date, to_date, time_zone });
    }
    Ok(HostZones { home, changes })
}

fn terms(fields: &Fields<'_>) -> Result<Terms, BadCase> {
    let minutes = |name, least, default| -> Result<u16, BadCase> {
        fields.get(&[name]).map_or(Ok(default), |field| field.number(least..=WEEK))
    };
    let notice = fields.get(&["minimum_notice"]).map_or(Ok(0), |field| field.number(0..=TEN_YEARS))?;
    Ok(Terms {
        duration_minutes: fields.required(&["duration"])?.number(1..=WEEK)?,
        buffer_before_minutes: minutes("buffer_before", 0, 0)?,
        buffer_after_minutes: minutes("buffer_after", 0, 0)?,
        buffers_within_hours: fields.get(&["buffers_within_hours"]).map_or(Ok(false), |field| field.flag())?,
        slot_interval_minutes: minutes("slot_interval", 1, 15)?,
        minimum_notice_minutes: notice,
        booking_window: booking_window(fields)?,
        limits: limits(fields)?,
        capacity: fields.get(&["seats"]).map_or(Ok(1), |field| field.number(1..=10_000))?,
    })
}

fn limits(fields: &Fields<'_>) -> Result<Limits, BadCase> {
    let Some(field) = fields.get(&["limits"]) else { return Ok(Limits::default()) };
    let limits = field.fields()?;
    let most = |names: &[&str]| limits.get(names).map(|field| field.number(0..=u64::from(u16::MAX))).transpose();
    Ok(Limits {
        max_bookings_per_day: most(&["per_day", "max_bookings_per_day", "bookings_per_day"])?,
        max_bookings_per_week: most(&["per_week", "max_bookings_per_week", "bookings_per_week"])?,
        max_minutes_per_day: most(&["minutes_per_day", "max_minutes_per_day"])?,
    })
}

/// The booking window; a case without one can be booked at any time.
fn booking_window(fields: &Fields<'_>) -> Result<BookingWindow, BadCase> {
    let Some(field) = fields.get(&["booking_window"]) else {
        return Ok(BookingWindow::Fixed { from_date: NaiveDate::MIN, to_date: NaiveDate::MAX });
    };
    let window = field.fields()?;
    match window.required(&["type"])?.text()? {
        "rolling_days" | "rolling" => {
            Ok(BookingWindow::RollingDays { days: window.required(&["days"])?.number(0..=3_653)? })
        }
        "fixed" | "range" => {
            let from_date = window.required(&["from_date", "from", "start_date", "start"])?.date()?;
            let to_date = window.required(&["to_date", "to", "end_date", "end"])?.date()?;
            if to_date < from_date {
                return Err(field.must("end on or after its from_date"));
            }
            Ok(BookingWindow::Fixed { from_date, to_date })
        }
        _ => Err(field.must("have the type rolling_days or fixed")),
    }
}
