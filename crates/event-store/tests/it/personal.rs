//! Personal data is sealed in the log, and gone once its key is (E9).

use daybook_domain::calendar::event::{CalendarEvent, Guest};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Personal;
use daybook_event_store::{Codec, CodecError, History, HistoryRange, KeyError, MasterKeys, RecordedEvent, SubjectKeys};
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{World, book, booking, email, keys, new_keys, rotated_keys};

struct Keys(SubjectKeys, #[expect(dead_code, reason = "ends the tasks when dropped")] DropGuard);

impl Keys {
    /// The keys as a node that has just started sees them.
    fn fresh(pool: &PgPool, masters: MasterKeys) -> Self {
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self(SubjectKeys::start(pool.clone(), masters, token.clone(), &tasks), token.drop_guard())
    }

    fn codec(&self) -> Codec {
        Codec::new(self.0.clone())
    }
}

/// A booking of `ada`, and its request in the log.
async fn ada_books(world: &World) -> (HostId, RecordedEvent) {
    let (host, meeting_type) = world.host().await;
    world.execute(host, book(booking(), meeting_type, "ada", 0)).await;
    let range = HistoryRange { event_types: Some(&["BookingRequested"]), ..HistoryRange::default() };
    let events = History::new(world.pool()).events(host, range, 10).await.unwrap();
    (host, events.into_iter().next().unwrap())
}

async fn guest(codec: &Codec, id: Uuid, event: CalendarEvent) -> Result<Personal<Guest>, CodecError> {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whose_key_was_destroyed_reads_as_erased() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let subject = keys().guest_subject(&email("ada"));
    let subjects = world.store.codec().keys();
    assert!(subjects.erase(&subject).await.unwrap());
    assert!(!subjects.erase(&subject).await.unwrap(), "there is nothing left to erase");
    let node = Keys::fresh(&world.pool(), keys());
    for codec in [world.store.codec().clone(), node.codec()] {
        let guest = guest(&codec, event.id, event.decode().unwrap()).await.unwrap();
        assert_eq!(guest, Personal::Erased { erased: subject.clone() });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_back_after_erasure_gets_a_new_key() {
    let world = World::new().await;
    let (_, before) = ada_books(&world).await;
    let subject = keys().guest_subject(&email("ada"));
    world.store.codec().keys().erase(&subject).await.unwrap();
    let (host, meeting_type) = world.host().await;
    let mut again = world.execute(host, book(booking(), meeting_type, "ada", 1)).await;
    let (id, event) = again.events.remove(0);
    let node = Keys::fresh(&world.pool(), keys());
    assert!(guest(&node.codec(), id, event).await.unwrap().get().is_some());
    let old = guest(&node.codec(), before.id, before.decode().unwrap()).await;
    assert!(matches!(old, Err(CodecError::Damaged { .. })), "the new key opens nothing old: {old:?}");
}

/// What a crash of PostgreSQL does to a key that was not flushed yet, and what an erasure on another node does.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sealed_with_a_key_that_is_in_memory_but_no_longer_in_the_database() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    world.execute(host, book(booking(), meeting_type, "ada", 0)).await;
    sqlx::query("DELETE FROM subject_keys").execute(&world.pool()).await.unwrap();
    world.execute(host, book(booking(), meeting_type, "ada", 1)).await;
    // Gone, and there is another one by now: the person has a key, but it is not that of this node.
    sqlx::query("DELETE FROM subject_keys").execute(&world.pool()).await.unwrap();
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
async fn a_ciphertext_that_was_moved_to_another_event_or_person_does_not_open() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let codec = world.store.codec();
    let moved = guest(codec, Uuid::now_v7(), event.decode().unwrap()).await;
    assert!(matches!(moved, Err(CodecError::Damaged { field: "guest", .. })), "{moved:?}");

    let other = keys().guest_subject(&email("eve"));
    codec.keys().for_sealing(&[&other]).await.unwrap();
    let CalendarEvent::BookingRequested(mut request) = event.decode().unwrap() else { panic!("not a request") };
    let Personal::Sealed { subject, .. } = &mut request.guest else { panic!("not sealed") };
    *subject = other;
    let stolen = guest(codec, event.id, request.into()).await;
    assert!(matches!(stolen, Err(CodecError::Damaged { .. })), "{stolen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_can_be_rotated_and_the_older_one_retired() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let (pool, event) = (world.pool(), (event.id, event.decode().unwrap()));
    let reads = async |masters: MasterKeys| {
        let node = Keys::fresh(&pool, masters);
        guest(&node.codec(), event.0, event.1.clone()).await.map(|guest| guest.get().is_some())
    };

    assert!(reads(rotated_keys()).await.unwrap(), "the older key still unwraps");
    let missing = reads(new_keys()).await;
    assert!(matches!(missing, Err(CodecError::Key(KeyError::MasterKeyMissing { .. }))), "{missing:?}");

    let rotating = Keys::fresh(&pool, rotated_keys());
    let born_after = keys().guest_subject(&email("eve"));
    rotating.0.for_sealing(&[&born_after]).await.unwrap();
    assert_eq!(rotating.0.rewrap(100).await.unwrap(), 1, "only the one that was older");
    assert_eq!(rotating.0.rewrap(100).await.unwrap(), 0);
    assert!(reads(new_keys()).await.unwrap(), "the older key is no longer needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_meet_a_person_at_the_same_time_agree_on_one_key() {
    let world = World::new().await;
    let nodes: Vec<_> = (0..4).map(|_| Keys::fresh(&world.pool(), keys())).collect();
    let subjects: Vec<_> = (0..50).map(|n| keys().guest_subject(&email(&format!("guest{n}")))).collect();
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

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_tampered_with_is_told_apart_from_an_erased_one() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    sqlx::query("UPDATE subject_keys SET wrapped = wrapped || '\\x00'").execute(&world.pool()).await.unwrap();
    let node = Keys::fresh(&world.pool(), keys());
    let damaged = guest(&node.codec(), event.id, event.decode().unwrap()).await;
    assert!(matches!(damaged, Err(CodecError::Key(KeyError::Damaged { .. }))), "{damaged:?}");
}
