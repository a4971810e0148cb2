//! Nobody acts on stale data who says what they have seen: `version`, `If-Match` (B5).

use futures::future::join_all;
use serde_json::json;

use crate::shared;
use crate::support::people::{Booked, Host};
use crate::support::times::{at, tuesday};

async fn booked() -> Booked {
    Host::register(&shared().await.one.http()).await.offer().await.book(&at(tuesday(), "09:00")).await
}

fn moved_to(time: &str, version: u32) -> serde_json::Value {
    json!({"start_time": at(tuesday(), time), "version": version})
}

#[tokio::test]
async fn a_version_that_is_not_current_is_refused_and_changes_nothing() {
    let booked = booked().await;
    let (path, reschedule) = (booked.path(), format!("{}/reschedule", booked.path()));
    let put = |body| booked.http.put(&reschedule, &body).token(&booked.token);
    assert_eq!(put(moved_to("10:00", 1)).await.ok()["version"], 2);
    let stale = put(moved_to("11:00", 1)).await.problem(409, "VERSION_CONFLICT");
    assert_eq!(stale["details"], json!({"current_version": 2}));
    put(moved_to("11:00", 3)).await.problem(409, "VERSION_CONFLICT");
    let delete = |version| booked.http.delete(&path).token(&booked.token).json(&json!({"version": version}));
    delete(1).await.problem(409, "VERSION_CONFLICT");
    assert_eq!(booked.show().await["booking"]["start_time"], at(tuesday(), "10:00"));
    assert_eq!(delete(2).await.ok()["version"], 3);
}

#[tokio::test]
async fn if_match_says_the_same() {
    let booked = booked().await;
    let first = booked.reschedule(&at(tuesday(), "10:00")).header("if-match", "\"1\"").await;
    assert_eq!(first.header("etag"), Some("\"2\""));
    booked.reschedule(&at(tuesday(), "11:00")).header("if-match", "\"1\"").await.problem(409, "VERSION_CONFLICT");
    booked.reschedule(&at(tuesday(), "11:00")).header("if-match", "yesterday").await.invalid("If-Match");
    let contradiction = booked.cancel().header("if-match", "\"2\"").json(&json!({"version": 1})).await;
    contradiction.invalid("version");
    assert_eq!(booked.reschedule(&at(tuesday(), "11:00")).header("if-match", "*").await.ok()["version"], 3);
    booked.cancel().header("if-match", "\"3\"").await.ok();
}

#[tokio::test]
async fn the_entity_tag_of_a_booking_is_its_version() {
    let booked = booked().await;
    let shown = booked.http.get(&booked.path()).token(&booked.token).await;
    assert_eq!(shown.header("etag"), Some("\"1\""));
    booked.cancel().header("if-match", shown.header("etag").unwrap()).await.ok();
}

#[tokio::test]
async fn of_many_who_saw_the_same_version_one_moves_the_booking() {
    let shared = shared().await;
    let booked = booked().await;
    let nodes = [shared.one.http(), shared.other.http()];
    let times = ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "15:30", "16:00"];
    let moves = times.iter().enumerate().map(|(n, time)| {
        let path = format!("{}/reschedule", booked.path());
        nodes[n % 2].put(&path, &moved_to(time, 1)).token(&booked.token).into_future()
    });
    let replies = join_all(moves).await;
    let (winners, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert_eq!(winners.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    for reply in refused {
        reply.problem(409, "VERSION_CONFLICT");
    }
    assert_eq!(booked.show().await["booking"], winners[0].ok());
}
