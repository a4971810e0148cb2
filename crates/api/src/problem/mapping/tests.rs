use axum::body::to_bytes;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::DateTime;
use daybook_accounts::fields::{Email, Username};
use daybook_accounts::{LogInRefusal, Unavailable};
use daybook_domain::ids::BookingId;
use daybook_domain::meeting_type::BrokenRule;
use daybook_domain::time::Interval;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::middleware::edge::RequestId;
use crate::middleware::problems;

/// The problem as a client sees it: status, `Retry-After`, body.
fn sent(problem: impl Into<Problem>) -> (u16, Option<String>, Value) {
    let mut response = problem.into().into_response();
    problems::render(&mut response, RequestId(Uuid::from_u128(7)));
    let wait = response.headers().get(header::RETRY_AFTER).map(|wait| wait.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let body = futures::executor::block_on(to_bytes(response.into_body(), usize::MAX)).unwrap();
    (status, wait, serde_json::from_slice(&body).unwrap())
}

#[track_caller]
fn assert_maps(problem: impl Into<Problem>, status: u16, code: &str, details: &Value) {
    let (sent_status, _, body) = sent(problem);
    assert_eq!((sent_status, &body["status"]), (status, &json!(status)), "{body}");
    assert_eq!((&body["code"], &body["details"]), (&json!(code), details), "{body}");
    assert_eq!(body["detail"], body["message"]);
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
}

fn slot() -> Slot {
    let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp();
    let during = Interval::new(at("2027-01-12T09:00:00Z"), at("2027-01-12T09:30:00Z")).unwrap();
    Slot { during, seats_left: None, session: None }
}

#[test]
fn every_refusal_of_a_calendar_has_its_code() {
    let none = || json!({});
    let slots = json!([{ "start_time": "2027-01-12T09:00:00Z", "end_time": "2027-01-12T09:30:00Z" }]);
    let broken =
        vec![BrokenRule::new("duration_minutes", "must be from 5 to 480"), BrokenRule::new("capacity", "must be 1")];
    let table = [
        (Refusal::CalendarNotOpen, 404, "NOT_FOUND", none()),
        (Refusal::ScheduleNotFound, 404, "NOT_FOUND", none()),
        (Refusal::OverrideNotFound, 404, "NOT_FOUND", none()),
        (Refusal::MeetingTypeNotFound, 404, "NOT_FOUND", none()),
        (Refusal::BookingNotFound, 404, "NOT_FOUND", none()),
        (
            Refusal::ScheduleIsDefault,
            400,
            "VALIDATION_ERROR",
            json!({ "id": ["must not be the default schedule; make another one the default first"] }),
        ),
        (
            Refusal::ScheduleInUse,
            400,
            "VALIDATION_ERROR",
            json!({ "id": ["must not be a schedule that a meeting type uses"] }),
        ),
        (Refusal::SlugTaken, 409, "SLUG_TAKEN", none()),
        (
            Refusal::Invalid(broken),
            400,
            "VALIDATION_ERROR",
            json!({ "duration_minutes": ["must be from 5 to 480"], "capacity": ["must be 1"] }),
        ),
        (Refusal::MeetingTypeInactive, 422, "MEETING_TYPE_INACTIVE", none()),
        (Refusal::MaxBookingsReached, 422, "MAX_BOOKINGS_REACHED", none()),
        (Refusal::SlotUnavailable(vec![slot()]), 409, "SLOT_UNAVAILABLE", json!({ "alternative_slots": slots })),
        (Refusal::AlreadyBooked(BookingId(Uuid::nil())), 409, "SLOT_UNAVAILABLE", json!({ "alternative_slots": [] })),
        (Refusal::BookingNotActive, 422, "BOOKING_NOT_ACTIVE", none()),
        (Refusal::AlreadyStarted, 422, "BOOKING_NOT_ACTIVE", none()),
        (Refusal::StaleRevision { current: 3 }, 409, "VERSION_CONFLICT", json!({ "current_version": 3 })),
    ];
    for (refusal, status, code, details) in table {
        assert_maps(refusal.clone(), status, code, &details);
        assert_maps(ExecuteError::Refused(refusal), status, code, &details);
    }
    let reasons = [
        (NotOffered::InThePast, "in_the_past"),
        (NotOffered::TooSoon, "too_soon"),
        (NotOffered::OutsideBookingWindow, "outside_booking_window"),
        (NotOffered::OutsideHours, "outside_hours"),
        (NotOffered::OffTheGrid, "off_the_grid"),
    ];
    for (why, reason) in reasons {
        assert_maps(Refusal::InvalidTimeSlot(why), 422, "INVALID_TIME_SLOT", &json!({ "reason": reason }));
    }
}

#[test]
fn every_fate_of_a_command_has_its_code() {
    let none = || json!({});
    assert_maps(ExecuteError::Conflict, 409, "VERSION_CONFLICT", &none());
    assert_maps(ExecuteError::TimeTaken, 409, "SLOT_UNAVAILABLE", &json!({ "alternative_slots": [] }));
    assert_maps(ExecuteError::IdempotencyKeyTaken, 409, "IDEMPOTENCY_CONFLICT", &none());
    assert_maps(ExecuteError::Unavailable("pool".to_owned()), 503, "UNAVAILABLE", &none());
    assert_maps(ExecuteError::Unknown, 503, "UNAVAILABLE", &none());
    assert_maps(ExecuteError::Faulty("gap".to_owned()), 500, "INTERNAL", &none());
}

#[test]
fn every_refusal_about_accounts_has_its_code() {
    let none = || json!({});
    assert_maps(AccountsError::EmailTaken, 409, "EMAIL_TAKEN", &none());
    assert_maps(AccountsError::UsernameTaken, 409, "USERNAME_TAKEN", &none());
    assert_maps(AccountsError::UserNotFound, 404, "NOT_FOUND", &none());
    let details = json!({ "current_password": ["must be your password until now"] });
    assert_maps(AccountsError::WrongCurrentPassword, 400, "VALIDATION_ERROR", &details);
    assert_maps(AccountsError::AnalyticsNeedsAdmin, 403, "FORBIDDEN", &none());
    assert_maps(AccountsError::Unavailable(Unavailable::QueryTimedOut), 503, "UNAVAILABLE", &none());
    assert_maps(AccountsError::Internal("x".into()), 500, "INTERNAL", &none());
    let refused = |why| sent(AccountsError::LogInRefused(why));
    assert_eq!(refused(LogInRefusal::UnknownEmail).2["code"], "UNAUTHENTICATED");
    assert_eq!(refused(LogInRefusal::UnknownEmail), refused(LogInRefusal::WrongPassword), "they must look the same");
}

#[test]
fn a_field_that_breaks_a_rule_is_named() {
    let email = Email::parse("nobody").unwrap_err();
    assert_maps(
        email,
        400,
        "VALIDATION_ERROR",
        &json!({ "email": ["must be an e-mail address such as anna@example.com"] }),
    );
    let username = Username::parse("admin").unwrap_err();
    assert_maps(username, 400, "VALIDATION_ERROR", &json!({ "username": ["is reserved"] }));
}

#[test]
fn what_may_pass_says_when_to_try_again_and_what_is_broken_does_not() {
    let wait = |problem: Problem| sent(problem).1;
    assert_eq!(wait(ExecuteError::Unknown.into()), Some("1".to_owned()));
    assert_eq!(wait(daybook_event_store::DatabaseError::TimedOut.into()), Some("1".to_owned()));
    assert_eq!(wait(daybook_event_store::DatabaseError::from(sqlx::Error::PoolTimedOut).into()), Some("1".to_owned()));
    let broken = daybook_event_store::DatabaseError::from(sqlx::Error::ColumnNotFound("x".to_owned()));
    assert_eq!(sent(broken.clone()).0, 500);
    assert_eq!(wait(broken.into()), None);
}

#[test]
fn a_fault_tells_nothing_but_the_request() {
    let (_, _, body) = sent(ExecuteError::Faulty("relation \"events\" does not exist".to_owned()));
    assert!(!body.to_string().contains("relation"), "{body}");
    assert_eq!(body["request_id"], Uuid::from_u128(7).to_string());
    assert_eq!(body["type"], "urn:daybook:problem:internal");
}
