//! Realistic histories of many hosts, written straight into the log: decided by the domain, sealed, and appended a whole
//! calendar at a time.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::{CalendarEvent, Guest, Party};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId, SessionId};
use daybook_domain::meeting_type::{MeetingType, Terms};
use daybook_domain::personal::Personal;
use daybook_domain::text::{EmailAddress, Name, Slug};
use daybook_domain::time::{Interval, instant};
use daybook_event_store::{
    Append, Appender, AppenderOptions, Codec, EventStoreMetrics, MasterKeys, Metadata, NewEvent, Sealed, SubjectKeys,
    Waker,
};
use futures::{StreamExt, TryStreamExt, stream};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Calendars, now};

/// Calendars that are decided and appended at once.
const IN_FLIGHT: usize = 256;
/// Where hosts live.
const ZONES: [&str; 6] =
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/London", "America/Los_Angeles", "Asia/Tokyo"];
/// Days of history.
const PAST_DAYS: i64 = 60;
/// The share of bookings that are called off, and that are moved, in percent.
const CANCELLED: u32 = 8;
const MOVED: u32 = 4;

/// What was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Bookings.
    pub bookings: u64,
    /// How long it took.
    pub took: Duration,
}

/// Writes the histories of the hosts with these numbers: some have hardly been booked, a few are busy. A history depends on
/// its host's number and today's date only.
pub async fn write(hosts: Range<u64>, pool: &PgPool, keys: MasterKeys) -> Result<Written> {
    let begun = Instant::now();
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let keys = SubjectKeys::start(pool.clone(), keys, stop.clone(), &tasks);
    let metrics = EventStoreMetrics::register(&prometheus::Registry::new())?;
    let waker = Waker::start(pool, stop.clone(), &tasks);
    let options = AppenderOptions { patience: Duration::from_mins(1), ..AppenderOptions::default() };
    let writer = Writer {
        appender: Appender::start(pool, options, metrics, waker, stop.clone(), &tasks),
        codec: Codec::new(keys.clone()),
        keys,
        metadata: serde_json::to_string(&Metadata { actor: "guest".to_owned(), ..Metadata::default() })?.into(),
        today: now(),
        persons: hosts.end,
    };
    let written = stream::iter(hosts).map(async |number| writer.write(number).await).buffer_unordered(IN_FLIGHT);
    let add = async |sum: Written, one: Written| {
        Ok(Written { events: sum.events + one.events, bookings: sum.bookings + one.bookings, ..sum })
    };
    let written = written.try_fold(Written::default(), add).await?;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(Written { took: begun.elapsed(), ..written })
}

struct Writer {
    appender: Appender,
    codec: Codec,
    keys: SubjectKeys,
    metadata: Arc<str>,
    today: DateTime<Utc>,
    /// Persons who book, each more than one host perhaps.
    persons: u64,
}

impl Writer {
    async fn write(&self, number: u64) -> Result<Written> {
        let mut random = SmallRng::seed_from_u64(number);
        let mut history = History::default();
        self.open(&mut history, number, &mut random)?;
        let bookings = bookings(&mut random);
        // When each of them was made, in order.
        let mut made: Vec<i64> = (0..bookings).map(|_| random.random_range(1..PAST_DAYS * 24 * 60)).collect();
        made.sort_unstable_by(|one, other| other.cmp(one));
        let mut booked = 0;
        for minutes_ago in made {
            let at = self.today - TimeDelta::minutes(minutes_ago);
            booked += u64::from(self.book(&mut history, number, at, &mut random).await?);
        }
        let events = history.events.len() as u64;
        self.append(Calendars::host(number), history.events).await?;
        Ok(Written { events, bookings: booked, took: Duration::ZERO })
    }

    fn open(&self, history: &mut History, number: u64, random: &mut SmallRng) -> Result<()> {
        let at = self.today - TimeDelta::days(PAST_DAYS);
        let zone = ZONES.choose(random).copied().unwrap_or("UTC");
        history.follow(
            &CalendarCommand::OpenCalendar { time_zone: zone.parse()?, schedule_id: ScheduleId(Uuid::from_u128(1)) },
            at,
        )?;
        for (kind, (name, minutes, buffer)) in (0_u128..).zip([("intro", 30, 0), ("consultation", 60, 10)]) {
            let id = MeetingTypeId(Uuid::from_u128(Calendars::meeting_type(number).0.as_u128() | (kind << 63)));
            let terms = Terms { buffer_after_minutes: buffer, slot_interval_minutes: 30, ..Terms::one_on_one(minutes) };
            let meeting_type = MeetingType::one_on_one(id, Name::parse(name)?, Slug::parse(name)?, minutes);
            let meeting_type = Box::new(MeetingType { terms, ..meeting_type });
            history.follow(&CalendarCommand::AddMeetingType { meeting_type }, at)?;
        }
        Ok(())
    }

