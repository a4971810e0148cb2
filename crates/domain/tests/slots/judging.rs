//! Why a start cannot be booked (V9), what is near, and when an answer changes.

use daybook_domain::ids::{BookingId, MeetingTypeId, SessionId};
use daybook_domain::meeting_type::{BookingWindow, Terms};
use daybook_domain::reservation::Reservation;
use daybook_domain::schedule::Hours;
use daybook_domain::slots::{NotBookable, NotOffered, Slot, SlotRequest};
use daybook_domain::time::{Instant, Interval, instant};
use daybook_domain::zone::{HostZones, Zone};
use uuid::Uuid;

const TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(1));

/// A host with office hours in UTC: Monday to Friday, 09:00 to 17:00. It is Monday 11 January 2027, 08:00.
struct Office {
    zones: HostZones,
    hours: Hours,
    terms: Terms,
    reservations: Vec<Reservation>,
    now: Instant,
}

impl Office {
    fn with(change: impl FnOnce(&mut Terms)) -> Self {
        let mut terms = Terms { slot_interval_minutes: 30, ..Terms::one_on_one(30) };
        change(&mut terms);
        let (zones, hours) = (HostZones::home(Zone::utc()), Hours::office());
        Self { zones, hours, terms, reservations: Vec::new(), now: at("2027-01-11T08:00:00Z") }
    }

    fn booked(mut self, start: &str, minutes: i64) -> Self {
        let start = at(start).timestamp();
        let id = Uuid::from_u128(u128::from(start.unsigned_abs()));
        self.reservations.push(Reservation {
            during: Interval::new(start, start + minutes * 60).expect("not empty"),
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            booking: BookingId(id),
            session: SessionId(id),
            meeting_type: TYPE,
        });
        self
    }

    fn ask(&self) -> SlotRequest<'_> {
        SlotRequest {
            zones: &self.zones,
            hours: &self.hours,
            terms: &self.terms,
            meeting_type: TYPE,
            reservations: &self.reservations,
            busy: &[],
            moving: None,
            now: self.now,
        }
    }

    fn refusal(&self, start: &str) -> NotBookable {
        self.ask().judge(at(start)).expect_err("not bookable")
    }

    fn nearest(&self, start: &str) -> Vec<Instant> {
        self.ask().nearest(at(start), 3).iter().map(|slot| instant(slot.during.start())).collect()
    }
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn day(text: &str) -> Interval {
    Interval::between(at(text), at(text) + chrono::Duration::days(1)).expect("not empty")
}

#[test]
fn a_free_start_is_bookable() {
    let start = at("2027-01-11T09:30:00Z");
    let during = Interval::between(start, at("2027-01-11T10:00:00Z")).expect("not empty");
    assert_eq!(Office::with(|_| ()).ask().judge(start), Ok(Slot { during, seats_left: None, session: None }));
}

#[test]
fn a_start_that_is_not_offered_is_refused_with_the_reason() {
    let office = Office::with(|terms| {
        terms.minimum_notice_minutes = 90;
        terms.booking_window = BookingWindow::RollingDays { days: 1 };
    });
    for (start, why) in [
        ("2027-01-11T07:59:59Z", NotOffered::InThePast),
        ("2027-01-11T09:00:00Z", NotOffered::TooSoon),
        ("2027-01-13T09:00:00Z", NotOffered::OutsideBookingWindow),
        ("2027-01-11T17:00:00Z", NotOffered::OutsideHours),
        ("2027-01-11T16:45:00Z", NotOffered::OutsideHours),
        ("2027-01-11T09:40:00Z", NotOffered::OffTheGrid),
        ("2027-01-11T10:00:01Z", NotOffered::OffTheGrid),
        ("2027-01-11T10:00:00.5Z", NotOffered::OffTheGrid),
    ] {
        assert_eq!(office.refusal(start), NotBookable::NotOffered(why), "{start}");
    }
    for far in [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC] {
        assert!(matches!(office.ask().judge(far), Err(NotBookable::NotOffered(_))));
    }
}

#[test]
fn hours_come_before_limits_and_limits_before_what_is_taken() {
    let office = Office::with(|terms| terms.limits.max_bookings_per_day = Some(1)).booked("2027-01-12T09:00:00Z", 30);
    assert_eq!(office.refusal("2027-01-12T08:00:00Z"), NotBookable::NotOffered(NotOffered::OutsideHours));
    assert_eq!(office.refusal("2027-01-12T09:00:00Z"), NotBookable::LimitReached);
    assert_eq!(office.refusal("2027-01-12T10:00:00Z"), NotBookable::LimitReached);
    let unlimited = Office::with(|_| ()).booked("2027-01-12T09:00:00Z", 30);
    assert_eq!(unlimited.refusal("2027-01-12T09:00:00Z"), NotBookable::Taken);
}

