//! Why a time can be booked or cannot, and which event made it so (E8).

mod cause;
mod collective;
mod hours;
#[cfg(test)]
mod tests;

pub use cause::{Cause, ScheduleInUse};
pub use collective::explain_collective;

use chrono::NaiveDate;
use serde::Serialize;

use crate::availability::Availability;
use crate::ids::BookingId;
use crate::meeting_type::{BookingWindow, MeetingType};
use crate::reservation::Reservation;
use crate::slots::{Limit, NotOffered, Obstacle, SlotRequest};
use crate::time::{Instant, Interval, instant};

/// One reason for or against a start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What kind of reason, for programs.
    pub code: &'static str,
    /// The same for people: a sentence without its full stop.
    pub message: String,
    /// What is responsible.
    pub cause: Cause,
}

/// Whether a start can be booked, and every reason why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Whether it can be booked.
    pub available: bool,
    /// If so, what opens it; otherwise everything that stands against it, in the order of V9.
    pub reasons: Vec<Reason>,
}

impl Availability {
    /// Why a start of a meeting type can be booked at this moment, or cannot.
    ///
    /// Of a collective meeting this is the part of one host, on a grid of their own: see [`explain_collective`].
    pub fn explain(&self, meeting_type: &MeetingType, start: Instant, now: Instant) -> Explanation {
        let question =
            Question { availability: self, meeting_type, start, asked: self.request(meeting_type, None, now) };
        let against = question.against();
        let available = against.is_empty();
        Explanation { available, reasons: if available { question.in_favour() } else { against } }
    }
}

/// A start that somebody asks about.
struct Question<'a> {
    availability: &'a Availability,
    meeting_type: &'a MeetingType,
    start: Instant,
    asked: SlotRequest<'a>,
}

fn reason(code: &'static str, message: impl Into<String>, cause: Cause) -> Reason {
    Reason { code, message: message.into(), cause }
}

fn against_the_grid(meeting_type: &MeetingType) -> Reason {
    let every = meeting_type.terms.slot_interval_minutes;
    let message = format!("meetings start every {every} minutes from the beginning of the hours on");
    reason("off_the_grid", message, Cause::MeetingType(meeting_type.id))
}

