//! Personal data is sealed in the log, for whoever has the keys (E9).

use daybook_domain::calendar::event::{CalendarEvent, Guest};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Personal;
use daybook_event_store::{Codec, CodecError, History, HistoryRange, MasterKeys, RecordedEvent, SubjectKeys};
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::support::{World, book, booking, email, keys, subject};

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
    let range = HistoryRange { event_type: Some("BookingRequested"), ..HistoryRange::default() };
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