#[test]
fn the_last_seat_that_somebody_else_took_is_taken_even_off_the_grid() {
    let office = Office::with(|terms| terms.capacity = 2);
    let mut office = office.booked("2027-01-12T09:10:00Z", 30);
    let slot = office.ask().judge(at("2027-01-12T09:10:00Z")).expect("a seat");
    assert_eq!((slot.seats_left, slot.session), (Some(1), Some(office.reservations[0].session)));
    let second = Reservation { booking: BookingId(Uuid::from_u128(2)), ..office.reservations[0] };
    office.reservations.insert(0, second);
    assert_eq!(office.refusal("2027-01-12T09:10:00Z"), NotBookable::Taken);
}

#[test]
fn a_guest_who_moves_within_a_session_frees_their_own_seat() {
    let mut office = Office::with(|terms| terms.capacity = 1).booked("2027-01-12T09:00:00Z", 30);
    let moving = Some(office.reservations[0].booking);
    assert!(SlotRequest { moving, ..office.ask() }.judge(at("2027-01-12T09:00:00Z")).is_ok());
    office.terms.capacity = 2;
    let second = Reservation { booking: BookingId(Uuid::from_u128(2)), ..office.reservations[0] };
    office.reservations.insert(0, second);
    let slot = SlotRequest { moving, ..office.ask() }.judge(at("2027-01-12T09:00:00Z")).expect("a seat");
    assert_eq!((slot.seats_left, slot.session), (Some(1), Some(second.session)));
}

#[test]
fn of_two_starts_that_are_equally_near_the_earlier_comes_first() {
    let office = Office::with(|_| ()).booked("2027-01-12T12:00:00Z", 30);
    let expected = ["2027-01-12T11:30:00Z", "2027-01-12T12:30:00Z", "2027-01-12T11:00:00Z"];
    assert_eq!(office.nearest("2027-01-12T12:00:00Z"), expected.map(at));
}

#[test]
fn the_nearest_to_a_time_that_cannot_be_booked_yet_is_the_end_of_the_booking_window() {
    let office = Office::with(|terms| terms.booking_window = BookingWindow::RollingDays { days: 4 });
    let expected = ["2027-01-15T16:30:00Z", "2027-01-15T16:00:00Z", "2027-01-15T15:30:00Z"];
    assert_eq!(office.nearest("2028-06-01T12:00:00Z"), expected.map(at));
    let expected = ["2027-01-11T09:00:00Z", "2027-01-11T09:30:00Z", "2027-01-11T10:00:00Z"];
    assert_eq!(office.nearest("2020-06-01T12:00:00Z"), expected.map(at));
}

#[test]
fn nobody_looks_further_than_62_days() {
    let mut office = Office::with(|terms| terms.booking_window = BookingWindow::RollingDays { days: 365 });
    office.hours.rules.clear();
    let open = office.hours.overrides.entry(chrono::NaiveDate::from_ymd_opt(2027, 3, 14).expect("a date")).or_default();
    open.push(Hours::office().rules[0].window());
    assert_eq!(office.nearest("2027-01-11T09:00:00Z"), [at("2027-03-14T09:00:00Z")]);
    assert!(office.nearest("2027-01-11T08:59:00Z").is_empty());
}

#[test]
fn an_answer_changes_when_its_first_slot_becomes_too_near() {
    let office = Office::with(|terms| terms.minimum_notice_minutes = 60);
    let changes_at = office.ask().changes_at(day("2027-01-12T00:00:00Z")).expect("it changes");
    assert_eq!(changes_at, at("2027-01-12T08:00:00.000000001Z"));
    let offered = |now| SlotRequest { now, ..office.ask() }.offered(day("2027-01-12T00:00:00Z")).len();
    assert_eq!(offered(changes_at - chrono::Duration::nanoseconds(1)), 16);
    assert_eq!(offered(changes_at), 15);
}

#[test]
fn an_answer_changes_when_the_rolling_window_reaches_its_range() {
    let office = Office::with(|terms| terms.booking_window = BookingWindow::RollingDays { days: 4 });
    assert_eq!(office.ask().changes_at(day("2027-01-20T00:00:00Z")), Some(at("2027-01-16T00:00:00Z")));
    let both = Interval::between(at("2027-01-15T00:00:00Z"), at("2027-01-17T00:00:00Z")).expect("not empty");
    assert_eq!(office.ask().changes_at(both), Some(at("2027-01-12T00:00:00Z")));
}

#[test]
fn an_answer_about_closed_or_past_days_never_changes() {
    let office = Office::with(|_| ());
    assert_eq!(office.ask().changes_at(day("2027-01-16T00:00:00Z")), None);
    assert_eq!(office.ask().changes_at(day("2027-01-04T00:00:00Z")), None);
}
