//! Random lives of calendars: histories that could have happened, made without deciding anything.

use chrono::{Duration, NaiveDate};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::{
    CalendarEvent, DateOverrideSet, MeetingTypeAdded, MeetingTypeChanged, MeetingTypeRemoved, ScheduleAdded,
    TimeZoneChanged,
};
use daybook_domain::ids::{BookingId, HostId, MeetingTypeId, ScheduleId};
use daybook_domain::schedule::Hours;
use daybook_domain::text::Name;
use daybook_domain::time::{Instant, Interval};
use daybook_testkit::TestDatabase;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::PgPool;
use uuid::Uuid;

use super::{cancelled, confirmed, declined, expired, meeting_type, missed, now, opened, request, rescheduled};

/// Something that one of three hosts may live through; what makes no sense at that moment does not happen.
#[derive(Clone, Debug)]
pub(crate) struct Happening {
    host: u8,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Request { in_hours: u16, held: bool },
    Confirm { booking: u8 },
    Reschedule { booking: u8, in_hours: u16 },
    Cancel { booking: u8, with_reason: bool },
    Decline { booking: u8 },
    Expire { booking: u8 },
    Miss { booking: u8 },
    AddMeetingType,
    ChangeMeetingType { which: u8, minutes: u16 },
    RemoveMeetingType { which: u8 },
    AddSchedule,
    SetOverride { day: u8 },
    Move { far: bool },
    DaysPass { days: u8 },
}

fn happening() -> impl Strategy<Value = Happening> {
    let what = prop_oneof![
        6 => (1..200_u16, any::<bool>()).prop_map(|(in_hours, held)| What::Request { in_hours, held }),
        4 => any::<u8>().prop_map(|booking| What::Confirm { booking }),
        3 => (any::<u8>(), 1..2_000_u16).prop_map(|(booking, in_hours)| What::Reschedule { booking, in_hours }),
        3 => (any::<u8>(), any::<bool>()).prop_map(|(booking, with_reason)| What::Cancel { booking, with_reason }),
        1 => any::<u8>().prop_map(|booking| What::Decline { booking }),
        1 => any::<u8>().prop_map(|booking| What::Expire { booking }),
        1 => any::<u8>().prop_map(|booking| What::Miss { booking }),
        1 => Just(What::AddMeetingType),
        1 => (any::<u8>(), 5..480_u16).prop_map(|(which, minutes)| What::ChangeMeetingType { which, minutes }),
        1 => any::<u8>().prop_map(|which| What::RemoveMeetingType { which }),
        1 => Just(What::AddSchedule),
        1 => any::<u8>().prop_map(|day| What::SetOverride { day }),
        1 => any::<bool>().prop_map(|far| What::Move { far }),
        2 => (1..40_u8).prop_map(|days| What::DaysPass { days }),
    ];
    (0..3_u8, what).prop_map(|(host, what)| Happening { host, what })
}

/// One host, and what they have lived through.
pub(crate) struct Host {
    pub(crate) id: HostId,
    pub(crate) calendar: HostCalendar,
    /// Their own time: that of the last event, or later.
    pub(crate) now: Instant,
    bookings: Vec<BookingId>,
    meeting_types: Vec<MeetingTypeId>,
}

/// What three hosts have lived through, in the order in which it was recorded.
pub(crate) struct Lives {
    pub(crate) events: Vec<(HostId, CalendarEvent)>,
    pub(crate) hosts: Vec<Host>,
    made: u128,
}

impl Lives {
    pub(crate) fn of(happenings: &[Happening]) -> Self {
        let host = |n: u128| {
            let id = HostId(Uuid::from_u128(0x0193_5e2a_0000_7000_8000_0000_0000_0000 + n));
            let (bookings, meeting_types) = (Vec::new(), Vec::new());
            Host { id, calendar: HostCalendar::default(), now: now(), bookings, meeting_types }
        };
        let mut lives = Self { events: Vec::new(), hosts: (0..3).map(host).collect(), made: 0 };
        for Happening { host, what } in happenings {
            let host = usize::from(*host);
            if !lives.hosts[host].calendar.is_open() {
                lives.record(host, opened());
            }
            if let Some(event) = lives.event(host, what) {
                lives.record(host, event);
            }
        }
        lives
    }

    fn record(&mut self, host: usize, event: CalendarEvent) {
        let host = &mut self.hosts[host];
        host.calendar.evolve(&event);
        self.events.push((host.id, event));
    }

