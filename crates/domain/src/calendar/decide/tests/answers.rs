//! What a meeting type asks, and what a guest must answer (B1).

use serde_json::json;

use crate::calendar::command::CalendarCommand as Command;
use crate::calendar::event::{CalendarEvent, Guest};
use crate::calendar::refusal::Refusal;
use crate::calendar::scenario::*;
use crate::meeting_type::{BrokenRule, MeetingType};
use crate::personal::Personal;

fn asking() -> MeetingType {
    let questions = json!([{ "id": "topic", "label": "What about?", "type": "text", "required": true }]);
    MeetingType { questions: serde_json::from_value(questions).expect("questions"), ..intro() }
}

fn answering(answers: serde_json::Value) -> Personal<Guest> {
    let Personal::Plain { plain, subject } = guest("ada") else { unreachable!() };
    Personal::plain(Guest { answers: serde_json::from_value(answers).expect("answers"), ..plain }, subject)
}

fn request_with(guest: Personal<Guest>) -> Command {
    let Command::RequestBooking(mut booking) = request(ADAS, "ada", at(9, 0)) else { unreachable!() };
    booking.guest = guest;
    Command::RequestBooking(booking)
}

#[test]
fn answers_are_checked_and_kept_with_the_guest() {
    let given = || given([opened(), offers(asking())]);
    let guest = answering(json!([{ "question_id": "topic", "value": "Rust" }]));
    let booked = requested_with(ADAS, "ada", at(9, 0), |e| e.guest = guest.clone());
    given().when(&request_with(guest)).then([booked, confirmed(ADAS)]);
    let missing = Refusal::Invalid(vec![BrokenRule::new("answers.topic", "must be answered")]);
    given().when(&request_with(answering(json!([])))).then_refused(&missing);
}

#[test]
fn answers_to_no_question_are_refused() {
    let stray = answering(json!([{ "question_id": "topic", "value": "Rust" }]));
    let refusal = given([opened(), offers(intro())]).when(&request_with(stray)).refusal();
    assert!(matches!(refusal, Refusal::Invalid(ref rules) if rules[0].field == "answers.topic"), "{refusal:?}");
}

#[test]
fn what_a_meeting_type_asks_must_be_answerable() {
    let twice = MeetingType { questions: [asking().questions, asking().questions].concat(), ..asking() };
    let add = Command::AddMeetingType { meeting_type: Box::new(twice) };
    let refusal = given([opened()]).when(&add).refusal();
    assert!(matches!(refusal, Refusal::Invalid(ref rules) if rules[0].field == "questions.topic"), "{refusal:?}");
}

#[test]
fn answers_are_sealed_with_the_guest() {
    let guest = answering(json!([{ "question_id": "topic", "value": "Rust" }]));
    let mut event: CalendarEvent = requested_with(ADAS, "ada", at(9, 0), |e| e.guest = guest);
    for mut field in event.personal_fields() {
        field.seal("sealed".to_owned());
    }
    assert!(!serde_json::to_string(&event).expect("JSON").contains("Rust"));
}
