//! Booking a time again and again, as one command (B7).

use std::sync::Arc;

use super::request::{booked, check_answers, requested};
use crate::calendar::HostCalendar;
use crate::calendar::command::{RequestBooking, RequestSeries};
use crate::calendar::event::{BookingRequested, CalendarEvent};
use crate::calendar::refusal::Refusal;
use crate::meeting_type::BrokenRule;
use crate::time::Instant;

impl HostCalendar {
    /// All of the series, or every start that cannot be booked. Each is judged with those before it in place, so limits and
    /// overlaps count within the series as well.
    pub(super) fn request_series(&self, series: &RequestSeries, now: Instant) -> Result<Vec<CalendarEvent>, Refusal> {
        let settings = &self.availability.settings;
        let meeting_type = settings.meeting_type(series.meeting_type_id).ok_or(Refusal::MeetingTypeNotFound)?;
        let mut broken = series.recurrence.broken_rules();
        if meeting_type.team_id.is_some() {
            broken.push(one_at_a_time());
        }
        if broken.is_empty() && series.booking_ids.len() != usize::from(series.recurrence.count) {
            broken.push(BrokenRule::new("booking_ids", "must have one for each meeting"));
        }
        if !broken.is_empty() {
            return Err(Refusal::Invalid(broken));
        }
        check_answers(meeting_type, &series.guest)?;

        let starts = series.recurrence.starts(series.start, &settings.zones);
        let mut so_far = Self { availability: Arc::clone(&self.availability), ..Self::default() };
        let (mut events, mut conflicts) = (Vec::new(), Vec::new());
        for (start, booking_id) in starts.into_iter().zip(&series.booking_ids) {
            let request = RequestBooking {
                booking_id: *booking_id,
                meeting_type_id: series.meeting_type_id,
                start,
                guest: series.guest.clone(),
                guest_time_zone: series.guest_time_zone.clone(),
                repeat_is_duplicate: false,
            };
            match so_far.bookable(meeting_type, start, None, now) {
                Ok(slot) => {
                    let requested = requested(meeting_type, slot, &request, now);
                    let requested = BookingRequested { series_id: Some(series.series_id), ..requested };
                    so_far.evolve(&requested.clone().into());
                    events.extend(booked(requested));
                }
                Err(Refusal::MeetingTypeInactive) => return Err(Refusal::MeetingTypeInactive),
                Err(why) => conflicts.push((start, Box::new(why))),
            }
        }
        if conflicts.is_empty() { Ok(events) } else { Err(Refusal::SeriesConflicts(conflicts)) }
    }
}

/// A team is booked one meeting at a time: who would take which of a series is not decided.
pub(in crate::calendar) fn one_at_a_time() -> BrokenRule {
    BrokenRule::new("recurrence", "must be left out: a team is booked one meeting at a time")
}
