//! The store under the stock framework of cqrs-es, and the log under the stock repository of postgres-es.

use std::collections::HashMap;

use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{AggregateContext, AggregateError, CqrsFramework, EventStore};
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, TimedCommand};
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::MeetingTypeId;
use postgres_es::PostgresEventRepository;
use uuid::Uuid;

use crate::support::{World, add_meeting_type, book, booking, cancel, host, now, open};

fn timed(command: CalendarCommand) -> TimedCommand {
    TimedCommand { command, now: now() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_framework_runs_on_the_store() {
    let world = World::new().await;
    let framework = CqrsFramework::<HostCalendar, _>::new(world.store.clone(), vec![], ());
    let (host, meeting_type, id) = (host(), MeetingTypeId(Uuid::now_v7()), booking());
    let stream = host.to_string();
    framework.execute(&stream, timed(open())).await.unwrap();
    framework.execute(&stream, timed(add_meeting_type(meeting_type))).await.unwrap();
    let metadata = HashMap::from([("actor".to_owned(), "stock".to_owned())]);
    let command = timed(book(id, meeting_type, "ada", 0));
    framework.execute_with_metadata(&stream, command, metadata).await.unwrap();
    let refused = framework.execute(&stream, timed(book(booking(), meeting_type, "bob", 0))).await;
    assert!(matches!(refused, Err(AggregateError::UserError(Refusal::SlotUnavailable(_)))), "{refused:?}");

    let events = world.store.load_events(&stream).await.unwrap();
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(events[3].metadata["actor"], "stock");
    world.execute(host, cancel(id)).await;
    assert_eq!(world.store.calendar(host).await.unwrap().version(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_framework_that_loses_a_race_is_told_so_and_wins_the_next() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let stream = host.to_string();
    let framework = CqrsFramework::<HostCalendar, _>::new(world.store.clone(), vec![], ());
    world.another_node().execute(host, book(booking(), meeting_type, "ada", 0)).await;
    let lost = framework.execute(&stream, timed(book(booking(), meeting_type, "bob", 1))).await;
    assert!(matches!(lost, Err(AggregateError::AggregateConflict)), "{lost:?}");
    framework.execute(&stream, timed(book(booking(), meeting_type, "bob", 1))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_were_applied_and_never_committed_leave_no_trace() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let mut context = world.store.load_aggregate(&host.to_string()).await.unwrap();
    for event in context.aggregate().decide(&book(booking(), meeting_type, "ada", 0), now()).unwrap() {
        context.aggregate().evolve(&event);
    }
    drop(context);
    assert_eq!(world.store.calendar(host).await.unwrap().version(), 2);
    world.execute(host, book(booking(), meeting_type, "bob", 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_postgres_es_repository_reads_the_log() {
    let world = World::new().await;
    let (host, _) = world.busy_host(5).await;
    let stream = host.to_string();
    let repository = PostgresEventRepository::new(world.pool());
    let events = repository.get_events::<HostCalendar>(&stream).await.unwrap();
    let remembered = world.store.calendar(host).await.unwrap();
    assert_eq!(events.len() as u64, remembered.version());
    assert!(events.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence));

    let stock = PersistedEventStore::<_, HostCalendar>::new_event_store(repository);
    let loaded = stock.load_aggregate(&stream).await.unwrap();
    assert_eq!(loaded.aggregate, *remembered);
    let envelopes = stock.load_events(&stream).await.unwrap();
    assert!(matches!(envelopes[0].payload, CalendarEvent::CalendarOpened(_)));
    assert_eq!(envelopes[0].metadata["actor"], "host");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_postgres_es_framework_can_even_write_to_the_log() {
    let world = World::new().await;
    let (host, stream) = {
        let host = host();
        (host, host.to_string())
    };
    let stock = PersistedEventStore::<_, HostCalendar>::new_event_store(PostgresEventRepository::new(world.pool()));
    let framework = CqrsFramework::new(stock, vec![], ());
    framework.execute(&stream, timed(open())).await.unwrap();
    let meeting_type = MeetingTypeId(Uuid::now_v7());
    world.execute(host, add_meeting_type(meeting_type)).await;
    assert_eq!(world.store.calendar(host).await.unwrap().version(), 2);
}
