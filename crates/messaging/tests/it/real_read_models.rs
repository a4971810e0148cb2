//! The read models that Daybook has, run by the runner: from a command to what the next guest sees.

use daybook_projections::{
    Projection, ProjectionPartition,
    availability::{self, AvailabilityProjection},
    bookings::{self, BookingsProjection},
    rebuild::rebuild,
    status,
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    engine::{EMAIL, Engine, GUEST, now},
    nodes::start_runner,
    scene::Scene,
    until,
};

/// Every booking is to be seen, with its guest, and holds its time.
async fn assert_shown(scene: &Scene, engine: &Engine, booked: &[daybook_domain::ids::BookingId]) {
    let pool = &scene.log.pool;
    for booking in booked {
        let what = format!("booking {booking} is shown");
        until(&what, async || bookings::by_id(pool, *booking).await.unwrap().is_some()).await;
        let shown = bookings::by_id(pool, *booking).await.unwrap().unwrap();
        assert_eq!((shown.host_id, shown.invitee_name.as_deref()), (engine.host, Some(GUEST)));
        assert_eq!(shown.invitee_email.as_deref(), Some(EMAIL));
    }
    let version = engine.store.calendar(engine.host).await.unwrap().version();
    until("the availability is level with the calendar", async || {
        availability::load(pool, engine.host, now()).await.unwrap().is_some_and(|(shown, _)| shown == version)
    })
    .await;
    let (_, shown) = availability::load(pool, engine.host, now()).await.unwrap().unwrap();
    assert_eq!(shown.reservations.len(), booked.len());
}

async fn rebuild_while_it_runs<P: Projection>(scene: &Scene, projection: &P) {
    rebuild(&scene.log.pool, &scene.log.feed(), projection, &CancellationToken::new(), |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bookings_are_shown_through_restarts_rebuilds_and_a_lost_stream() {
    let mut scene = Scene::set().await;
    let engine = Engine::start(&scene.log).await;
    let bookings_projection = BookingsProjection::new(engine.store.codec().clone());
    let relay = scene.relay().await;
    let availability = start_runner(&scene.log, &scene.nats, AvailabilityProjection).await;
    let bookings = start_runner(&scene.log, &scene.nats, bookings_projection.clone()).await;
    let mut booked = vec![engine.book().await];
    assert_shown(&scene, &engine, &booked).await;

    rebuild_while_it_runs(&scene, &AvailabilityProjection).await;
    rebuild_while_it_runs(&scene, &bookings_projection).await;
    booked.push(engine.book().await);
    assert_shown(&scene, &engine, &booked).await;

    scene.nats.wipe_store().await.unwrap();
    booked.push(engine.book().await);
    scene.nats.restart().await.unwrap();
    booked.push(engine.book().await);
    assert_shown(&scene, &engine, &booked).await;

    bookings.stop().await;
    booked.push(engine.book().await);
    let bookings = start_runner(&scene.log, &scene.nats, bookings_projection).await;
    assert_shown(&scene, &engine, &booked).await;

    let partition = usize::from(ProjectionPartition::of(engine.host).number());
    until("nothing is behind", async || {
        let status = status::of(&scene.log.pool, &scene.log.feed(), AvailabilityProjection::NAME).await.unwrap();
        status[partition].behind.is_none()
    })
    .await;
    assert_eq!(availability.metrics.failures(AvailabilityProjection::NAME), 0);
    assert_eq!(bookings.metrics.failures(BookingsProjection::NAME), 0);
    availability.stop().await;
    bookings.stop().await;
    relay.stop().await;
}
