//! Personal data of the real log: sealed there, readable here, and null once its owner is erased (E9).

use chrono::Duration;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::Party;
use daybook_event_store::Place;
use daybook_projections::Projection;
use daybook_projections::bookings::{Booking, Filter, list, of_invitee};
use daybook_projections::erasure::{Erased, tidy};

use crate::support::projector::Running;
use crate::support::scene::{Scene, email};
use crate::support::{hour, now, until};

fn is_erased(booking: &Booking) -> bool {
    let Booking { invitee_name, invitee_email, notes, guests, answers, cancellation_reason, .. } = booking;
    let left = [invitee_name, invitee_email, notes, cancellation_reason];
    left.iter().all(|field| field.is_none()) && guests.is_none() && answers.is_none()
}

#[tokio::test]
async fn an_erased_guest_is_null_in_what_is_shown_and_in_whatever_is_projected_later() {
    let scene = Scene::new().await;
    let (ada, grace) = (scene.book("Ada", 9).await, scene.book("Grace", 11).await);
    scene.cancel(ada, "Ill").await;
    let later = scene.book("Ada", 10).await;
    scene.project().await;
    sqlx::raw_sql("ANALYZE read_models.bookings").execute(&scene.pool).await.unwrap();
    let booking = scene.booking(ada).await;
    assert_eq!((booking.invitee_name.as_deref(), booking.cancellation_reason.as_deref()), (Some("Ada"), Some("Ill")));
    assert!(booking.answers.is_some_and(|answers| answers.len() == 1));
    assert!(scene.text("read_models").await.contains("ada@example.org"));
    let plain = "SELECT count(*) FROM events WHERE payload::text LIKE '%example.org%'";
    let plain: i64 = sqlx::query_scalar(plain).fetch_one(&scene.pool).await.unwrap();
    assert_eq!(plain, 0, "the log holds sealed data only");

    let erased = scene.erase("Ada").await.unwrap();
    assert_eq!((erased.bookings, erased.upcoming), (2, 1));
    tidy(&scene.pool, &erased.tables).await.unwrap();
    let text = scene.text("read_models").await;
    assert!(!text.contains("Ada") && !text.contains("ada@example.org") && text.contains("Grace"), "{text}");
    assert_eq!(scene.erase("Ada").await, None, "nothing is held about them");

    // A reason that is given later, and a rebuild from the first event on.
    scene.cancel(later, "Ada left").await;
    scene.project().await;
    for round in ["live", "rebuilt"] {
        let (first, second) = (scene.booking(ada).await, scene.booking(later).await);
        assert!(is_erased(&first) && is_erased(&second), "{round}: {first:?} {second:?}");
        assert_eq!((first.version, first.start_time, second.version), (2, hour(9), 2));
        assert_eq!(scene.booking(grace).await.invitee_name.as_deref(), Some("Grace"));
        scene.rebuild().await;
    }
    let found = async |q: &str| {
        let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
        list(&scene.pool, scene.host, &filter, None, 10, now() - Duration::days(1)).await.unwrap().items.len()
    };
    assert_eq!((found("ada").await, found("grace").await), (0, 1));
}

#[tokio::test]
async fn every_column_that_says_something_of_the_invitee_is_emptied() {
    let scene = Scene::new().await;
    let ada = scene.book("Ada", 9).await;
    scene.cancel(ada, "Ill").await;
    scene.project().await;
    scene.erase("Ada").await.unwrap();
    let left = "SELECT key FROM read_models.bookings b, jsonb_each(to_jsonb(b)) WHERE value <> 'null' ORDER BY key";
    let left: Vec<String> = sqlx::query_scalar(left).fetch_all(&scene.pool).await.unwrap();
    let harmless = [
        "created_at",
        "end_time",
        "host_id",
        "id",
        "invitee_subject",
        "invitee_time_zone",
        "meeting_type_id",
        "no_show",
        "session_id",
        "start_time",
        "status",
        "stream_version",
        "updated_at",
        "version",
    ];
    assert_eq!(left, harmless, "a new column is either harmless or belongs into scrub.sql");
}

#[tokio::test]
async fn the_tables_of_a_rebuild_under_way_are_emptied_too() {
    let scene = Scene::new().await;
    scene.book("Ada", 9).await;
    scene.project().await;
    let under_way = "SET ROLE daybook_app; CREATE TABLE read_models_rebuild.bookings AS TABLE read_models.bookings;
                     ANALYZE read_models_rebuild.bookings; RESET ROLE";
    sqlx::raw_sql(under_way).execute(&mut *scene.pool.acquire().await.unwrap()).await.unwrap();
    assert!(scene.text("read_models_rebuild").await.contains("ada@example.org"));
    let erased = scene.erase("Ada").await.unwrap();
    assert_eq!(erased.bookings, 1);
    tidy(&scene.pool, &erased.tables).await.unwrap();
    assert!(!scene.text("read_models_rebuild").await.contains("ada@example.org"));

    // What an older program's rebuild has left does not stand in the way.
    scene.book("Grace", 11).await;
    let older = "ALTER TABLE read_models_rebuild.bookings DROP COLUMN notes";
    sqlx::raw_sql(older).execute(&scene.pool).await.unwrap();
    let exists = "SELECT to_regclass('read_models_rebuild.bookings') IS NOT NULL";
    let is_there = async || sqlx::query_scalar::<_, bool>(exists).fetch_one(&scene.pool).await.unwrap();
    assert!(is_there().await);
    scene.erase("Grace").await.unwrap();
    assert!(!is_there().await);
    scene.rebuild().await;
}

