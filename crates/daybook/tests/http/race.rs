//! The race: many guests want overlapping times of one host, at once, over two nodes (B6, E2).

use futures::future::join_all;
use serde_json::{Value, json};

use crate::availability::assert_nearest;
use crate::shared;
use crate::support::people::{Host, booking};
use crate::support::times::{at, later, tuesday};
use crate::support::{report, until};

/// Guests in all, of whom so many ask for times that all overlap one another.
const GUESTS: usize = 48;
const GROUP: usize = 12;
/// Each round on a day of its own.
const ROUNDS: u64 = 3;

#[tokio::test]
async fn of_overlapping_times_exactly_one_is_booked_and_everybody_else_is_told_what_is_left() {
    let shared = shared().await;
    let nodes = [shared.one.http(), shared.other.http()];
    let host = Host::register(&nodes[0]).await;
    let long = host.offer_with(&json!({"duration_minutes": 60, "slot_interval_minutes": 15})).await;
    let short = host.offer_with(&json!({"duration_minutes": 30, "slot_interval_minutes": 15})).await;
    // All five contain the quarter of an hour from 45 to 60 minutes after the group's hour; the next group is two hours on.
    let shapes = [(&long, 0, 0), (&long, 0, 15), (&long, 0, 30), (&short, 0, 30), (&short, 0, 45)];
    let (mut won, mut lost) = (0_i64, 0);
    for round in 0..ROUNDS {
        let day = later(tuesday(), 7 * round);
        let calls = (0..GUESTS).map(|guest| {
            let (group, (offer, hours, minutes)) = (guest / GROUP, shapes[guest % GROUP % shapes.len()]);
            let start = at(day, &format!("{:02}:{minutes:02}", 9 + 2 * group + hours));
            let call = nodes[guest % 2].post("/api/bookings", &booking(&offer.id, &start));
            async move { (start, call.await) }
        });
        let replies = join_all(calls).await;
        for (group, replies) in replies.chunks(GROUP).enumerate() {
            let (winners, losers): (Vec<_>, Vec<_>) = replies.iter().partition(|(_, reply)| reply.status == 201);
            let statuses: Vec<u16> = replies.iter().map(|(_, reply)| reply.status).collect();
            assert_eq!(winners.len(), 1, "group {group} of round {round}: {statuses:?}");
            won += 1;
            for (start, reply) in losers {
                let problem = reply.problem(409, "SLOT_UNAVAILABLE");
                // Every other day of the week is free.
                assert_nearest(&problem["details"]["alternative_slots"], start);
                lost += 1;
            }
        }
    }

    let database = shared.deployment.log();
    assert_eq!(database.events_of(&host.id, "BookingRequested").await, won);
    let bookings: Vec<Value> = async {
        let path = "/api/bookings?limit=100&status=confirmed";
        let of =
            async |node: usize| host.at(&nodes[node]).http.get(path).await.ok()["items"].as_array().unwrap().clone();
        until("the read model has them all", async || i64::try_from(of(0).await.len()).unwrap() == won).await;
        assert_eq!(of(0).await, of(1).await);
        of(0).await
    }
    .await;
    assert_eq!(database.overlaps().await, (0, 0));
    let reserved: Vec<(String, String)> = sqlx::query_as(
        "SELECT booking_id::text, to_char(lower(during) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
         FROM reservations WHERE host_id = $1::uuid ORDER BY lower(during)",
    )
    .bind(&host.id)
    .fetch_all(&database.0)
    .await
    .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown: Vec<_> = bookings.iter().map(|booking| (text(&booking["id"]), text(&booking["start_time"]))).collect();
    assert_eq!(shown, reserved, "the read model agrees with the log");
    let prevented = [shared.one.metric(PREVENTED).await, shared.other.metric(PREVENTED).await];
    let line = format!(
        "race: {ROUNDS} rounds of {GUESTS} guests over 2 nodes: {won} booked, {lost} refused with alternatives, 0 overlaps; constraint layer {prevented:?}"
    );
    report(&line);
}

const PREVENTED: &str = "daybook_double_booking_prevented_total{layer=\"constraint\"}";
