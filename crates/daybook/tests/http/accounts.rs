//! Accounts: `/users`, `/auth/me` (A1).

use serde_json::json;

use crate::shared;
use crate::support::people::{Host, PASSWORD, account, unique};
use crate::support::times::{at, instant, later, tuesday};

#[tokio::test]
async fn registering_answers_with_the_account() {
    let http = shared().await.one.http();
    let asked = account();
    let user = http.post("/api/users", &asked).await.created();
    let expected = json!({
        "id": user["id"], "email": asked["email"], "name": "Hanna Host", "username": asked["username"], "time_zone": "UTC",
        "time_zone_changes": [], "role": "user", "created_at": user["created_at"], "updated_at": user["created_at"],
    });
    assert_eq!(user, expected);
    assert_eq!(user["id"].as_str().unwrap().len(), 36);
    instant(&user["created_at"]);
}

#[tokio::test]
async fn a_username_is_made_of_the_name_if_none_is_given() {
    let http = shared().await.one.http();
    let mut asked = account();
    asked.as_object_mut().unwrap().remove("username");
    let first = http.post("/api/users", &asked).await.created();
    asked["email"] = json!(format!("{}@example.org", unique("other")));
    let second = http.post("/api/users", &asked).await.created();
    assert!(first["username"].as_str().unwrap().starts_with("hanna-host"), "{first}");
    assert_ne!(first["username"], second["username"]);
}

#[tokio::test]
async fn an_address_and_a_username_belong_to_one_account() {
    let http = shared().await.one.http();
    let taken = account();
    http.post("/api/users", &taken).await.created();

    let mut same_address = account();
    same_address["email"] = json!(taken["email"].as_str().unwrap().to_uppercase());
    http.post("/api/users", &same_address).await.problem(409, "EMAIL_TAKEN");
    let mut same_name = account();
    same_name["username"] = taken["username"].clone();
    http.post("/api/users", &same_name).await.problem(409, "USERNAME_TAKEN");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_registration_is_told_at_once() {
    let http = shared().await.one.http();
    let asked =
        json!({"email": "nobody", "password": "short", "name": "", "username": "availability", "time_zone": "UTC"});
    let problem = http.post("/api/users", &asked).await.problem(400, "VALIDATION_ERROR");
    let mut fields: Vec<&String> = problem["details"].as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["email", "name", "password", "username"], "{problem}");
}

#[tokio::test]
async fn the_current_user_is_whom_the_session_belongs_to() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    for node in [&shared.one, &shared.other] {
        let reply = host.at(&node.http()).http.get("/api/auth/me").await;
        let me = reply.ok();
        assert_eq!((&me["user"]["id"], &me["user"]["email"]), (&json!(host.id), &json!(host.email)));
        assert_eq!(me.as_object().unwrap().len(), 1, "{me}");
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn the_public_profile_shows_what_can_be_booked_and_nothing_private() {
    let http = shared().await.one.http();
    let host = Host::register_in(&http, "Asia/Kolkata").await;
    let public = host.offer().await;
    host.offer_with(&json!({"visibility": "unlisted"})).await;
    host.offer_with(&json!({"is_active": false})).await;

    let by_id = http.get(&format!("/api/users/{}", host.id)).await.ok();
    let listed = http.get(&format!("/api/meeting-types/{}", public.id)).await.ok();
    let expected = json!({
        "id": host.id, "name": "Hanna Host", "username": host.username, "time_zone": "Asia/Kolkata",
        "meeting_types": [listed],
    });
    assert_eq!(by_id, expected);
    assert_eq!(http.get(&format!("/api/users/{}", host.username)).await.ok(), expected);
    http.get(&format!("/api/users/{}", unique("nobody"))).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let before = host.http.get("/api/auth/me").await.ok()["user"].clone();
    let username = unique("renamed");
    let changed = host.http.patch("/api/users/me", &json!({"name": "Hedy Host", "username": username})).await.ok();
    let mut expected = before.clone();
    expected["name"] = json!("Hedy Host");
    expected["username"] = json!(username);
    expected["updated_at"] = changed["updated_at"].clone();
    assert_eq!(changed, expected);
    assert!(instant(&changed["updated_at"]) > instant(&before["updated_at"]));
    assert_eq!(host.http.get("/api/auth/me").await.ok()["user"], expected);
    http.get(&format!("/api/users/{username}")).await.ok();
    http.get(&format!("/api/users/{}", host.username)).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_new_address_or_password_asks_for_the_old_password_and_ends_other_sessions() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let elsewhere = Host::log_in(&http, &host.email, &host.username).await;
    let new_address = format!("{}@example.org", unique("new"));

    host.http.patch("/api/users/me", &json!({"email": new_address})).await.invalid("current_password");
    let wrong = json!({"password": "a new password", "current_password": "not this one"});
    host.http.patch("/api/users/me", &wrong).await.invalid("current_password");
    elsewhere.http.get("/api/auth/me").await.ok();

    let right = json!({"email": new_address, "password": "a new password", "current_password": PASSWORD});
    assert_eq!(host.http.patch("/api/users/me", &right).await.ok()["email"], json!(new_address));
    host.http.get("/api/auth/me").await.ok();
    elsewhere.http.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
    let log_in =
        |email: &str, password: &str| http.post("/api/auth/login", &json!({"email": email, "password": password}));
    log_in(&host.email, PASSWORD).await.problem(401, "UNAUTHENTICATED");
    log_in(&new_address, PASSWORD).await.problem(401, "UNAUTHENTICATED");
    log_in(&new_address, "a new password").await.ok();
}

#[tokio::test]
async fn a_host_who_moves_takes_their_hours_along() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    assert_eq!(offer.slots(day).await.first(), Some(&at(day, "09:00")));

    // UTC+05:30 all year round.
    host.http.patch("/api/users/me", &json!({"time_zone": "Asia/Kolkata"})).await.ok();
    assert_eq!(offer.slots(day).await.first(), Some(&at(day, "03:30")));

    // A journey for one day.
    let away = json!({"time_zone_changes": [{"from_date": day, "to_date": day, "time_zone": "UTC"}]});
    let user = host.http.patch("/api/users/me", &away).await.ok();
    assert_eq!(user["time_zone_changes"], away["time_zone_changes"]);
    let next = later(day, 1);
    let path = format!("/api/availability?meeting_type_id={}&start_date={day}&end_date={next}&timezone=UTC", offer.id);
    let slots = http.get(&path).await.ok()["slots"].clone();
    assert_eq!(slots[day.to_string()][0]["start_time"], at(day, "09:00"));
    assert_eq!(slots[next.to_string()][0]["start_time"], at(next, "03:30"));
}