impl Question<'_> {
    /// The host-local date of the start.
    fn date(&self) -> NaiveDate {
        self.asked.zones.date_of(self.start)
    }

    /// The meeting as its terms would have it.
    fn meeting(&self) -> Option<Interval> {
        let start = self.start.timestamp();
        Interval::new(start, start.saturating_add(i64::from(self.asked.terms.duration_minutes) * 60))
    }

    fn terms(&self) -> Cause {
        Cause::MeetingType(self.meeting_type.id)
    }

    fn against(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if !self.meeting_type.is_active {
            reasons.push(reason("meeting_type_inactive", "the meeting type is not active", self.terms()));
        }
        for obstacle in self.asked.obstacles(self.start) {
            match obstacle {
                Obstacle::NotOffered(NotOffered::OutsideHours) => reasons.extend(self.outside_hours()),
                obstacle => reasons.push(self.against_one(&obstacle)),
            }
        }
        reasons
    }

    fn against_one(&self, obstacle: &Obstacle) -> Reason {
        let terms = self.asked.terms;
        match obstacle {
            Obstacle::NotOffered(NotOffered::InThePast) => reason("in_the_past", "the time has passed", Cause::Clock),
            Obstacle::NotOffered(NotOffered::TooSoon) => {
                let notice = terms.minimum_notice_minutes;
                let message = format!("it is less than the minimum notice of {notice} minutes away");
                reason("too_soon", message, self.terms())
            }
            Obstacle::NotOffered(NotOffered::OutsideBookingWindow) => {
                let window = match terms.booking_window {
                    BookingWindow::RollingDays { days } => format!("up to {days} days ahead"),
                    BookingWindow::Fixed { from_date, to_date } => format!("from {from_date} to {to_date}"),
                };
                let message = format!("{} cannot be booked: that is possible {window}", self.date());
                reason("outside_booking_window", message, self.terms())
            }
            Obstacle::NotOffered(NotOffered::OutsideHours) => {
                reason("outside_hours", "the time is outside the host's hours", self.terms())
            }
            Obstacle::NotOffered(NotOffered::OffTheGrid) => against_the_grid(self.meeting_type),
            Obstacle::BuffersOutsideHours => {
                let message = "the time kept free before or after the meeting is outside the host's hours";
                reason("buffers_outside_hours", message, self.terms())
            }
            Obstacle::Limit { limit, during } => self.limit_reached(*limit, *during),
            Obstacle::SessionFull(guests) => {
                let message = format!("all {} seats are taken", terms.capacity);
                reason("session_full", message, Cause::Bookings(guests.iter().map(|guest| guest.booking).collect()))
            }
            Obstacle::Booked(other) => {
                let message = format!("a meeting takes place from {}", self.stretch(other.during));
                reason("booked", message, Cause::Booking(other.booking))
            }
            Obstacle::Buffer(other) => reason("buffer", self.of_buffers(other), Cause::Booking(other.booking)),
            Obstacle::Busy(during) => {
                let message = format!("another calendar of the host is busy from {}", self.stretch(*during));
                reason("external_busy", message, Cause::ExternalBusy(*during))
            }
        }
    }

    fn of_buffers(&self, other: &Reservation) -> String {
        let meeting = self.stretch(other.during);
        let (before, after) = (other.buffer_before_minutes, other.buffer_after_minutes);
        format!(
            "the meeting from {meeting} keeps {before} minutes free before and {after} after it, this one {} and {}",
            self.asked.terms.buffer_before_minutes, self.asked.terms.buffer_after_minutes,
        )
    }

    fn limit_reached(&self, limit: Limit, during: Interval) -> Reason {
        let counted = self
            .asked
            .reservations
            .iter()
            .filter(|r| r.meeting_type == self.meeting_type.id && during.contains_second(r.during.start()));
        let bookings: Vec<BookingId> = counted.map(|r| r.booking).collect();
        let (limits, date) = (self.asked.terms.limits, self.date());
        let (code, message) = match limit {
            Limit::BookingsPerDay => {
                let most = limits.max_bookings_per_day.unwrap_or_default();
                ("max_bookings_per_day", format!("{date} has all of its {most} bookings"))
            }
            Limit::BookingsPerWeek => {
                let most = limits.max_bookings_per_week.unwrap_or_default();
                ("max_bookings_per_week", format!("the week of {date} has all of its {most} bookings"))
            }
            Limit::MinutesPerDay => {
                let most = limits.max_minutes_per_day.unwrap_or_default();
                ("max_minutes_per_day", format!("with it, {date} would have more than {most} minutes of meetings"))
            }
        };
        // A limit below the length of one meeting is reached without any.
        reason(code, message, if bookings.is_empty() { self.terms() } else { Cause::Bookings(bookings) })
    }

    /// What opens the start.
    fn in_favour(&self) -> Vec<Reason> {
        let mut reasons: Vec<_> = self.opened_by();
        let guests = self.availability.starting_at(self.start);
        let guests: Vec<_> = guests.filter(|r| r.meeting_type == self.meeting_type.id).map(|r| r.booking).collect();
        if !guests.is_empty() {
            let left = usize::from(self.asked.terms.capacity).saturating_sub(guests.len());
            reasons.push(reason("seats_left", format!("seats left: {left}"), Cause::Bookings(guests)));
        }
        reasons
    }

    /// Two instants on the host's wall clock of the start's date.
    fn stretch(&self, during: Interval) -> String {
        let zone = self.asked.zones.on(self.date());
        let [from, to] = [during.start(), during.end()].map(|second| zone.wall_clock(instant(second)));
        if from.0 == to.0 {
            format!("{} to {} on {}", from.1, to.1, from.0)
        } else {
            format!("{} on {} to {} on {}", from.1, from.0, to.1, to.0)
        }
    }
}
