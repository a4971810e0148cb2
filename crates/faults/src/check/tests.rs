//! The checker finds what it is there to find.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{Verdict, history, history_and_log};
use crate::faults::{Hit, Part};
use crate::history::{Ask, Done, Fault, Invoke, Offered, Record, Refused, Round, Settled, Shown, Told, Unknown, What};
use crate::truth::Event;

const HOST: &str = "hanna";
const OTHER: &str = "otto";
/// Offered by Hanna alone, and by both together.
const TALK: &str = "talk";
const PANEL: &str = "panel";

/// A history that is told step by step; each answer comes a second after its request.
#[derive(Default)]
struct Story {
    records: Vec<Record>,
    events: Vec<Event>,
    ops: u64,
}

fn nine() -> DateTime<Utc> {
    "2030-01-01T09:00:00Z".parse().unwrap()
}

fn ten() -> DateTime<Utc> {
    nine() + TimeDelta::hours(1)
}

fn booking(id: &str, offer: &str, start: DateTime<Utc>) -> Told {
    let hosts: &[&str] = if offer == TALK { &[HOST] } else { &[HOST, OTHER] };
    Told {
        id: id.to_owned(),
        offer: offer.to_owned(),
        hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
        start,
        end: start + TimeDelta::minutes(60),
        cancelled: false,
        version: 1,
    }
}

fn book(told: &Told) -> Ask {
    Ask::Book { offer: told.offer.clone(), start: told.start }
}

impl Story {
    fn new() -> Self {
        let mut story = Self::default();
        for (id, hosts) in [(TALK, vec![HOST]), (PANEL, vec![HOST, OTHER])] {
            let (takes, hosts) = (hosts.len(), hosts.into_iter().map(str::to_owned).collect());
            story.tell(What::Offered(Offered { id: id.to_owned(), hosts, takes, minutes: 60, capacity: 1 }));
        }
        story
    }

    fn tell(&mut self, what: What) {
        let at = (self.records.len() as u64) * 1_000_000;
        self.records.push(Record { at, what });
    }

    fn ask(&mut self, ask: Ask) -> u64 {
        self.ops += 1;
        let op = self.ops;
        self.tell(What::Invoke(Invoke { op, attempt: 0, client: 0, node: 0, ask }));
        op
    }

    fn done(&mut self, op: u64, told: &Told) {
        self.tell(What::Ok(Done { op, attempt: 0, booking: told.clone(), replayed: false }));
    }

    /// A guest books; the log has it, too.
    fn book(&mut self, told: &Told) {
        let op = self.ask(book(told));
        self.done(op, told);
        self.log_booking(told);
    }

    fn log_booking(&mut self, told: &Told) {
        for host in &told.hosts {
            let hosts = (told.hosts.len() > 1).then_some(&told.hosts);
            self.log(host, "BookingRequested", json!({
                "booking_id": told.id, "meeting_type_id": told.offer, "start": told.start, "end": told.end, "hosts": hosts,
            }));
        }
    }

    fn log(&mut self, host: &str, kind: &str, payload: serde_json::Value) {
        let version = 1
            + (0..)
                .zip(self.events.iter().filter(|event| event.host == host))
                .map(|(n, _): (i64, _)| n + 1)
                .max()
                .unwrap_or_default();
        let transaction = self.records.len();
        let place = format!("{transaction}-{}", self.events.len());
        self.events.push(Event {
            id: Uuid::new_v4(),
            place,
            host: host.to_owned(),
            version,
            kind: kind.to_owned(),
            payload,
        });
    }

    fn verdict(&self) -> Verdict {
        history_and_log(&self.records, &self.events).unwrap()
    }

    #[track_caller]
    fn assert_wrong(&self, what: &str) {
        let complaints = self.verdict().complaints;
        assert!(complaints.iter().any(|complaint| complaint.contains(what)), "no word of {what:?}: {complaints:#?}");
    }
}

#[test]
fn an_honest_history_is_believed() {
    let mut story = Story::new();
    let (talk, panel) = (booking("a", TALK, nine()), booking("b", PANEL, ten()));
    story.book(&talk);
    story.book(&panel);
    let refused = story.ask(Ask::Book { offer: TALK.to_owned(), start: ten() });
    story.tell(What::Refused(Refused { op: refused, attempt: 0, code: "SLOT_UNAVAILABLE".to_owned() }));
    let cancelled = Told { cancelled: true, version: 2, ..talk.clone() };
    let op = story.ask(Ask::Cancel { booking: "a".to_owned() });
    story.done(op, &cancelled);
    story.log(HOST, "BookingCancelled", json!({"booking_id": "a"}));
    story.tell(What::Shown(Shown { node: 0, host: HOST.to_owned(), since: 0, bookings: vec![talk, panel, cancelled] }));
    let verdict = story.verdict();
    assert_eq!(verdict.complaints, Vec::<String>::new());
    let figures = verdict.figures;
    assert_eq!((figures.operations, figures.calendars, figures.steps), (4, 2, 5));
    assert_eq!(figures.explained_by_the_log, 2);
    assert_eq!(history(&story.records).unwrap().complaints, Vec::<String>::new(), "without the log, too");
    assert_eq!((figures.bookings, figures.shown, figures.events), (2, 3, 4));
}

