use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{
    CalendarEvent, DateOverrideRemoved, DateOverrideSet, DefaultScheduleChosen, ScheduleAdded, ScheduleRemoved,
    TimeZoneChanged, TimeZoneChangesAnnounced, WeeklyRulesReplaced,
};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::ids::ScheduleId;
use crate::meeting_type::MeetingType;
use crate::schedule::{Hours, LocalTime, Window};
use crate::text::Name;
use crate::zone::{TimeZoneChange, Zone};

const SUMMER: ScheduleId = ScheduleId(Uuid::from_u128(20));

fn name() -> Name {
    Name::parse("Summer").expect("a name")
}

fn added() -> CalendarEvent {
    ScheduleAdded { schedule_id: SUMMER, name: name(), hours: Hours::office() }.into()
}

fn the_12th() -> NaiveDate {
    at(0, 0).date_naive()
}

fn zone(name: &str) -> Zone {
    name.parse().expect("a zone")
}

fn window(start: u16, end: u16) -> Window {
    let time = |hour: u16| LocalTime::from_minutes(hour * 60).expect("within a day");
    Window { start_time: time(start), end_time: time(end) }
}

#[test]
fn a_calendar_opens_with_office_hours_and_only_once() {
    let open = Command::OpenCalendar { time_zone: zone("Etc/UTC"), schedule_id: SCHEDULE };
    given([]).at(chrono::DateTime::UNIX_EPOCH).when(&open).then([opened()]);
    given([opened()]).when(&open).then([]);
}

#[test]
fn a_schedule_is_added_chosen_and_removed() {
    let add =
        |is_default| Command::AddSchedule { schedule_id: SUMMER, name: name(), hours: Hours::office(), is_default };
    let chosen = || CalendarEvent::from(DefaultScheduleChosen { schedule_id: SUMMER });
    given([opened()]).when(&add(false)).then([added()]);
    given([opened()]).when(&add(true)).then([added(), chosen()]);
    let remove = |schedule_id| Command::RemoveSchedule { schedule_id };
    given([opened(), added()]).when(&remove(SUMMER)).then([ScheduleRemoved { schedule_id: SUMMER }.into()]);
    given([opened(), added()]).when(&remove(SCHEDULE)).then_refused(&Refusal::ScheduleIsDefault);
    given([opened(), added(), chosen()])
        .when(&remove(SCHEDULE))
        .then([ScheduleRemoved { schedule_id: SCHEDULE }.into()]);
    given([opened()]).when(&remove(SUMMER)).then_refused(&Refusal::ScheduleNotFound);
}

#[test]
fn a_schedule_in_use_stays() {
    let in_use = MeetingType { schedule_id: Some(SUMMER), ..intro() };
    given([opened(), added(), offers(in_use)])
        .when(&Command::RemoveSchedule { schedule_id: SUMMER })
        .then_refused(&Refusal::ScheduleInUse);
}

#[test]
fn replacing_a_schedule_by_itself_changes_nothing() {
    let same = Command::ChangeSchedule { schedule_id: SUMMER, name: name(), hours: Hours::office(), is_default: false };
    given([opened(), added()]).when(&same).then([]);
}

#[test]
fn weekly_rules_are_replaced_and_extended_in_the_default_schedule() {
    let mut rules = Hours::office().rules;
    let last = rules.pop().expect("five rules");
    let replaced =
        |rules: &[_]| CalendarEvent::from(WeeklyRulesReplaced { schedule_id: SCHEDULE, rules: rules.to_vec() });
    given([opened()]).when(&Command::ReplaceWeeklyRules { rules: rules.clone() }).then([replaced(&rules)]);
    given([opened()]).when(&Command::ReplaceWeeklyRules { rules: Hours::office().rules }).then([]);
    given([opened(), replaced(&rules)])
        .when(&Command::AddWeeklyRule { rule: last })
        .then([replaced(&Hours::office().rules)]);
    given([opened()]).when(&Command::AddWeeklyRule { rule: last }).then([]);
}

#[test]
fn a_closed_date_offers_nothing_until_its_override_goes() {
    let closed =
        || CalendarEvent::from(DateOverrideSet { schedule_id: SCHEDULE, date: the_12th(), windows: Vec::new() });
    let reopened = || CalendarEvent::from(DateOverrideRemoved { schedule_id: SCHEDULE, date: the_12th() });
    given([opened()]).when(&Command::SetDateOverride { date: the_12th(), windows: Vec::new() }).then([closed()]);
    let refusal = given([opened(), offers(intro()), closed()]).when(&request(ADAS, "ada", at(9, 0))).refusal();
    assert!(matches!(refusal, Refusal::InvalidTimeSlot(_)), "{refusal:?}");
    given([opened(), closed()]).when(&Command::RemoveDateOverride { date: the_12th() }).then([reopened()]);
    given([opened(), offers(intro()), closed(), reopened()])
        .when(&request(ADAS, "ada", at(9, 0)))
        .then([requested(ADAS, "ada", at(9, 0)), confirmed(ADAS)]);
    given([opened()]).when(&Command::RemoveDateOverride { date: the_12th() }).then_refused(&Refusal::OverrideNotFound);
}

#[test]
fn more_windows_or_overrides_than_a_calendar_holds_are_refused_by_field() {
    let crowded = Command::SetDateOverride { date: the_12th(), windows: vec![window(9, 10); 25] };
    let field = |refusal| match refusal {
        Refusal::Invalid(rules) => rules[0].field.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(field(given([opened()]).when(&crowded).refusal()), "windows");
    let overrides: BTreeMap<_, _> = the_12th().iter_days().take(801).map(|date| (date, Vec::new())).collect();
    let hours = Hours { overrides, ..Hours::office() };
    let add = Command::AddSchedule { schedule_id: SUMMER, name: name(), hours, is_default: false };
    assert_eq!(field(given([opened()]).when(&add).refusal()), "overrides");
}

#[test]
fn the_host_moves_and_travels() {
    let moved = || CalendarEvent::from(TimeZoneChanged { time_zone: zone("Asia/Tokyo") });
    let move_home = Command::ChangeTimeZone { time_zone: zone("Asia/Tokyo") };
    given([opened()]).when(&move_home).then([moved()]);
    given([opened(), moved()]).when(&move_home).then([]);
    let trip = TimeZoneChange { from_date: the_12th(), to_date: Some(the_12th()), time_zone: zone("America/New_York") };
    let announce = Command::AnnounceTimeZoneChanges { time_zone_changes: vec![trip.clone()] };
    given([opened()]).when(&announce).then([TimeZoneChangesAnnounced { time_zone_changes: vec![trip.clone()] }.into()]);
    let backwards = TimeZoneChange { to_date: the_12th().pred_opt(), ..trip };
    let refusal =
        given([opened()]).when(&Command::AnnounceTimeZoneChanges { time_zone_changes: vec![backwards] }).refusal();
    assert!(matches!(refusal, Refusal::Invalid(_)), "{refusal:?}");
}
