//! Round-robin meetings: whose turn it is, exactly (B2).

use std::collections::BTreeMap;

use chrono::Days;
use futures::{StreamExt, stream};
use serde_json::{Value, json};

use crate::shared;
use crate::support::people::{Host, booking};
use crate::support::report;
use crate::support::times::{at, tuesday};
use crate::teams::{Team, hosts};

fn host_of(answer: &Value) -> String {
    answer["booking"]["host_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_time_is_offered_while_anybody_is_free_and_goes_to_whoever_is() {
    let people = hosts(&shared().await.one.http(), 2).await;
    let team = Team::of(&people).await;
    let offer = team.offer("round_robin", &json!({})).await;
    let nine = at(tuesday(), "09:00");
    let (first, second) = (offer.book(&nine).await, offer.book(&nine).await);
    assert_ne!(host_of(&first.answer), host_of(&second.answer));
    for booked in [&first, &second] {
        let booking = &booked.answer["booking"];
        assert_eq!((&booking["team_id"], &booking["hosts"]), (&json!(team.id), &json!([])));
    }
    offer.request(&nine).await.problem(409, "SLOT_UNAVAILABLE");
    assert!(!offer.offers(&nine).await);
    // It moves within the calendar of its host, and frees that host's time when it is called off.
    let moved = first.reschedule(&at(tuesday(), "10:00")).await.ok();
    assert_eq!(moved["host_id"], first.answer["booking"]["host_id"]);
    assert!(offer.offers(&nine).await);
    second.cancel().await.ok();
    assert_eq!(host_of(&offer.book(&nine).await.answer), host_of(&second.answer), "who has none is due");
}

#[tokio::test]
async fn priority_prefers_and_availability_takes_turns() {
    let people = hosts(&shared().await.one.http(), 3).await;
    let members: Vec<Value> = people
        .iter()
        .zip([0, 5, 5])
        .map(|(host, priority)| json!({"user_id": host.id, "priority": priority}))
        .collect();
    let team = Team::with(&people[0], &json!(members)).await;
    let times = ["09:00", "10:00", "11:00", "12:00"];
    let turns = async |strategy: &str| {
        let offer = team.offer("round_robin", &json!({"strategy": strategy, "duration_minutes": 15})).await;
        let mut turns = Vec::new();
        for time in times {
            let id = host_of(&offer.book(&at(tuesday(), time)).await.answer);
            turns.push(people.iter().position(|host| host.id == id).unwrap());
        }
        turns
    };
    assert_eq!(turns("priority").await, [1, 2, 1, 2]);
    // At each of these times one of the three is taken by the bookings above.
    assert_eq!(turns("maximize_availability").await, [0, 1, 2, 0]);
}

#[tokio::test]
async fn shares_come_out_within_one_of_the_ideal() {
    const BOOKINGS: u16 = 1_000;
    const WEIGHTS: [u32; 5] = [3, 2, 2, 1, 1];
    let shared = shared().await;
    let nodes = [shared.one.http(), shared.other.http()];
    let people = hosts(&nodes[0], WEIGHTS.len()).await;
    for host in &people {
        let always: Vec<Value> =
            (0..7).map(|day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"})).collect();
        host.http.put("/api/availability/rules", &json!({"rules": always})).await.ok();
    }
    let members: Vec<Value> =
        people.iter().zip(WEIGHTS).map(|(host, weight)| json!({"user_id": host.id, "weight": weight})).collect();
    let team = Team::with(&people[0], &json!(members)).await;
    let terms = json!({"strategy": "equal_distribution", "duration_minutes": 5, "slot_interval_minutes": 5});
    let offer = team.offer("round_robin", &terms).await;
    let begun = std::time::Instant::now();
    // Everybody is free at each of the times: it is the distribution that is asked about, with many asking at once.
    let replies = stream::iter(0..BOOKINGS)
        .map(|n| {
            let (day, slot) = (tuesday() + Days::new(u64::from(n) / 288), n % 288);
            let start = at(day, &format!("{:02}:{:02}", slot / 12, slot % 12 * 5));
            nodes[usize::from(n) % 2].post("/api/bookings", &booking(&offer.id, &start)).into_future()
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
    let took = begun.elapsed();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for reply in &replies {
        *counts.entry(host_of(&reply.created())).or_default() += 1;
    }
    let of = |host: &Host| counts.get(&host.id).copied().unwrap_or_default();
    let total: u32 = WEIGHTS.iter().sum();
    for (host, weight) in people.iter().zip(WEIGHTS) {
        let ideal = f64::from(BOOKINGS) * f64::from(weight) / f64::from(total);
        assert!((f64::from(of(host)) - ideal).abs() <= 1.0, "{} of {ideal}: {counts:?}", of(host));
    }
    let shown = people[1].http.get(&format!("{}/fairness", team.path())).await.ok();
    let standing = shown["items"][0]["members"].as_array().unwrap();
    for (share, host) in standing.iter().zip(&people) {
        assert_eq!((&share["user_id"], &share["assigned"]), (&json!(host.id), &json!(of(host))));
        let gap = share["ideal"].as_f64().unwrap() - f64::from(of(host));
        assert!(gap.abs() <= 1.0 && share["last_assigned"].is_string(), "{share}");
    }
    let outcome: Vec<u32> = people.iter().map(of).collect();
    let rate = f64::from(BOOKINGS) / took.as_secs_f64();
    report(&format!(
        "round robin: {BOOKINGS} bookings over weights 3:2:2:1:1 on 2 nodes came out {outcome:?}, {rate:.0} bookings/s"
    ));
}
