//! A new master key: what was made under the old one stays good (A2, E9).

use daybook_event_store::MasterKeys;
use serde_json::{Value, json};

use crate::support::cli::{Done, run};
use crate::support::deployment::Deployment;
use crate::support::people::{Booked, Host, booking, unique};
use crate::support::times::{at, later, tuesday};

#[tokio::test]
async fn tokens_personal_data_and_idempotency_keys_outlive_a_rotation() {
    let deployment = Deployment::create().await;
    let before = deployment.node().await;
    let host = Host::register(&before.http()).await;
    let offer = host.offer().await;
    let (mut asked, key) = (booking(&offer.id, &at(tuesday(), "09:00")), unique("key"));
    asked["notes"] = json!("A note");
    let booked = Booked::of(&before.http(), &before.http().post("/api/bookings", &asked).key(&key).await);
    before.stop().await;

    let mut rotated = deployment.serve();
    rotated.master_key = format!("{},{}", *MasterKeys::generate("newer"), deployment.master_key);
    let after = rotated.start().await;
    let http = after.http();
    let host = host.at(&http);
    let old = Booked { http: http.clone(), ..booked };
    assert_eq!(old.show().await["booking"], old.answer["booking"]);
    assert_eq!(host.http.get("/api/bookings").await.ok()["items"], json!([old.answer["booking"]]));
    let guest = host.history().await[2]["data"]["guest"]["plain"].clone();
    assert_eq!((&guest["name"], &guest["notes"]), (&json!("Ada Lovelace"), &json!("A note")));
    let replay = http.post("/api/bookings", &asked).key(&key).await;
    assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, Some("true")), "{replay}");
    let mut other = asked.clone();
    other["notes"] = json!("Another note");
    http.post("/api/bookings", &other).key(&key).await.problem(422, "IDEMPOTENCY_KEY_REUSED");

    // New secrets are made under the new key, and a guest who is known under the old one can book again.
    asked["start_time"] = json!(at(tuesday(), "10:00"));
    let new = Booked::of(&http, &http.post("/api/bookings", &asked).await);
    assert!(new.token.starts_with("newer.") && !old.token.starts_with("newer."), "{} {}", new.token, old.token);
    assert_eq!(old.reschedule(&at(tuesday(), "11:00")).await.ok()["version"], 2);
    assert_eq!(old.cancel().await.ok()["status"], "cancelled");
    assert_eq!(new.cancel().await.ok()["status"], "cancelled");

    // Without the old key its tokens are worth nothing.
    after.stop().await;
    rotated.master_key = rotated.master_key.split(',').next().unwrap().to_owned();
    let later = rotated.start().await;
    later.http().get(&old.path()).token(&old.token).await.problem(404, "NOT_FOUND");
}

async fn keys(deployment: &Deployment, master_key: &str, action: &str) -> Done {
    let database_url = deployment.database.app_url();
    run(&["keys", action], &[("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", master_key)]).await
}

#[tokio::test]
async fn the_older_master_key_can_be_dropped_after_a_rewrap_under_load() {
    let deployment = Deployment::create().await;
    let old = deployment.master_key.clone();
    let newer = MasterKeys::generate("newer").to_string();
    let both = format!("{newer},{old}");
    let before = deployment.node().await;
    let host = Host::register(&before.http()).await;
    let offer = host.offer().await;
    let mut asked = booking(&offer.id, &at(tuesday(), "09:00"));
    Booked::of(&before.http(), &before.http().post("/api/bookings", &asked).await);
    let status = keys(&deployment, &newer, "status").await;
    assert!(status.code != 0 && status.printed.contains("test") && status.printed.contains("not listed"), "{status:?}");
    before.stop().await;

    let mut rotated = deployment.serve();
    rotated.master_key.clone_from(&both);
    let node = rotated.start().await;
    let days: Vec<String> = (0..2)
        .flat_map(|day| (18..34).map(move |half| (day, half)))
        .map(|(day, half)| at(later(tuesday(), day), &format!("{:02}:{:02}", half / 2, half % 2 * 30)))
        .filter(|start| *start != at(tuesday(), "09:00"))
        .collect();
    let offer = offer.at(&node.http());
    let load = futures::future::join_all(days.iter().map(|start| offer.book(start)));
    let (rewrapped, booked) = tokio::join!(keys(&deployment, &both, "rewrap"), load);
    let said = rewrapped.well();
    assert!(said.starts_with("2 keys rewrapped under newer"), "the guest's, and the one that hashes addresses: {said}");
    assert!(keys(&deployment, &newer, "status").await.well().contains(&format!("{} keys", booked.len() + 2)));
    assert!(keys(&deployment, &both, "rewrap").await.well().starts_with("0 keys rewrapped"));
    node.stop().await;

    rotated.master_key = newer;
    let node = rotated.start().await;
    let (http, host) = (node.http(), host.at(&node.http()));
    let shown = host.http.get("/api/bookings?limit=100").await.ok();
    let shown = shown["items"].as_array().unwrap();
    assert_eq!(shown.len(), booked.len() + 1);
    let history = host.history().await;
    let opened = |event: &&Value| event["data"]["guest"]["plain"]["email"].is_string();
    assert_eq!(history.iter().filter(opened).count(), booked.len() + 1);
    // The guest of the older key is still the same: the same request is the booking they have.
    let again = http.post("/api/bookings", &asked).await;
    assert_eq!(again.ok()["duplicate"], true);
    // And is found for erasing.
    let email = asked["invitee_email"].take();
    let database_url = deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", rotated.master_key.as_str())];
    let erased = run(&["user", "erase", "--guest", email.as_str().unwrap()], &environment).await.well();
    assert!(erased.contains("1 bookings"), "{erased}");
}