#[test]
fn a_booking_that_was_acknowledged_and_is_not_in_the_log_is_lost() {
    let mut story = Story::new();
    story.book(&booking("a", TALK, nine()));
    story.events.clear();
    story.assert_wrong("lost");
}

#[test]
fn a_booking_of_which_nobody_was_told_is_one_too_many() {
    let mut story = Story::new();
    story.log_booking(&booking("a", TALK, nine()));
    story.assert_wrong("nobody was told of");
}

#[test]
fn a_double_booking_is_found_in_the_history_and_in_the_log() {
    let mut story = Story::new();
    story.book(&booking("a", TALK, nine()));
    story.book(&booking("b", TALK, nine()));
    story.assert_wrong("no order explains");
    story.assert_wrong("booked twice");
}

#[test]
fn a_double_booking_by_way_of_a_team_is_found() {
    let mut story = Story::new();
    story.book(&booking("a", PANEL, nine()));
    story.book(&booking("b", TALK, nine()));
    story.assert_wrong(&format!("calendar {HOST}: no order explains"));
}

#[test]
fn two_changes_of_one_version_are_found() {
    let mut story = Story::new();
    let first = booking("a", TALK, nine());
    story.book(&first);
    for start in [ten(), ten() + TimeDelta::hours(1)] {
        let op = story.ask(Ask::Move { booking: "a".to_owned(), start });
        story.done(op, &Told { start, end: start + TimeDelta::hours(1), version: 2, ..first.clone() });
    }
    story.assert_wrong("both made");
}

#[test]
fn a_write_that_overlooks_another_is_found_though_both_have_their_versions() {
    // The second move was asked for after the first was answered, and yet it comes before it.
    let mut story = Story::new();
    let first = booking("a", TALK, nine());
    story.book(&first);
    for (start, version) in [(ten(), 3), (ten() + TimeDelta::hours(1), 2)] {
        let op = story.ask(Ask::Move { booking: "a".to_owned(), start });
        story.done(op, &Told { start, end: start + TimeDelta::hours(1), version, ..first.clone() });
    }
    story.assert_wrong("no order explains");
}

#[test]
fn a_request_that_takes_effect_twice_is_found() {
    let mut story = Story::new();
    let (first, second) = (booking("a", TALK, nine()), booking("b", TALK, nine()));
    story.book(&first);
    let op = story.ops;
    story.tell(What::Invoke(Invoke { op, attempt: 1, client: 0, node: 1, ask: book(&first) }));
    story.tell(What::Ok(Done { op, attempt: 1, booking: second, replayed: true }));
    story.assert_wrong("was done twice");
}

#[test]
fn an_event_that_stands_twice_or_out_of_order_is_found() {
    let told = booking("a", TALK, nine());
    let mut story = Story::new();
    story.book(&told);
    story.log_booking(&told);
    story.assert_wrong("asked for twice");
    let mut story = Story::new();
    story.book(&told);
    story.events[0].version = 2;
    story.assert_wrong("not the next version");
}

#[test]
fn a_collective_meeting_in_half_of_its_calendars_is_found() {
    let mut story = Story::new();
    story.book(&booking("a", PANEL, nine()));
    story.events.pop();
    story.assert_wrong("half-booked");
}

#[test]
fn a_refusal_although_nobody_was_in_the_way_is_found() {
    let mut story = Story::new();
    let op = story.ask(Ask::Book { offer: TALK.to_owned(), start: nine() });
    story.tell(What::Refused(Refused { op, attempt: 0, code: "SLOT_UNAVAILABLE".to_owned() }));
    story.assert_wrong("no order explains");
}

#[test]
fn what_is_in_doubt_may_have_happened_until_it_is_settled() {
    let told = booking("a", TALK, nine());
    let mut story = Story::new();
    let op = story.ask(book(&told));
    story.tell(What::Unknown(Unknown { op, attempt: 0, never_arrived: false, why: "the connection broke".to_owned() }));
    story.log_booking(&told);
    assert_eq!(story.verdict().complaints, Vec::<String>::new());
    story.tell(What::Settled(Settled { op }));
    story.assert_wrong("nobody was told of");
}

#[test]
fn a_host_who_is_shown_what_nobody_made_complains() {
    let mut story = Story::new();
    let told = booking("a", TALK, nine());
    story.book(&told);
    let elsewhere = Told { start: ten(), ..told };
    story.tell(What::Shown(Shown { node: 0, host: HOST.to_owned(), since: 0, bookings: vec![elsewhere] }));
    story.assert_wrong("was shown");
}

#[test]
fn a_request_that_hangs_is_found_unless_its_node_stood_still() {
    let hang = |part| {
        let mut story = Story::new();
        let told = booking("a", TALK, nine());
        let op = story.ask(book(&told));
        story.tell(What::Fault(Fault { round: 0, hits: vec![Hit::Stop(part)] }));
        story.tell(What::Healed(Round { round: 0 }));
        story.done(op, &told);
        for record in &mut story.records[3..] {
            record.at += 30_000_000;
        }
        history(&story.records).unwrap().complaints
    };
    assert!(hang(Part::Nats).iter().any(|complaint| complaint.contains("waited 33.0 s")), "{:?}", hang(Part::Nats));
    assert_eq!(hang(Part::Node(0)), Vec::<String>::new());
}
