//! JSON bodies.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, post};
use chrono::{DateTime, Utc};
use daybook_api::api_keys::create::ApiKeyRequest;
use daybook_api::bookings::book::BookRequest;
use daybook_api::bookings::cancel::CancelRequest;
use daybook_api::bookings::decline::DeclineRequest;
use daybook_api::bookings::reschedule::RescheduleRequest;
use daybook_api::extract::Json;
use daybook_api::meeting_types::body::{MeetingTypeBody, MeetingTypeRequest};
use daybook_api::middleware::edge::edge;
use daybook_api::schedules::body::ScheduleRequest;
use daybook_api::sessions::log_in::LogInRequest;
use daybook_api::teams::body::TeamRequest;
use daybook_api::users::change::ChangeRequest;
use daybook_api::users::register::RegisterRequest;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{HostId, MeetingTypeId, ScheduleId};
use daybook_domain::meeting_type::MeetingType;
use daybook_domain::questions;
use daybook_domain::schedule::{Hours, WeeklyRule};
use daybook_domain::team::{self, Member};
use daybook_domain::text::Slug;
use daybook_domain::time::Interval;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::problem::judge;
use crate::routes::{Routes, routes, send};

const HOST: HostId = HostId(Uuid::from_u128(1));
const SCHEDULE: ScheduleId = ScheduleId(Uuid::from_u128(2));
const MEETING_TYPE: MeetingTypeId = MeetingTypeId(Uuid::from_u128(3));

/// The name of an operation, and on the lines behind it the body of a request for it.
///
/// What is refused is refused by field and rule. What is accepted keeps the limits of the contract, becomes an event that is
/// read as it was written, and is offered so that whatever is offered can be booked.
pub fn bodies(input: &[u8]) {
    let line = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let Ok(operation) = std::str::from_utf8(&input[..line]) else { return };
    let body = input.get(line + 1..).unwrap_or_default().to_vec();
    let request = Request::post(format!("/{operation}")).header("content-type", "application/json");
    let Ok(request) = request.body(Body::from(body)) else { return };
    judge(&send(&ROUTES, request));
}

static ROUTES: LazyLock<Routes> = LazyLock::new(|| {
    let all = Router::new()
        .route("/register", taking(|_: RegisterRequest| ()))
        .route("/change", taking(|_: ChangeRequest| ()))
        .route("/log-in", taking(|_: LogInRequest| ()))
        .route("/api-key", taking(|_: ApiKeyRequest| ()))
        .route("/book", taking(|request| book(&request)))
        .route("/cancel", taking(|request: CancelRequest| same_again(&request)))
        .route("/decline", taking(|request: DeclineRequest| same_again(&request)))
        .route("/reschedule", taking(|request: RescheduleRequest| same_again(&request)))
        .route("/meeting-type", taking(offer))
        .route("/schedule", taking(|request| schedule(&request)))
        .route("/team", taking(|request| team(&request)));
    routes(all.layer(from_fn(edge)))
});

fn taking<T: DeserializeOwned + Send + 'static>(check: fn(T)) -> MethodRouter {
    post(async move |Json(request): Json<T>| {
        check(request);
        StatusCode::NO_CONTENT
    })
}

/// An idempotency key is bound to the request as it is written, so the same request must be written the same.
fn same_again<T: Serialize + DeserializeOwned>(request: &T) {
    let written = serde_json::to_string(request).expect("a request is JSON");
    let again: T = serde_json::from_str(&written).expect("what is written is read");
    assert_eq!(serde_json::to_string(&again).expect("a request is JSON"), written);
}

fn book(request: &BookRequest) {
    same_again(request);
    if let Some(recurrence) = &request.recurrence {
        let limits = (1..=12).contains(&recurrence.interval) && (2..=52).contains(&recurrence.count);
        assert_eq!(recurrence.broken_rules().is_empty(), limits);
    }
    for broken in questions::check(&[], &request.answers) {
        assert!(broken.field.starts_with("answers") && broken.rule.starts_with("must "), "{broken:?}");
    }
    // A time that somebody made up is judged like any other.
    let (calendar, now) = (CALENDAR.clone(), now());
    let intro = calendar.availability().settings.meeting_type(MEETING_TYPE).expect("it is offered");
    if let Ok(slot) = calendar.availability().judge(intro, request.start_time, None, now) {
        assert_eq!(slot.during.start(), request.start_time.timestamp());
    }
    offers(&calendar, intro, request.start_time);
}

/// A host's calendar with office hours and a meeting type.
static CALENDAR: LazyLock<HostCalendar> = LazyLock::new(|| {
    let mut calendar = HostCalendar::default();
    let time_zone = "Europe/London".parse().expect("a zone");
    follow(&mut calendar, &CalendarCommand::OpenCalendar { time_zone, schedule_id: SCHEDULE });
    let (name, slug) = ("Intro".to_owned().try_into().expect("a name"), Slug::of("intro"));
    let meeting_type = Box::new(MeetingType::one_on_one(MEETING_TYPE, name, slug, 30));
    follow(&mut calendar, &CalendarCommand::AddMeetingType { meeting_type });
    calendar
});

