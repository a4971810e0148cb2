//! Time travel and verification: what the log proves about a calendar (E7, E8).

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::explain::Cause;
use daybook_domain::ids::HostId;
use daybook_event_store::{Append, AppenderOptions, AsOf, Doubt, History, HistoryRange, RecordedEvent};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::{Appending, World, book, booking, event};

const SEED: u64 = 20_261_120;

async fn recorded(history: &History, host: HostId) -> Vec<RecordedEvent> {
    history.events(host, HistoryRange::default(), 10_000).await.unwrap()
}

/// A fresh replay of what was recorded by then, without snapshots.
fn prefix(events: &[RecordedEvent], by: DateTime<Utc>) -> HostCalendar {
    let mut calendar = HostCalendar::default();
    for event in events.iter().filter(|event| event.recorded_at <= by) {
        calendar.evolve(&event.decode().unwrap());
    }
    calendar
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_as_of_any_instant_is_a_fresh_replay_of_the_prefix() {
    const INSTANTS: i64 = 1_000;
    let world = World::new().await;
    let (host, _) = world.busy_host(120).await;
    let history = History::new(world.pool());
    let events = recorded(&history, host).await;
    let (first, last) = (events[0].recorded_at, events.last().unwrap().recorded_at);
    let span = (last - first).num_microseconds().unwrap();
    let mut random = StdRng::seed_from_u64(SEED);
    for n in 0..INSTANTS {
        // Also a moment before, and exactly when something was recorded.
        let instant = if n % 10 == 0 {
            events[random.random_range(0..events.len())].recorded_at - TimeDelta::microseconds(n % 20 / 10)
        } else {
            first + TimeDelta::microseconds(random.random_range(-1_000..span + 1_000))
        };
        let calendar = history.state_as_of(host, AsOf::Instant(instant)).await.unwrap();
        assert_eq!(calendar, prefix(&events, instant), "as of {instant}, seed {SEED}");
    }
}

async fn doubts(history: &History, host: HostId) -> (u64, Vec<(u64, String)>) {
    let mut found = Vec::new();
    let doubt = |Doubt { event, violation }: Doubt| found.push((event.version, violation.to_string()));
    let events = history.verify(host, doubt).await.unwrap();
    (events, found)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_of_a_busy_calendar_is_confirmed() {
    let world = World::new().await;
    let (host, _) = world.busy_host(200).await;
    let history = History::new(world.pool());
    let (events, found) = doubts(&history, host).await;
    assert_eq!((events, found), (recorded(&history, host).await.len() as u64, Vec::new()));
    assert_eq!(doubts(&history, crate::support::host()).await, (0, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_rules_would_not_have_caused_is_named() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let id = booking();
    world.execute(host, book(id, meeting_type, "ada", 0)).await;
    // What a program with a fault might append: a cancellation of a booking that there never was, and a zone that the calendar
    // has already.
    let calendar = world.store.calendar(host).await.unwrap();
    let zone = calendar.availability().settings.zones.home.to_string();
    let cancelled = format!(
        r#"{{"type":"BookingCancelled","booking_id":"{}","by":"guest","cancelled_at":"2027-01-01T00:00:00Z"}}"#,
        booking().0
    );
    let moved = format!(r#"{{"type":"TimeZoneChanged","time_zone":"{zone}"}}"#);
    let events = vec![event("BookingCancelled", cancelled), event("TimeZoneChanged", moved)];
    let append = Append { host, expected: calendar.version(), events, keys: Vec::new() };
    let appending = Appending::on(&world.pool(), AppenderOptions::default());
    appending.appender.append(append).await.unwrap();

    let history = History::new(world.pool());
    let (events, found) = doubts(&history, host).await;
    assert_eq!(events, calendar.version() + 2);
    let named: Vec<u64> = found.iter().map(|(version, _)| *version).collect();
    assert_eq!(named, [calendar.version() + 1, calendar.version() + 2], "{found:?}");
    assert!(found[0].1.contains("there is no such booking"), "{found:?}");
    assert!(found[1].1.contains("would have caused no such event"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cause_leads_to_the_last_event_that_brought_it_about() {
    let world = World::new().await;
    let (host, meeting_type) = world.busy_host(30).await;
    let history = History::new(world.pool());
    let all = recorded(&history, host).await;
    let moved = all.iter().rfind(|event| event.event_type == "BookingRescheduled").unwrap();
    let CalendarEvent::BookingRescheduled(e) = moved.decode().unwrap() else { panic!("it is one") };
    let causes =
        [Cause::MeetingType(meeting_type), Cause::Clock, Cause::Booking(e.booking_id), Cause::Booking(booking())];
    let versions = async |version: u64| {
        let found = history.events_behind(host, version, &causes).await.unwrap();
        found.into_iter().map(|event| event.map(|event| event.version)).collect::<Vec<_>>()
    };
    let newest = all.last().unwrap().version;
    assert_eq!(versions(newest).await, [Some(2), None, Some(moved.version), None]);
    let asked = all.iter().find(|event| {
        event.event_type == "BookingRequested" && event.decode().unwrap().booking_id() == Some(e.booking_id)
    });
    assert_eq!(versions(moved.version - 1).await[2], asked.map(|event| event.version));
}