    /// Somebody books a free time within the next weeks, and sometimes changes their mind; whether there was a free time.
    async fn book(&self, history: &mut History, number: u64, at: DateTime<Utc>, random: &mut SmallRng) -> Result<bool> {
        let Some((meeting_type_id, start)) = history.some_slot(number, at, random) else { return Ok(false) };
        let person = random.random_range(0..self.persons.max(1));
        let email = EmailAddress::parse(&format!("person-{person}@example.org"))?;
        let subject = self.keys.guest(&email).await?;
        let booking_id = BookingId(Uuid::now_v7());
        let guest = Personal::plain(Guest::new(Name::parse("Ada Lovelace")?, email), subject);
        let request = RequestBooking {
            booking_id,
            meeting_type_id,
            start,
            guest,
            guest_time_zone: "Europe/London".parse()?,
            repeat_is_duplicate: false,
        };
        history.follow(&CalendarCommand::RequestBooking(Box::new(request)), at)?;
        let later = at + TimeDelta::minutes(10);
        let fate = random.random_range(0..100);
        if start > later && fate < CANCELLED {
            let cancel = CalendarCommand::CancelBooking { booking_id, by: Party::Host, reason: None, seen: None };
            history.follow(&cancel, later)?;
        } else if start > later
            && fate < CANCELLED + MOVED
            && let Some((_, start)) = history.some_slot(number, later, random)
        {
            let session_id = SessionId(Uuid::now_v7());
            let by = Party::Host;
            let reason = None;
            let moved = CalendarCommand::RescheduleBooking { booking_id, start, session_id, by, reason, seen: None };
            history.follow(&moved, later)?;
        }
        Ok(true)
    }

    async fn append(&self, host: HostId, events: Vec<CalendarEvent>) -> Result<()> {
        let mut events: Vec<_> = events.into_iter().map(|event| (Uuid::now_v7(), event)).collect();
        let Sealed { payloads, keys } = self.codec.to_log(&mut events).await?;
        let event = |((id, event), payload): (&(Uuid, CalendarEvent), String)| NewEvent {
            id: *id,
            event_type: event.event_type(),
            event_version: event.event_version(),
            payload,
            metadata: Arc::clone(&self.metadata),
        };
        let events = events.iter().zip(payloads).map(event).collect();
        self.appender.append(Append { host, expected: 0, events, keys }).await?;
        Ok(())
    }
}

/// One calendar as it comes about.
#[derive(Default)]
struct History {
    calendar: HostCalendar,
    events: Vec<CalendarEvent>,
}

impl History {
    fn follow(&mut self, command: &CalendarCommand, at: DateTime<Utc>) -> Result<()> {
        for event in self.calendar.decide(command, at)? {
            self.calendar.evolve(&event);
            self.events.push(event);
        }
        Ok(())
    }

    /// A free time of one of the first days after a week's beginning, chosen at random.
    fn some_slot(
        &self,
        number: u64,
        at: DateTime<Utc>,
        random: &mut SmallRng,
    ) -> Option<(MeetingTypeId, DateTime<Utc>)> {
        let availability = self.calendar.availability();
        let meeting_types: Vec<_> = availability.settings.meeting_types.iter().collect();
        let meeting_type =
            meeting_types.get(usize::try_from(number).unwrap_or_default() % meeting_types.len().max(1))?;
        let from = at + TimeDelta::days(random.random_range(1..20));
        let range = Interval::between(from, from + TimeDelta::days(3))?;
        let slots = availability.offered(meeting_type, range, at);
        slots.choose(random).map(|slot| (meeting_type.id, instant(slot.during.start())))
    }
}

/// How often a host has been booked in those weeks: half of them hardly, one in a hundred all the time.
fn bookings(random: &mut SmallRng) -> u64 {
    match random.random_range(0..100) {
        0..50 => random.random_range(0..2),
        50..90 => random.random_range(1..6),
        90..99 => random.random_range(6..20),
        _ => random.random_range(20..120),
    }
}
