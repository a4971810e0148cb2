//! Calendars with office hours that take bookings one after the other, so that every one of them succeeds.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId};
use daybook_domain::meeting_type::{BookingWindow, Kind, MeetingType, Terms};
use daybook_domain::text::{Name, Slug};
use daybook_domain::zone::Zone;
use daybook_event_store::{CalendarStore, Metadata};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use super::guests::{Guests, address, guest};
use super::now;
use crate::load::Request;

/// Half-hour meetings between nine and five.
const SLOTS_A_DAY: u64 = 16;
const SLOTS_A_WEEK: u64 = 5 * SLOTS_A_DAY;
/// Guests who come again.
const RETURNING: u64 = 20;
/// Commands under way while calendars are set up.
const IN_FLIGHT: usize = 64;

/// Calendars, numbered from 0, and how many of the times of each are taken.
pub struct Calendars {
    taken: Vec<AtomicU64>,
    /// A Monday, at least two days ahead.
    first: NaiveDate,
    /// Guests who share a time; 1 unless the meetings are of groups.
    seats: u64,
}

impl Calendars {
    /// So many calendars of one-on-one meetings, which are not there yet.
    pub fn new(count: u64) -> Self {
        Self::with_seats(count, 1)
    }

    /// So many calendars in which so many guests share each time.
    pub fn with_seats(count: u64, seats: u64) -> Self {
        let soon = now().date_naive() + Days::new(2);
        let to_monday = (7 - soon.weekday().num_days_from_monday()) % 7;
        let first = soon + Days::new(u64::from(to_monday));
        Self { taken: (0..count).map(|_| AtomicU64::new(0)).collect(), first, seats }
    }

    /// The same calendars with as much taken, to go on from separately.
    pub fn copied(&self) -> Self {
        let taken = self.taken.iter().map(|taken| AtomicU64::new(taken.load(Ordering::Relaxed)));
        Self { taken: taken.collect(), first: self.first, seats: self.seats }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.taken.len() as u64
    }

    /// A calendar's host.
    pub fn host(number: u64) -> HostId {
        HostId(Uuid::from_u128((0xca1e << 64) | u128::from(number)))
    }

    /// What can be booked in it.
    pub fn meeting_type(number: u64) -> MeetingTypeId {
        MeetingTypeId(Uuid::from_u128((0x3ee7 << 64) | u128::from(number)))
    }

    /// The commands that make a calendar what it is.
    pub fn opening(&self, number: u64) -> Result<[CalendarCommand; 2]> {
        let kind = if self.seats > 1 { Kind::Group } else { Kind::OneOnOne };
        let terms = Terms {
            slot_interval_minutes: 30,
            booking_window: BookingWindow::RollingDays { days: 730 },
            capacity: u16::try_from(self.seats)?,
            ..Terms::one_on_one(30)
        };
        let (name, slug) = (Name::parse("Intro")?, Slug::parse("intro")?);
        let meeting_type =
            MeetingType { kind, terms, ..MeetingType::one_on_one(Self::meeting_type(number), name, slug, 30) };
        Ok([
            CalendarCommand::OpenCalendar { time_zone: Zone::utc(), schedule_id: ScheduleId(Uuid::from_u128(1)) },
            CalendarCommand::AddMeetingType { meeting_type: Box::new(meeting_type) },
        ])
    }

    /// Makes the calendars, each booked so many times.
    pub async fn open(&self, store: &CalendarStore, bookings: u64) -> Result<()> {
        let open = async |number| {
            for command in self.opening(number)? {
                store.execute(Self::host(number), command, now(), Metadata::default()).await?;
            }
            for _ in 0..bookings {
                let booking = self.booking(number, Guests::New)?;
                store.execute(Self::host(number), booking, now(), Metadata::default()).await?;
            }
            anyhow::Ok(())
        };
        stream::iter(0..self.count()).map(open).buffer_unordered(IN_FLIGHT).try_collect().await
    }

    /// The next free time of a calendar, and which one it is.
    fn next(&self, number: u64) -> Result<(DateTime<Utc>, u64)> {
        let place = self.taken[usize::try_from(number)?].fetch_add(1, Ordering::Relaxed);
        let slot = place / self.seats;
        let (week, in_week) = (slot / SLOTS_A_WEEK, slot % SLOTS_A_WEEK);
        let (day, in_day) = (in_week / SLOTS_A_DAY, in_week % SLOTS_A_DAY);
        let date = self.first + Days::new(7 * week + day);
        let nine = date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(9);
        Ok((nine + TimeDelta::minutes(30 * i64::try_from(in_day)?), place))
    }

    /// A command that books the next free time.
    pub fn booking(&self, number: u64, guests: Guests) -> Result<CalendarCommand> {
        let (start, place) = self.next(number)?;
        let person = if guests == Guests::New { place } else { place % RETURNING };
        Ok(CalendarCommand::RequestBooking(Box::new(RequestBooking {
            booking_id: BookingId(Uuid::now_v7()),
            meeting_type_id: Self::meeting_type(number),
            start,
            guest: guest(number, person)?,
            guest_time_zone: "Europe/London".parse()?,
            repeat_is_duplicate: false,
        })))
    }

    /// A request that books the next free time for somebody new.
    pub fn booking_request(&self, number: u64) -> Result<Arc<Request>> {
        let (start, place) = self.next(number)?;
        Ok(Arc::new(Request::post(
            "/api/bookings",
            &json!({
                "meeting_type_id": Self::meeting_type(number),
                "start_time": start,
                "invitee_name": "Ada Lovelace",
                "invitee_email": address(number, place),
                "invitee_timezone": "Europe/London",
            }),
        )))
    }

    /// The path at which a calendar's free times of the first so many days are asked for.
    pub fn availability_path(&self, number: u64, days: u64) -> String {
        let (id, first, last) = (Self::meeting_type(number), self.first, self.first + Days::new(days - 1));
        format!("/api/availability?meeting_type_id={id}&start_date={first}&end_date={last}&timezone=Europe/London")
    }
}

/// Makes the accounts of the hosts with these numbers: bookings over HTTP name the host.
pub async fn register(hosts: Range<u64>, owner: &PgPool) -> Result<()> {
    const BATCH: u64 = 10_000;
    for first in hosts.clone().step_by(usize::try_from(BATCH)?) {
        let numbers = first..hosts.end.min(first + BATCH);
        let ids: Vec<Uuid> = numbers.clone().map(|number| Calendars::host(number).0).collect();
        let numbers: Vec<i64> = numbers.map(i64::try_from).collect::<Result<_, _>>()?;
        sqlx::query(
            "INSERT INTO users (id, email, name, username, password_hash, opening_time_zone, created_at, updated_at)
             SELECT id, 'host-' || number || '@example.org', 'Host ' || number, 'host-' || number, 'nobody logs in',
                 'UTC', now(), now()
             FROM unnest($1::uuid[], $2::bigint[]) AS host (id, number)",
        )
        .bind(ids)
        .bind(numbers)
        .execute(owner)
        .await
        .context("cannot register hosts")?;
    }
    Ok(())
}