fn now() -> DateTime<Utc> {
    "2027-01-04T12:00:00Z".parse().expect("an instant")
}

/// Carries a command out, if it is allowed: its events are read as they are written.
fn follow(calendar: &mut HostCalendar, command: &CalendarCommand) -> bool {
    let Ok(events) = calendar.decide(command, now()) else { return false };
    for event in events {
        let json = serde_json::to_string(&event).expect("an event is JSON");
        let read = CalendarEvent::from_parts(event.event_type(), &json).expect("what is written is read");
        assert_eq!(read, event);
        calendar.evolve(&read);
    }
    true
}

fn offer(request: MeetingTypeRequest) {
    let meeting_type = request.into_meeting_type(MEETING_TYPE);
    let body = serde_json::to_value(MeetingTypeBody::new(HOST, &meeting_type)).expect("a meeting type is JSON");
    assert_eq!(body["duration_minutes"], meeting_type.terms.duration_minutes);
    for broken in meeting_type.broken_rules() {
        assert!(!broken.field.is_empty() && broken.rule.starts_with("must "), "{broken:?}");
        assert!(broken.field.starts_with("questions") || body.get(&*broken.field).is_some(), "{broken:?}");
    }
    let mut calendar = CALENDAR.clone();
    let command = CalendarCommand::ChangeMeetingType { meeting_type: Box::new(meeting_type.clone()) };
    if !follow(&mut calendar, &command) {
        return;
    }
    let terms = &meeting_type.terms;
    assert!((5..=480).contains(&terms.duration_minutes) && (1..=480).contains(&terms.slot_interval_minutes));
    assert!(terms.buffer_before_minutes <= 240 && terms.buffer_after_minutes <= 240);
    assert!(terms.limits.max_bookings_per_day.is_none_or(|most| (1..=100).contains(&most)));
    assert!(meeting_type.questions.len() <= questions::MAX_QUESTIONS);
    let known = calendar.availability().settings.meeting_type(MEETING_TYPE).expect("it is offered").clone();
    offers(&calendar, &known, now());
}

/// What is offered can be booked, what is near to it and not offered cannot (V7), and alternatives are offered (V9).
fn offers(calendar: &HostCalendar, meeting_type: &MeetingType, start: DateTime<Utc>) {
    let (availability, now) = (calendar.availability(), now());
    let week = Interval::new(now.timestamp(), now.timestamp() + 7 * 86_400).expect("a week");
    let offered = availability.offered(meeting_type, week, now);
    for slot in offered.iter().step_by(offered.len() / 4 + 1) {
        let begin = daybook_domain::time::instant(slot.during.start());
        assert!(availability.judge(meeting_type, begin, None, now).is_ok(), "{begin} is offered");
        let beside = begin + chrono::TimeDelta::seconds(1);
        assert!(availability.judge(meeting_type, beside, None, now).is_err(), "{beside} is off the grid");
    }
    let alternatives = availability.alternatives(meeting_type, start, None, now);
    assert!(alternatives.len() <= daybook_domain::availability::ALTERNATIVES);
    for slot in alternatives {
        let begin = daybook_domain::time::instant(slot.during.start());
        assert!(availability.judge(meeting_type, begin, None, now).is_ok(), "{begin} is an alternative");
    }
}

fn schedule(request: &ScheduleRequest) {
    let Ok(hours) = request.hours() else { return };
    let ordered = hours.rules.iter().map(WeeklyRule::window).chain(hours.overrides.values().flatten().copied());
    assert!(ordered.into_iter().all(|window| window.start_time < window.end_time));
    let json = serde_json::to_string(&hours).expect("hours are JSON");
    assert_eq!(serde_json::from_str::<Hours>(&json).ok().as_ref(), Some(&hours));
    let mut calendar = CALENDAR.clone();
    let name = request.name.clone();
    let command = CalendarCommand::ChangeSchedule { schedule_id: SCHEDULE, name, hours, is_default: true };
    if follow(&mut calendar, &command) {
        let known = calendar.availability().settings.meeting_type(MEETING_TYPE).expect("it is offered").clone();
        offers(&calendar, &known, now());
    }
}

fn team(request: &TeamRequest) {
    if let Ok((username, slug)) = request.page() {
        assert_eq!(username.as_str(), slug.as_str(), "teams share the names of hosts");
    }
    let members: Vec<Member> = request.members.iter().flatten().copied().map(Member::from).collect();
    let broken = team::broken_rules(&members);
    let fits = members.iter().all(|member| (1..=100).contains(&member.weight) && member.priority <= 100);
    assert!(fits || !broken.is_empty(), "{members:?}");
}
