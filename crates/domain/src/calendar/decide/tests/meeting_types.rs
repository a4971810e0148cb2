use uuid::Uuid;

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{MeetingTypeChanged, MeetingTypeRemoved};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::{MeetingTypeId, ScheduleId, TeamId};
use crate::meeting_type::{BookingWindow, Kind, Limits, MeetingType, Policies, Strategy, Terms};
use crate::text::Slug;

fn add(meeting_type: MeetingType) -> Command {
    Command::AddMeetingType { meeting_type: Box::new(meeting_type) }
}

fn change(meeting_type: MeetingType) -> Command {
    Command::ChangeMeetingType { meeting_type: Box::new(meeting_type) }
}

fn other() -> MeetingType {
    MeetingType { id: MeetingTypeId(Uuid::from_u128(8)), slug: Slug::parse("other").expect("a slug"), ..intro() }
}

#[test]
fn a_meeting_type_is_offered_changed_and_withdrawn() {
    given([opened()]).when(&add(intro())).then([offers(intro())]);
    let longer = MeetingType { terms: Terms { duration_minutes: 45, ..intro().terms }, ..intro() };
    given([opened(), offers(intro())])
        .when(&change(longer.clone()))
        .then([MeetingTypeChanged { meeting_type: longer }.into()]);
    given([opened(), offers(intro())]).when(&change(intro())).then([]);
    let remove = Command::RemoveMeetingType { meeting_type_id: INTRO };
    given([opened(), offers(intro())]).when(&remove).then([MeetingTypeRemoved { meeting_type_id: INTRO }.into()]);
    given([opened()]).when(&remove).then_refused(&Refusal::MeetingTypeNotFound);
    given([opened()]).when(&change(intro())).then_refused(&Refusal::MeetingTypeNotFound);
}

#[test]
fn a_slug_belongs_to_one_meeting_type_of_a_host() {
    let clash = MeetingType { slug: intro().slug, ..other() };
    given([opened(), offers(intro())]).when(&add(clash.clone())).then_refused(&Refusal::SlugTaken);
    given([opened(), offers(intro()), offers(other())]).when(&change(clash)).then_refused(&Refusal::SlugTaken);
}

#[test]
fn every_broken_term_is_named_by_its_field() {
    let terms = Terms {
        duration_minutes: 4,
        buffer_before_minutes: 241,
        buffer_after_minutes: 999,
        buffers_within_hours: true,
        slot_interval_minutes: 0,
        minimum_notice_minutes: 525_601,
        booking_window: BookingWindow::RollingDays { days: 731 },
        limits: Limits {
            max_bookings_per_day: Some(101),
            max_bookings_per_week: Some(0),
            max_minutes_per_day: Some(1_441),
        },
        capacity: 2,
    };
    let Refusal::Invalid(rules) = given([opened()]).when(&add(MeetingType { terms, ..intro() })).refusal() else {
        panic!("not refused as invalid")
    };
    let fields: Vec<_> = rules.iter().map(|rule| rule.field.as_ref()).collect();
    assert_eq!(
        fields,
        [
            "duration_minutes",
            "buffer_before_minutes",
            "buffer_after_minutes",
            "slot_interval_minutes",
            "minimum_notice_minutes",
            "booking_window",
            "max_bookings_per_day",
            "max_bookings_per_week",
            "max_minutes_per_day",
            "capacity",
        ]
    );
}

#[test]
fn a_meeting_type_uses_a_schedule_of_its_host() {
    let stray = MeetingType { schedule_id: Some(ScheduleId(Uuid::from_u128(99))), ..intro() };
    let refusal = given([opened()]).when(&add(stray)).refusal();
    assert!(matches!(refusal, Refusal::Invalid(ref rules) if rules[0].field == "schedule_id"), "{refusal:?}");
    let own = MeetingType { schedule_id: Some(SCHEDULE), ..intro() };
    given([opened()]).when(&add(own.clone())).then([offers(own)]);
}

#[test]
fn capacity_strategy_and_kind_fit_together() {
    let refused = |meeting_type: MeetingType| match given([opened()]).when(&add(meeting_type)).0 {
        Ok(_) => Vec::new(),
        Err(Refusal::Invalid(rules)) => rules.into_iter().map(|rule| rule.field.into_owned()).collect(),
        Err(other) => panic!("{other:?}"),
    };
    let group = |capacity| MeetingType { kind: Kind::Group, terms: Terms { capacity, ..intro().terms }, ..intro() };
    for (meeting_type, fields) in [
        (group(1), vec!["capacity"]),
        (group(2), vec![]),
        (group(1_000), vec![]),
        (group(1_001), vec!["capacity"]),
        (MeetingType { strategy: Some(Strategy::Priority), ..intro() }, vec!["strategy"]),
        (MeetingType { kind: Kind::RoundRobin, ..intro() }, vec!["kind"]),
        (MeetingType { kind: Kind::Collective, ..intro() }, vec!["kind"]),
        (MeetingType { team_id: Some(TeamId(Uuid::nil())), ..intro() }, vec!["kind", "team_id"]),
    ] {
        assert_eq!(refused(meeting_type), fields);
    }
}

#[test]
fn policies_have_bounds() {
    let policies = Policies {
        requires_confirmation: false,
        hold_minutes: 4,
        cancellation_notice_minutes: 43_201,
        reschedule_notice_minutes: 43_201,
    };
    let Refusal::Invalid(rules) = given([opened()]).when(&add(MeetingType { policies, ..intro() })).refusal() else {
        panic!("not refused as invalid")
    };
    let fields: Vec<_> = rules.iter().map(|rule| rule.field.as_ref()).collect();
    assert_eq!(fields, ["hold_minutes", "cancellation_notice_minutes", "reschedule_notice_minutes"]);
}
