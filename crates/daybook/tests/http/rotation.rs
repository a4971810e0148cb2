//! A new master key: what was made under the old one stays good (A2, E9).

use daybook_event_store::MasterKeys;
use serde_json::json;

use crate::support::deployment::Deployment;
use crate::support::people::{Booked, Host, booking, unique};
use crate::support::times::{at, tuesday};

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