    fn new_id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(0x0193_5e2a_1111_7000_8000_0000_0000_0000 + self.made)
    }

    fn event(&mut self, host: usize, what: &What) -> Option<CalendarEvent> {
        let id = self.new_id();
        let host = &mut self.hosts[host];
        let pick = |ids: &[BookingId], n: u8| ids.get(usize::from(n) % ids.len().max(1)).copied();
        let active = |booking: &BookingId| host.calendar.booking(*booking).is_some_and(|b| b.status.is_active());
        let start = |in_hours: u16| host.now + Duration::hours(in_hours.into());
        Some(match what {
            What::Request { in_hours, held } => {
                let booking = BookingId(id);
                let start = start(*in_hours);
                if !host.is_free(start, booking) {
                    return None;
                }
                let who = if host.bookings.len().is_multiple_of(2) { "Ada Lovelace" } else { "Grace Hopper" };
                let mut event = request(booking, who, start);
                event.requested_at = host.now;
                event.hold_until = held.then_some(start);
                host.bookings.push(booking);
                event.into()
            }
            What::Confirm { booking } => confirmed(pick(&host.bookings, *booking).filter(active)?),
            What::Reschedule { booking, in_hours } => {
                let booking = pick(&host.bookings, *booking).filter(active)?;
                let start = start(*in_hours);
                if !host.is_free(start, booking) {
                    return None;
                }
                rescheduled(booking, host.calendar.booking(booking)?.start, start)
            }
            What::Cancel { booking, with_reason } => {
                let booking = pick(&host.bookings, *booking).filter(active)?;
                cancelled(booking, with_reason.then_some("Something came up"))
            }
            What::Decline { booking } => declined(pick(&host.bookings, *booking).filter(active)?),
            What::Expire { booking } => expired(pick(&host.bookings, *booking).filter(active)?),
            What::Miss { booking } => missed(pick(&host.bookings, *booking).filter(active)?),
            What::AddMeetingType => {
                let slug = format!("type-{}", host.meeting_types.len());
                host.meeting_types.push(MeetingTypeId(id));
                MeetingTypeAdded { meeting_type: meeting_type(MeetingTypeId(id), &slug) }.into()
            }
            What::ChangeMeetingType { which, minutes } => {
                let id = *host.meeting_types.get(usize::from(*which) % host.meeting_types.len().max(1))?;
                let mut changed = meeting_type(id, "changed");
                changed.terms.duration_minutes = *minutes;
                MeetingTypeChanged { meeting_type: changed }.into()
            }
            What::RemoveMeetingType { which } => {
                let which = usize::from(*which) % host.meeting_types.len().max(1);
                (which < host.meeting_types.len()).then(|| host.meeting_types.remove(which))?;
                MeetingTypeRemoved { meeting_type_id: MeetingTypeId(id) }.into()
            }
            What::AddSchedule => ScheduleAdded {
                schedule_id: ScheduleId(id),
                name: Name::parse("Evenings").unwrap(),
                hours: Hours::office(),
            }
            .into(),
            What::SetOverride { day } => DateOverrideSet {
                schedule_id: ScheduleId(Uuid::from_u128(1)),
                date: NaiveDate::from_ymd_opt(2027, 2, 1).unwrap() + Duration::days((*day).into()),
                windows: Vec::new(),
            }
            .into(),
            What::Move { far } => {
                let zone = if *far { "Pacific/Auckland" } else { "Europe/Paris" };
                TimeZoneChanged { time_zone: zone.parse().unwrap() }.into()
            }
            What::DaysPass { days } => {
                host.now += Duration::days((*days).into());
                return None;
            }
        })
    }
}

impl Host {
    /// Whether a meeting of an hour from `start` overlaps no other booking.
    fn is_free(&self, start: Instant, booking: BookingId) -> bool {
        let during = Interval::between(start, start + Duration::hours(1)).unwrap();
        let mut others = self.calendar.availability().reservations.iter().filter(|r| r.booking != booking);
        !others.any(|r| r.during.overlaps(during))
    }
}

/// Runs a test on random lives, each with random numbers to do with as the test likes, in one database.
pub(crate) fn for_random_lives(cases: u32, test: &impl AsyncFn(&PgPool, Lives, Vec<usize>)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(TestDatabase::create()).unwrap();
    let pool = database.pool();
    let lives = (prop::collection::vec(happening(), 1..120), prop::collection::vec(1..30_usize, 1..20));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(config).run(&lives, |(happenings, numbers)| {
        runtime.block_on(test(&pool, Lives::of(&happenings), numbers));
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}
