//! A person whose key was destroyed is gone from the log for good, on every node and whatever comes later (E9).

use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::{CalendarEvent, Party};
use daybook_domain::personal::{Personal, Subject};
use daybook_domain::text::Description;
use daybook_event_store::{ErasureNews, History, HistoryRange, SubjectKeys};
use sqlx::PgPool;

use crate::personal::{Keys, ada_books, guest};
use crate::support::{World, book, booking, email, keys, subject, until};

/// Erases the guest with this address, as whoever owns read models does.
pub(crate) async fn erase(pool: &PgPool, keys: &SubjectKeys, who: &str) -> Option<Subject> {
    let mut transaction = pool.begin().await.unwrap();
    keys.hold_off_keepers(&mut transaction).await.unwrap();
    let erased = keys.erase_guest(&mut transaction, &email(who)).await.unwrap();
    transaction.commit().await.unwrap();
    erased
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whose_key_was_destroyed_reads_as_erased() {
    let world = World::new().await;
    let (_, event) = ada_books(&world).await;
    let subjects = world.store.codec().keys();
    assert!(subjects.erase(&subject("ada")).await.unwrap());
    assert!(!subjects.erase(&subject("ada")).await.unwrap(), "there is nothing left to erase");
    let node = Keys::fresh(&world.pool(), keys());
    for codec in [world.store.codec().clone(), node.codec()] {
        let guest = guest(&codec, event.id, event.decode().unwrap()).await.unwrap();
        assert_eq!(guest, Personal::Erased { erased: subject("ada") });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_one_subject_whatever_the_case_of_their_address_and_on_every_node() {
    let world = World::new().await;
    let (one, other) = (world.store.codec().keys(), Keys::fresh(&world.pool(), keys()));
    let ada = one.guest(&email("Ada")).await.unwrap();
    assert_eq!(other.0.guest(&email("ada")).await.unwrap(), ada);
    assert_eq!(one.guest(&email("ADA")).await.unwrap(), ada);
    assert_ne!(one.guest(&email("eve")).await.unwrap(), ada);
    assert_eq!(ada.0.len(), "guest:".len() + 32);
    assert_eq!(other.0.known_guest(&email("ada")).await.unwrap(), Some(ada));
    assert_eq!(other.0.known_guest(&email("nobody")).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_meet_a_guest_at_the_same_time_agree_on_one_subject() {
    let world = World::new().await;
    let nodes: Vec<_> = (0..4).map(|_| Keys::fresh(&world.pool(), keys())).collect();
    let emails: Vec<_> = (0..40).map(|n| email(&format!("guest{n}"))).collect();
    let asked = nodes.iter().flat_map(|node| emails.iter().map(|email| node.0.guest(email)));
    let subjects = futures::future::try_join_all(asked).await.unwrap();
    for others in subjects.chunks(emails.len()).skip(1) {
        assert_eq!(others, &subjects[..emails.len()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_forgets_an_erased_person_at_once() {
    let world = World::new().await;
    let other = Keys::fresh(&world.pool(), keys());
    let mut news = other.0.erasures();
    // The first thing a node hears is that it may have missed something, once it listens.
    assert_eq!(news.recv().await.unwrap(), ErasureNews::Missed);
    let ada = other.0.guest(&email("ada")).await.unwrap();
    assert_eq!(other.0.for_opening(&[&ada]).await.unwrap().len(), 1);
    assert_eq!(erase(&world.pool(), world.store.codec().keys(), "ada").await, Some(ada.clone()));
    until("the news has come", async || other.0.for_opening(&[&ada]).await.unwrap().is_empty()).await;
    assert_eq!(news.recv().await.unwrap(), ErasureNews::Erased(ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_comes_back_after_erasure_is_somebody_new() {
    let world = World::new().await;
    let subjects = world.store.codec().keys();
    let before = subjects.guest(&email("ada")).await.unwrap();
    assert_eq!(erase(&world.pool(), subjects, "ada").await, Some(before.clone()));
    subjects.forget(&before);
    assert_eq!(erase(&world.pool(), subjects, "ada").await, None, "nothing is held about them");
    let after = subjects.guest(&email("ada")).await.unwrap();
    assert_ne!(before, after);
    assert_eq!(subjects.for_sealing(&[&before, &after]).await.unwrap().into_keys().collect::<Vec<_>>(), [after]);
    let left: (bool, bool, bool) =
        sqlx::query_as("SELECT wrapped IS NULL, key_id IS NULL, lookup IS NULL FROM subject_keys WHERE subject = $1")
            .bind(&before.0)
            .fetch_one(&world.pool())
            .await
            .unwrap();
    assert_eq!(left, (true, true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_about_an_erased_person_later_is_not_kept_and_breaks_no_replay() {
    let world = World::new().await;
    let (host, meeting_type) = world.host().await;
    let (id, codec) = (booking(), world.store.codec());
    world.execute(host, book(id, meeting_type, "ada", 0)).await;
    codec.keys().erase(&subject("ada")).await.unwrap();
    let reason = Some(Description::parse("Ada is unwell").unwrap());
    world.execute(host, CalendarCommand::CancelBooking { booking_id: id, by: Party::Host, reason, seen: None }).await;
    let events = History::new(world.pool()).events(host, HistoryRange::default(), 10).await.unwrap();
    let mut read: Vec<_> = events.iter().map(|event| (event.id, event.decode().unwrap())).collect();
    codec.open(&mut read).await.unwrap();
    let erased = Some(Personal::Erased { erased: subject("ada") });
    assert!(matches!(&read[2].1, CalendarEvent::BookingRequested(e) if e.guest.get().is_none()));
    assert!(matches!(&read.last().unwrap().1, CalendarEvent::BookingCancelled(e) if e.reason == erased));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_subject_never_gets_a_key_again() {
    let world = World::new().await;
    world.store.codec().keys().for_sealing(&[&subject("ada")]).await.unwrap();
    world.store.codec().keys().erase(&subject("ada")).await.unwrap();
    for sql in [
        "UPDATE subject_keys SET key_id = 'old', wrapped = '', erased_at = NULL",
        "UPDATE subject_keys SET lookup = sha256('x')",
        "DELETE FROM subject_keys",
    ] {
        assert!(sqlx::query(sql).execute(&world.pool()).await.is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_whoever_writes_down_what_they_have_read() {
    let world = World::new().await;
    let (pool, subjects) = (world.pool(), world.store.codec().keys());
    let ada = subjects.guest(&email("ada")).await.unwrap();
    let mut keeper = pool.begin().await.unwrap();
    assert_eq!(subjects.for_keeping(&mut keeper, &[&ada]).await.unwrap().len(), 1);
    let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    let erasing = erase(&pool, subjects, "ada");
    let keeping = async {
        until("the erasure waits", async || sqlx::query_scalar(waits).fetch_one(&pool).await.unwrap()).await;
        keeper.commit().await.unwrap();
    };
    let (erased, ()) = tokio::join!(erasing, keeping);
    assert_eq!(erased, Some(ada.clone()));
    // Nothing was forgotten here yet, and a keeper finds no key all the same.
    let mut keeper = pool.begin().await.unwrap();
    assert!(subjects.for_keeping(&mut keeper, &[&ada]).await.unwrap().is_empty());
}
