//! `docs/asyncapi.yaml` says what the events say: it is made from them.
//!
//! Nobody writes it by hand. A new event needs a golden file, as every event does; then
//! `UPDATE_DOCS=1 cargo test -p daybook --test asyncapi` documents it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod document;
mod golden;
mod schema;
mod source;

use std::fs;

use daybook_black_box::tools::repository;
use daybook_domain::calendar::event::CalendarEvent;

#[test]
fn the_document_says_what_the_events_say() {
    let file = repository().join("docs/asyncapi.yaml");
    let made = document::make();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &made).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == made,
        "docs/asyncapi.yaml is not what the events say; make it again: \
         UPDATE_DOCS=1 cargo test -p daybook --test asyncapi"
    );
}

#[test]
fn every_event_is_a_message_of_every_channel() {
    let made = document::make();
    for (event_type, version) in CalendarEvent::TYPES {
        let reference = format!("$ref: '#/components/messages/{event_type}'");
        assert_eq!(made.matches(&reference).count(), 3, "{event_type}");
        assert!(made.contains(&format!("name: daybook.{event_type}.v{version}\n")), "{event_type}");
    }
    assert!(!made.contains("{{"), "a placeholder of the template is left");
}

#[test]
fn events_are_documented_by_their_own_words() {
    let words = source::words();
    for (event_type, _) in CalendarEvent::TYPES {
        assert!(words.events.contains_key(*event_type), "no documentation of {event_type} was found");
    }
    assert_eq!(words.fields["BookingRequested"]["guest_time_zone"].text, "The guest's time zone.");
    assert!(words.fields["BookingCancelled"]["reason"].is_optional);
}
