//! Random lives of hosts, guests and a team: every event that a command causes would have been allowed, and whatever happens,
//! nothing overlaps, no seat is sold twice, and a replay or a snapshot is as good as the live state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Duration;
use proptest::prelude::*;
use uuid::Uuid;

use crate::calendar::HostCalendar;
use crate::calendar::booking::BookingStatus;
use crate::calendar::command::{CalendarCommand as Command, RequestSeries};
use crate::calendar::event::{CalendarEvent, Party};
use crate::calendar::recurrence::{Frequency, Recurrence};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::world::*;
use crate::calendar::scenario::*;
use crate::ids::{BookingId, HostId, MeetingTypeId, SeriesId, SessionId};
use crate::meeting_type::{Kind, Limits, MeetingType, Policies, Strategy as InTurn, Terms};
use crate::team::Member;
use crate::text::Slug;
use crate::time::Instant;

const HOSTS: [HostId; 3] = [ANN, BEN, CAT];

/// Everything that can be asked, by small numbers.
#[derive(Clone, Debug)]
enum Ask {
    Book { host: usize, meeting_type: usize, half_hour: u8, guest: u8 },
    Repeat { host: usize, half_hour: u8, count: u16 },
    Change { booking: usize, change: usize, half_hour: u8, by_guest: bool },
    Roster { members: [Option<bool>; 3], weight: u16 },
    Close { host: usize, day: u8, closed: bool },
    Wait { minutes: u16 },
}

fn asks() -> impl Strategy<Value = Ask> {
    let half_hour = || 0..12_u8;
    let member = || proptest::option::weighted(0.9, proptest::bool::weighted(0.85));
    prop_oneof![
        6 => (0..3_usize, 0..5_usize, half_hour(), 0..4_u8)
            .prop_map(|(host, meeting_type, half_hour, guest)| Ask::Book { host, meeting_type, half_hour, guest }),
        1 => (0..3_usize, half_hour(), 2..4_u16).prop_map(|(host, half_hour, count)| Ask::Repeat { host, half_hour, count }),
        6 => (any::<usize>(), 0..12_usize, half_hour(), any::<bool>())
            .prop_map(|(booking, change, half_hour, by_guest)| Ask::Change { booking, change, half_hour, by_guest }),
        1 => ([member(), member(), member()], 1..4_u16).prop_map(|(members, weight)| Ask::Roster { members, weight }),
        1 => (0..3_usize, 0..3_u8, any::<bool>()).prop_map(|(host, day, closed)| Ask::Close { host, day, closed }),
        3 => (0..300_u16).prop_map(|minutes| Ask::Wait { minutes }),
    ]
}

/// The meeting types of each host (alone, group, on approval) and of the team (collective, in turn).
fn meeting_type(number: usize) -> MeetingType {
    let (id, slug) = (MeetingTypeId(Uuid::from_u128(100 + number as u128)), Slug::of(&format!("type {number}")));
    let policies = Policies {
        requires_confirmation: true,
        hold_minutes: 300,
        cancellation_notice_minutes: 120,
        reschedule_notice_minutes: 180,
    };
    let limits = Limits { max_bookings_per_day: Some(4), max_bookings_per_week: Some(6), ..Limits::default() };
    let base = match number {
        0 => MeetingType { terms: Terms { limits, buffer_after_minutes: 15, ..intro().terms }, ..intro() },
        1 => MeetingType { kind: Kind::Group, terms: Terms { capacity: 3, ..intro().terms }, ..intro() },
        2 => MeetingType { policies, ..intro() },
        3 => MeetingType { policies, ..all_together() },
        _ => in_turn(InTurn::EqualDistribution),
    };
    MeetingType { id, slug, ..base }
}

/// A world together with the log of all its streams.
struct Life {
    world: World,
    log: BTreeMap<HostId, Vec<CalendarEvent>>,
    made: Vec<(HostId, BookingId)>,
    now: Instant,
    ids: u128,
}

