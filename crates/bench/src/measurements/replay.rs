//! Rebuilding a calendar from the events of its stream: against parsing the same bytes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use daybook_domain::calendar::HostCalendar;
use daybook_event_store::{History, HistoryRange, RecordedEvent};
use serde_json::Value;

use crate::cpu::Meter;
use crate::deployment::Deployment;
use crate::report::{Goal, Report};
use crate::rounds::compare;
use crate::turn::{Recorder, Turn};
use crate::world::Calendars;

/// Bookings in the stream; two events each.
const BOOKINGS: u64 = 1_000;

/// Measures events per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let store = deployment.store().await?;
    Calendars::new(1).open(&store.calendars, BOOKINGS).await?;
    let history = History::new(store.pool.clone());
    let events = history.events(Calendars::host(0), HistoryRange::default(), u32::MAX).await?;
    store.stop().await;
    deployment.stop().await?;
    ensure!(events.len() as u64 > 2 * BOOKINGS, "the stream has only {} events", events.len());
    let bytes: usize = events.iter().map(|event| event.payload.get().len()).sum();

    let meter = Meter::own("program");
    let replay = |events: &[RecordedEvent]| {
        let mut calendar = HostCalendar::default();
        for event in events {
            calendar.evolve(&event.decode()?);
        }
        ensure!(calendar.version() == events.len() as u64, "an event was not followed");
        black_box(calendar);
        Ok(())
    };
    let parse = |events: &[RecordedEvent]| {
        for event in events {
            black_box(serde_json::from_str::<Value>(event.payload.get())?);
        }
        Ok(())
    };
    let compared = compare(
        whole,
        &meter,
        async |turn| again_and_again(&events, turn, replay),
        async |turn| again_and_again(&events, turn, parse),
    )
    .await?;
    let report = Report::rates("replay", "events/s", "serde_json", compared);
    let ratio = report.ratio.unwrap_or_default();
    Ok(report
        .goal(Goal::at_least("× parsing by serde_json", ratio, 0.5))
        .note(format!("a stream of {} events, {bytes} bytes; latencies are those of the whole stream", events.len()))
        .note("the baseline parses the same payloads to serde_json::Value and does nothing with them"))
}

/// Works through the stream until the turn is over. A turn's operations are events, its latencies those of whole streams.
fn again_and_again(
    events: &[RecordedEvent],
    turn: Duration,
    mut work: impl FnMut(&[RecordedEvent]) -> Result<()>,
) -> Result<Turn> {
    let begun = Instant::now();
    let mut recorder = Recorder::new(begun);
    while begun.elapsed() < turn {
        let sent = Instant::now();
        work(events)?;
        recorder.record(sent);
    }
    let turn = recorder.end();
    let streams = turn.operations;
    let completed = turn.completed.iter().map(|streams| streams * events.len() as u64).collect();
    Ok(Turn { operations: streams * events.len() as u64, completed, ..turn })
}
