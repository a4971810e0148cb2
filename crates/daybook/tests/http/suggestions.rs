//! The best times, and times that several hosts have in common (V10).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::shared;
use crate::support::people::Host;
use crate::support::times::{at, tuesday};
use crate::teams::{Team, hosts};

#[tokio::test]
async fn every_point_of_a_suggestion_is_accounted_for() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    offer.book(&at(tuesday(), "12:00")).await;
    let day = tuesday();
    let path = format!(
        "/api/availability/suggestions?meeting_type_id={}&start_date={day}&end_date={day}&timezone=UTC",
        offer.id
    );
    let answer = http.get(&format!("{path}&limit=20")).await.ok();
    let suggestions = answer["suggestions"].as_array().unwrap();
    let offered = offer.slots(day).await;
    assert_eq!(suggestions.len(), offered.len());
    for suggestion in suggestions {
        assert!(offered.contains(&suggestion["start_time"].as_str().unwrap().to_owned()), "{suggestion}");
        let points: i64 = suggestion["reasons"].as_array().unwrap().iter().map(|r| r["points"].as_i64().unwrap()).sum();
        assert_eq!(suggestion["score"], json!((40 + points).clamp(0, 100)), "{suggestion}");
    }
    let codes = |start: &str| -> Vec<String> {
        let found = suggestions.iter().find(|s| s["start_time"] == json!(at(day, start))).unwrap();
        found["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes("11:30").contains(&"adjacent".to_owned()) && codes("12:30").contains(&"adjacent".to_owned()));
    assert!(!codes("09:00").contains(&"adjacent".to_owned()));
    // The best first: beside the other meeting.
    let best: Vec<&Value> = suggestions[..2].iter().map(|s| &s["start_time"]).collect();
    assert_eq!(best, [&json!(at(day, "11:30")), &json!(at(day, "12:30"))]);
    assert_eq!(http.get(&path).await.ok()["suggestions"].as_array().unwrap().len(), 5);
    for limit in ["0", "21", "many"] {
        http.get(&format!("{path}&limit={limit}")).await.invalid("limit");
    }
    let missing = path.replace(&offer.id, &Uuid::now_v7().to_string());
    http.get(&missing).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn hosts_of_a_team_see_what_they_have_in_common() {
    let http = shared().await.one.http();
    let people = hosts(&http, 3).await;
    Team::of(&people[..2]).await;
    people[0].offer().await.book(&at(tuesday(), "09:00")).await;
    people[1].offer().await.book(&at(tuesday(), "10:00")).await;
    let day = tuesday();
    let ask = |others: &str, minutes: u32| {
        format!("/api/availability/common?hosts={others}&duration_minutes={minutes}&start_date={day}&end_date={day}")
    };
    let answer = people[0].http.get(&ask(&people[1].id, 60)).await.ok();
    let starts: Vec<&str> = answer["slots"][day.to_string()]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["start_time"].as_str().unwrap())
        .collect();
    assert_eq!(starts.first(), Some(&at(day, "10:30").as_str()));
    assert_eq!(starts.last(), Some(&at(day, "16:00").as_str()));
    people[0].http.get(&ask(&people[2].id, 60)).await.problem(404, "NOT_FOUND");
    people[0].http.get(&ask(&Uuid::now_v7().to_string(), 60)).await.problem(404, "NOT_FOUND");
    people[0].http.get(&ask("everybody", 60)).await.invalid("hosts");
    people[0].http.get(&ask(&people[1].id, 4)).await.invalid("duration_minutes");
    people[0].http.get(&ask(&vec![people[1].id.as_str(); 21].join(","), 60)).await.invalid("hosts");
}
