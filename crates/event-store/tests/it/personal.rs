//! Personal data is sealed in the log, for whoever has the keys (E9).

use daybook_domain::calendar::event::{CalendarEvent, Guest};
use daybook_domain::ids::HostId;
use daybook_domain::personal::{Personal, Subject};
use daybook_event_store::{
    Codec, CodecError, ExecuteError, History, HistoryRange, MasterKeys, RecordedEvent, SubjectKeys,
};
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::erasure::erase;
use crate::support::{World, book, book_as_guest, booking, by_host, email, keys, now, subject};

pub(crate) struct Keys(pub(crate) SubjectKeys, #[expect(dead_code, reason = "ends the tasks when dropped")] DropGuard);

impl Keys {
    /// The keys as a node that has just started sees them.
    pub(crate) fn fresh(pool: &PgPool, masters: MasterKeys) -> Self {
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self(SubjectKeys::start(pool.clone(), masters, token.clone(), &tasks), token.drop_guard())
    }

    pub(crate) fn codec(&self) -> Codec {
        Codec::new(self.0.clone())
    }
}

/// A booking of `ada`, and its request in the log.
pub(crate) async fn ada_books(world: &World) -> (HostId, RecordedEvent) {
    let (host, meeting_type) = world.host().await;
    world.execute(host, book(booking(), meeting_type, "ada", 0)).await;
    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let events = History::new(world.pool()).events(host, range, 10).await.unwrap();
    (host, events.into_iter().next().unwrap())
}

pub(crate) async fn guest(codec: &Codec, id: Uuid, event: CalendarEvent) -> Result<Personal<Guest>, CodecError> {
    let mut events = [(id, event)];
    codec.open(&mut events).await?;
    let [(_, CalendarEvent::BookingRequested(event))] = events else { panic!("not a request") };
    Ok(event.guest)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_and_its_snapshots_show_no_personal_data() {
    let world = World::new().await;
    let (host, _) = ada_books(&world).await;
    let dump: String =
        sqlx::query_scalar("SELECT string_agg(e::text, '') FROM events e").fetch_one(&world.pool()).await.unwrap();
    // A name of three letters may stand in an id or a ciphertext by chance; in quotes, or before an @, it cannot.
    let shows_ada =
        |text: &str| ["\"ada\"", "ada@", "@example"].iter().any(|sign| text.replace('\\', "").contains(sign));
    assert!(dump.contains("sealed") && !dump.contains("plain") && !shows_ada(&dump), "{dump}");
    let state = serde_json::to_string(&*world.store.calendar(host).await.unwrap()).unwrap();
    assert!(!shows_ada(&state), "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_keys_reads_what_was_sealed() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let other_node = Keys::fresh(&world.pool(), keys());
    let guest = guest(&other_node.codec(), event.id, event.decode().unwrap()).await.unwrap();
    assert_eq!(guest.get().unwrap().email, email("ada"));
}

/// A crash of PostgreSQL takes a key that was not flushed yet: the row goes behind the backs of all nodes.
async fn lose(world: &World, subject: &Subject) {
    let query = sqlx::query("DELETE FROM subject_keys WHERE subject = $1").bind(&subject.0);
    assert_eq!(query.execute(&world.database.owner_pool()).await.unwrap().rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_with_a_key_that_is_in_memory_but_no_longer_in_the_database() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    world.execute(host, book(booking(), meeting_type, "ada", 0)).await;
    lose(&world, &subject("ada")).await;
    world.execute(host, book(booking(), meeting_type, "ada", 1)).await;
    // Gone, and there is another one by now: the person has a key, but it is not that of this node.
    lose(&world, &subject("ada")).await;
    world.another_node().execute(host, book(booking(), meeting_type, "ada", 2)).await;
    world.execute(host, book(booking(), meeting_type, "ada", 3)).await;

    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let log = History::new(world.pool()).events(host, range, 10).await.unwrap();
    assert_eq!(log.len(), 4, "each was appended once");
    let fresh = Keys::fresh(&world.pool(), keys());
    for event in &log[2..] {
        let guest = guest(&fresh.codec(), event.id, event.decode().unwrap()).await.unwrap();
        assert_eq!(guest.get().unwrap().email, email("ada"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whose_key_was_lost_in_a_crash_is_found_as_before_and_can_be_erased() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let (ada, command) = book_as_guest(world.store.codec().keys(), meeting_type, "ada", 0).await.unwrap();
    lose(&world, &ada).await;
    world.execute(host, command).await;

    let (one, other) = (world.store.codec().keys(), Keys::fresh(&world.pool(), keys()));
    assert_eq!(other.0.known_guest(&email("ada")).await.unwrap(), Some(ada.clone()));
    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let log = History::new(world.pool()).events(host, range, 10).await.unwrap();
    let read = async |keys: &SubjectKeys| {
        guest(&Codec::new(keys.clone()), log[0].id, log[0].decode().unwrap()).await.unwrap().get().is_some()
    };
    assert!(read(&other.0).await);
    assert_eq!(erase(&world.pool(), one, "ada").await, Some(ada));
    assert!(!read(&Keys::fresh(&world.pool(), keys()).0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_got_another_subject_after_a_crash_is_not_booked_under_the_lost_one() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let (before, command) = book_as_guest(world.store.codec().keys(), meeting_type, "ada", 0).await.unwrap();
    lose(&world, &before).await;
    let after = world.another_node().store.codec().keys().guest(&email("ada")).await.unwrap();
    assert_ne!(before, after);
    let refused = world.store.execute(host, command, now(), by_host()).await;
    assert!(matches!(refused, Err(ExecuteError::Unavailable(_))), "{refused:?}");
    let (again, command) = book_as_guest(world.store.codec().keys(), meeting_type, "ada", 0).await.unwrap();
    assert_eq!(again, after);
    world.execute(host, command).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_was_decided_before_its_guest_was_erased_is_appended_as_about_somebody_erased() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let (ada, command) = book_as_guest(world.store.codec().keys(), meeting_type, "ada", 0).await.unwrap();
    // On another node, and this one has not heard of it: it seals with the key that it remembers, and is refused.
    sqlx::query(
        "UPDATE subject_keys SET lookup = NULL, key_id = NULL, wrapped = NULL, erased_at = now() WHERE subject = $1",
    )
    .bind(&ada.0)
    .execute(&world.pool())
    .await
    .unwrap();
    world.execute(host, command).await;
    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let log = History::new(world.pool()).events(host, range, 10).await.unwrap();
    let CalendarEvent::BookingRequested(request) = log[0].decode().unwrap() else { panic!("not a request") };
    assert_eq!(request.guest, Personal::Erased { erased: ada });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ciphertext_that_was_moved_to_another_event_or_person_does_not_open() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let codec = world.store.codec();
    let moved = guest(codec, Uuid::now_v7(), event.decode().unwrap()).await;
    assert!(matches!(moved, Err(CodecError::Damaged { field: "guest", .. })), "{moved:?}");

    let other = subject("eve");
    codec.keys().for_sealing(&[&other]).await.unwrap();
    let CalendarEvent::BookingRequested(mut request) = event.decode().unwrap() else { panic!("not a request") };
    let Personal::Sealed { subject, .. } = &mut request.guest else { panic!("not sealed") };
    *subject = other;
    let stolen = guest(codec, event.id, request.into()).await;
    assert!(matches!(stolen, Err(CodecError::Damaged { .. })), "{stolen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_meet_a_person_at_the_same_time_agree_on_one_key() {
    let world = World::new().await;
    let nodes: Vec<_> = (0..4).map(|_| Keys::fresh(&world.pool(), keys())).collect();
    let subjects: Vec<_> = (0..50).map(|n| subject(&n.to_string())).collect();
    let all: Vec<_> = subjects.iter().collect();
    let made = futures::future::join_all(nodes.iter().map(|node| node.0.for_sealing(&all))).await;
    let fresh = Keys::fresh(&world.pool(), keys());
    let stored = fresh.0.for_opening(&all).await.unwrap();
    assert_eq!(stored.len(), subjects.len());
    for made in made {
        let made = made.unwrap();
        for subject in &subjects {
            assert_eq!(made[subject], stored[subject]);
        }
    }
}