impl Life {
    fn begin() -> Self {
        let world = World::of(&[]);
        let mut life = Self { world, log: BTreeMap::new(), made: Vec::new(), now: the_day_before(), ids: 10_000 };
        let open = Command::OpenCalendar { time_zone: "Etc/UTC".parse().expect("a zone"), schedule_id: SCHEDULE };
        for host in HOSTS {
            life.world.happens(host, []);
            life.ask(host, &open).expect("opened");
            for number in 0..3 {
                let add = Command::AddMeetingType { meeting_type: Box::new(meeting_type(number)) };
                life.ask(host, &add).expect("offered");
            }
        }
        let CalendarEvent::TeamFormed(e) = formed(&roster(&HOSTS)) else { unreachable!() };
        let form =
            Command::FormTeam { team_id: e.team_id, name: e.name, slug: e.slug, owner: e.owner, members: e.members };
        life.ask(team(), &form).expect("formed");
        for number in 3..5 {
            let add = Command::AddMeetingType { meeting_type: Box::new(meeting_type(number)) };
            life.ask(team(), &add).expect("offered");
        }
        life
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Carries a command out, if it is allowed, and checks each event by itself.
    fn ask(&mut self, at: HostId, command: &Command) -> Result<(), Refusal> {
        let effects = self.world.asked(at, command, self.now)?;
        let before = self.world.0.clone();
        for (host, events) in effects {
            let mut others = before.clone();
            others.remove(&host);
            for event in events {
                let calendar = self.world.calendar(host);
                assert_eq!(calendar.would_have_allowed(&event, &others), Ok(()), "{event:?}");
                assert_eq!(calendar.would_have_allowed(&event, &BTreeMap::new()), Ok(()), "alone: {event:?}");
                if let CalendarEvent::BookingRequested(e) = &event {
                    self.made.push((host, e.booking_id));
                }
                self.world.happens(host, [event.clone()]);
                self.log.entry(host).or_default().push(event);
            }
        }
        Ok(())
    }

    fn live(&mut self, ask: &Ask) {
        let start = |half_hour: u8| {
            at(9, 0) + Duration::minutes(30 * i64::from(half_hour % 6)) + Duration::days(i64::from(half_hour / 6))
        };
        let result = match *ask {
            Ask::Book { host, meeting_type: number, half_hour, guest } => {
                let id = BookingId(self.id());
                // Classes are held by one host at few times, so that guests meet in them.
                let (host, half_hour) = if number == 1 { (0, half_hour % 3) } else { (host, half_hour) };
                let mut command = request(id, &format!("guest{guest}"), start(half_hour));
                if let Command::RequestBooking(request) = &mut command {
                    request.meeting_type_id = meeting_type(number).id;
                }
                self.ask(if number < 3 { HOSTS[host] } else { team() }, &command)
            }
            Ask::Repeat { host, half_hour, count } => {
                let recurrence = Recurrence { frequency: Frequency::Daily, interval: 1, count };
                let series = RequestSeries {
                    series_id: SeriesId(self.id()),
                    meeting_type_id: meeting_type(0).id,
                    start: start(half_hour),
                    recurrence,
                    booking_ids: (0..count).map(|_| BookingId(self.id())).collect(),
                    guest: guest("ada"),
                    guest_time_zone: "Etc/UTC".parse().expect("a zone"),
                };
                self.ask(HOSTS[host], &Command::RequestSeries(Box::new(series)))
            }
            Ask::Change { booking, change, half_hour, by_guest } => {
                let Some((host, booking_id)) = self.made.get(booking % self.made.len().max(1)).copied() else { return };
                let by = if by_guest { Party::Guest } else { Party::Host };
                let (reason, seen) = (None, None);
                let command = match change {
                    0 => Command::CancelBooking { booking_id, by, reason, seen },
                    1 => Command::ConfirmBooking { booking_id, seen },
                    2 => Command::DeclineBooking { booking_id, by, reason, seen },
                    3 => Command::ExpireBooking { booking_id },
                    4 => Command::MarkNoShow { booking_id, by, seen },
                    _ => {
                        let (start, session_id) = (start(half_hour), SessionId(self.id()));
                        Command::RescheduleBooking { booking_id, start, session_id, by, reason, seen }
                    }
                };
                self.ask(host, &command)
            }
            Ask::Roster { members, weight } => {
                let member = |(host, is_active): (HostId, Option<bool>)| {
                    Some(Member { is_active: is_active?, weight, ..Member::new(host) })
                };
                let members = HOSTS.into_iter().zip(members).filter_map(member).collect();
                self.ask(team(), &Command::ChangeTeamMembers { members })
            }
            Ask::Close { host, day, closed } => {
                let date = at(0, 0).date_naive() + chrono::Days::new(day.into());
                let command = if closed {
                    Command::SetDateOverride { date, windows: Vec::new() }
                } else {
                    Command::RemoveDateOverride { date }
                };
                self.ask(HOSTS[host], &command)
            }
            Ask::Wait { minutes } => {
                self.now += Duration::minutes(minutes.into());
                Ok(())
            }
        };
        assert!(!matches!(result, Err(Refusal::NeedsCalendars(_) | Refusal::CalendarNotOpen)), "{result:?}");
    }

    fn check(&self) {
        for (host, calendar) in &self.world.0 {
            check_times(calendar);
            let mut replayed = HostCalendar::default();
            self.log[host].iter().for_each(|event| replayed.evolve(event));
            assert_eq!(&replayed, calendar.as_ref(), "a fresh replay");
            let snapshot = serde_json::to_string(calendar.as_ref()).expect("JSON");
            assert_eq!(&serde_json::from_str::<HostCalendar>(&snapshot).expect("a calendar"), calendar.as_ref());
        }
        self.check_collective();
        self.check_shares();
    }

    /// What stands in one host's calendar stands in those of all its hosts, alike.
    fn check_collective(&self) {
        for calendar in HOSTS.map(|host| self.world.calendar(host)) {
            for booking in calendar.bookings() {
                for host in &booking.hosts {
                    assert_eq!(self.world.calendar(*host).booking(booking.id), Some(booking));
                }
            }
        }
    }

    /// Nobody was assigned more than stands in their calendar.
    fn check_shares(&self) {
        for fair in self.world.calendar(team()).fairness(meeting_type(4).id) {
            let bookings = self.world.calendar(fair.member.host_id).bookings();
            let mine = bookings.filter(|b| b.meeting_type == meeting_type(4).id && b.status.is_active());
            assert!(fair.assigned as usize <= mine.count());
        }
    }
}

/// No two sessions of one host overlap, none has more guests than seats, and exactly the active bookings hold their times.
fn check_times(calendar: &Arc<HostCalendar>) {
    let reservations = &calendar.availability().reservations;
    for (place, one) in reservations.iter().enumerate() {
        for other in &reservations[place + 1..] {
            assert!(one.session == other.session || !one.during.overlaps(other.during), "{one:?} {other:?}");
            assert!(one.session != other.session || one.during == other.during, "{one:?} {other:?}");
        }
        let guests = reservations.iter().filter(|other| other.session == one.session).count();
        assert!(guests <= if one.meeting_type == meeting_type(1).id { 3 } else { 1 });
    }
    let held: BTreeSet<_> = reservations.iter().map(|r| r.booking).collect();
    let active: BTreeSet<_> = calendar.bookings().filter(|b| b.status.is_active()).map(|b| b.id).collect();
    assert_eq!(held, active);
    for booking in calendar.bookings() {
        assert_ne!(booking.status, BookingStatus::Completed);
        assert_eq!(booking.hold_until.is_some(), booking.status == BookingStatus::Pending);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_every_event_would_have_been_allowed(asks in proptest::collection::vec(asks(), 20..80)) {
        let mut life = Life::begin();
        for ask in &asks {
            life.live(ask);
            life.world.0.values().for_each(check_times);
        }
        life.check();
    }
}