/// A step that has written and is not committed yet, with an erasure that begins meanwhile.
async fn erase_during_a_step(scene: &Scene, after: Place) -> Option<Erased> {
    let (end, _) = scene.feed().end().await.unwrap().unwrap();
    let mut events = Vec::new();
    // Transactions of other tests hold the feed back.
    until("the feed gives all events", async || {
        events = scene.feed().after(after, 100).await.unwrap();
        events.last().is_some_and(|last| last.place == end)
    })
    .await;
    let mut step = scene.pool.begin().await.unwrap();
    sqlx::raw_sql("SET LOCAL search_path = read_models, public").execute(&mut *step).await.unwrap();
    scene.projection.project(&mut step, &events).await.unwrap();
    let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    let projecting = async {
        until("the erasure waits", async || sqlx::query_scalar(waits).fetch_one(&scene.pool).await.unwrap()).await;
        step.commit().await.unwrap();
    };
    tokio::join!(scene.erase("Ada"), projecting).0
}

#[tokio::test]
async fn an_erasure_comes_after_a_projector_that_has_opened_the_data_already() {
    let scene = Scene::new().await;
    let ada = scene.book("Ada", 9).await;
    let erased = erase_during_a_step(&scene, Place::default()).await;
    assert_eq!(erased.unwrap().bookings, 1, "what the projector wrote was found");
    assert!(is_erased(&scene.booking(ada).await));

    // The projector's node may not have heard yet; what it remembers does not count.
    sqlx::query("DELETE FROM read_models.bookings").execute(&scene.pool).await.unwrap();
    scene.project().await;
    assert!(is_erased(&scene.booking(ada).await));
}

#[tokio::test]
async fn an_erasure_comes_after_a_projector_that_writes_again_what_it_has_read() {
    let scene = Scene::new().await;
    let ada = scene.book("Ada", 9).await;
    scene.project().await;
    let (before, _) = scene.feed().end().await.unwrap().unwrap();
    // Nothing to open: the guest's name comes from the row.
    let cancel = CalendarCommand::CancelBooking { booking_id: ada, by: Party::Guest, reason: None, seen: None };
    scene.execute(cancel).await;
    assert_eq!(erase_during_a_step(&scene, before).await.unwrap().bookings, 1);
    assert!(is_erased(&scene.booking(ada).await));
}

#[tokio::test]
async fn a_guest_who_comes_back_is_somebody_new() {
    let scene = Scene::new().await;
    let before = scene.book("Ada", 9).await;
    scene.project().await;
    let erased = scene.erase("Ada").await.unwrap();
    until("the news has come", async || scene.keys().for_opening(&[&erased.subject]).await.unwrap().is_empty()).await;
    let after = scene.book("Ada", 10).await;
    scene.project().await;
    scene.rebuild().await;
    let (old, new) = (scene.booking(before).await, scene.booking(after).await);
    assert!(is_erased(&old));
    assert_eq!(new.invitee_email.as_deref(), Some("ada@example.org"));
    assert_ne!(old.invitee_subject, new.invitee_subject);
    let subject = scene.keys().known_guest(&email("Ada")).await.unwrap().unwrap();
    let theirs = of_invitee(&scene.pool, &subject, None, 10).await.unwrap().items;
    assert_eq!(theirs.iter().map(|booking| booking.id).collect::<Vec<_>>(), [after]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_projectors_and_rebuilds_go_on_nobody_comes_back() {
    let scene = Scene::new().await;
    let names: Vec<String> = (0..24).map(|n| format!("Guest{n}x")).collect();
    let mut bookings = Vec::new();
    for (day, name) in (0..).zip(&names) {
        bookings.push(scene.book(name, 9 + 24 * (day % 5) + day / 5).await);
    }
    let projecting = Running::start(&scene.pool, &scene.feed(), scene.projection.clone());
    let rebuilding = async {
        for _ in 0..4 {
            scene.rebuild().await;
        }
    };
    let erasing = async {
        for name in &names[..20] {
            scene.erase(name).await.unwrap();
        }
    };
    tokio::join!(rebuilding, erasing);
    scene.project().await;
    projecting.stop().await;
    for (n, booking) in bookings.into_iter().enumerate() {
        assert_eq!(is_erased(&scene.booking(booking).await), n < 20, "{}", names[n]);
    }
}
