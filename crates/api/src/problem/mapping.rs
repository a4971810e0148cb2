//! The table from refusals and faults to problems. What every code means to a client stands in [`Code`].

use std::time::Duration;

use daybook_accounts::AccountsError;
use daybook_accounts::fields::InvalidField;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::slots::{NotOffered, Slot};
use daybook_domain::time::Instant;
use daybook_event_store::{CodecError, ExecuteError, KeyError, LoadError, UnreadableEvent};
use daybook_projections::ProjectionError;
use serde_json::json;

use super::{Code, Problem};
use crate::availability::slot::SlotBody;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            // Operations on hosts do not know teams.
            Refusal::CalendarNotOpen | Refusal::IsATeam => Self::not_found("host"),
            Refusal::ScheduleNotFound => Self::not_found("schedule"),
            Refusal::MeetingTypeNotFound => Self::not_found("meeting type"),
            Refusal::BookingNotFound => Self::not_found("booking"),
            Refusal::OverrideNotFound => Self::new(Code::NotFound, text),
            // None of the 409s of the contract is about these; what is wrong is which schedule the request names.
            Refusal::ScheduleIsDefault => {
                Self::invalid("id", "must not be the default schedule; make another one the default first")
            }
            Refusal::ScheduleInUse => Self::invalid("id", "must not be a schedule that a meeting type uses"),
            Refusal::SlugTaken => Self::new(Code::SlugTaken, text),
            Refusal::Invalid(broken) => {
                Self::invalid_fields(broken.into_iter().map(|broken| (broken.field.into(), broken.rule.into())))
            }
            Refusal::MeetingTypeInactive | Refusal::NoActiveMember => Self::new(Code::MeetingTypeInactive, text),
            Refusal::InvalidTimeSlot(why) => {
                Self::new(Code::InvalidTimeSlot, text).with_details(json!({ "reason": reason(why) }))
            }
            Refusal::MaxBookingsReached => Self::new(Code::MaxBookingsReached, text),
            Refusal::SlotUnavailable(free) => slot_unavailable(text, &free),
            // Only for somebody whose operation has no better answer: the booking itself is not named to strangers.
            Refusal::AlreadyBooked(_) => slot_unavailable(text, &[]),
            Refusal::BookingNotActive | Refusal::AlreadyStarted | Refusal::NotStarted | Refusal::NotPending => {
                Self::new(Code::BookingNotActive, text)
            }
            Refusal::TooLateToChange { notice_minutes } => {
                Self::new(Code::BookingNotActive, text).with_details(json!({ "notice_minutes": notice_minutes }))
            }
            Refusal::SeriesConflicts(conflicts) => series_conflicts(text, conflicts),
            Refusal::TeamNotFound => Self::not_found("team"),
            Refusal::BelongsToTeam(_) => Self::invalid("id", "must be changed by whoever manages the team"),
            // The store asks again with these calendars.
            Refusal::NeedsCalendars(_) => Self::internal(&refusal),
            Refusal::StaleRevision { current } => {
                Self::new(Code::VersionConflict, text).with_details(json!({ "current_version": current }))
            }
        }
    }
}

fn slot_unavailable(text: String, free: &[Slot]) -> Problem {
    let free: Vec<_> = free.iter().map(SlotBody::from).collect();
    Problem::new(Code::SlotUnavailable, text).with_details(json!({ "alternative_slots": free }))
}

/// Which times of a series cannot be booked, each with the problem that it would be by itself.
fn series_conflicts(text: String, conflicts: Vec<(Instant, Box<Refusal>)>) -> Problem {
    let conflict = |(start, refusal): (Instant, Box<Refusal>)| {
        let problem = Problem::from(*refusal);
        json!({ "start_time": start, "code": problem.code, "message": problem.detail })
    };
    let conflicts: Vec<_> = conflicts.into_iter().map(conflict).collect();
    Problem::new(Code::SlotUnavailable, text).with_details(json!({ "alternative_slots": [], "conflicts": conflicts }))
}

const fn reason(why: NotOffered) -> &'static str {
    match why {
        NotOffered::InThePast => "in_the_past",
        NotOffered::TooSoon => "too_soon",
        NotOffered::OutsideBookingWindow => "outside_booking_window",
        NotOffered::OutsideHours => "outside_hours",
        NotOffered::OffTheGrid => "off_the_grid",
    }
}

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Conflict => {
                Self::new(Code::VersionConflict, "the calendar is being changed by others; try again")
            }
            ExecuteError::TimeTaken => slot_unavailable("the time is taken".to_owned(), &[]),
            ExecuteError::IdempotencyKeyTaken => {
                let detail = "a request with this idempotency key is being answered; ask again in a moment";
                Self::new(Code::IdempotencyConflict, detail).retry_after(Duration::from_secs(1))
            }
            ExecuteError::Unavailable(_) => Self::unavailable(&error),
            ExecuteError::Unknown => {
                let detail = "it is not known whether this was done; look, or repeat it with the same Idempotency-Key";
                Self { detail: detail.to_owned(), ..Self::unavailable(&error) }
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<AccountsError> for Problem {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::EmailTaken => Self::new(Code::EmailTaken, error.to_string()),
            AccountsError::UsernameTaken => Self::new(Code::UsernameTaken, error.to_string()),
            AccountsError::TeamPageTaken => Self::new(Code::SlugTaken, error.to_string()),
            AccountsError::UserNotFound => Self::not_found("account"),
            AccountsError::WrongCurrentPassword => Self::invalid("current_password", "must be your password until now"),
            AccountsError::AnalyticsNeedsAdmin => Self::new(Code::Forbidden, error.to_string()),
            AccountsError::LogInRefused(_) => Self::new(Code::Unauthenticated, error.to_string()),
            AccountsError::Unavailable(_) => Self::unavailable(&error),
            AccountsError::Internal(_) => Self::internal(&error),
        }
    }
}

impl From<InvalidField> for Problem {
    fn from(invalid: InvalidField) -> Self {
        Self::invalid(invalid.field.as_str(), invalid.rule.to_string())
    }
}

impl From<daybook_event_store::DatabaseError> for Problem {
    fn from(error: daybook_event_store::DatabaseError) -> Self {
        if error.is_lasting() { Self::internal(&error) } else { Self::unavailable(&error) }
    }
}

impl From<daybook_projections::DatabaseError> for Problem {
    fn from(error: daybook_projections::DatabaseError) -> Self {
        if error.is_lasting() { Self::internal(&error) } else { Self::unavailable(&error) }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Database(error) => error.into(),
            _ => Self::internal(&error),
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        CodecError::from(error).into()
    }
}

impl From<CodecError> for Problem {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Key(KeyError::Database(error)) => error.into(),
            CodecError::Key(KeyError::Replaced { .. } | KeyError::Closed) => Self::unavailable(&error),
            _ => Self::internal(&error),
        }
    }
}

impl From<UnreadableEvent> for Problem {
    fn from(error: UnreadableEvent) -> Self {
        Self::internal(&error)
    }
}

impl From<ProjectionError> for Problem {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Database(error) => error.into(),
            ProjectionError::Codec(error) => error.into(),
            _ => Self::internal(&error),
        }
    }
}

#[cfg(test)]
mod tests;
