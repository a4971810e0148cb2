//! A host who deletes their account: nobody waits for them, nothing is offered any more, their data is gone (A4).

use serde_json::{Value, json};

use crate::shared;
use crate::support::cli::run;
use crate::support::people::{Booked, Host, PASSWORD, account, unique};
use crate::support::times::{at, later, tuesday};
use crate::support::until;
use crate::teams::{Team, hosts};

#[tokio::test]
async fn a_host_who_leaves_is_gone_and_their_guests_are_told() {
    let shared = shared().await;
    let (http, elsewhere) = (shared.one.http(), shared.other.http());
    let host = Host::register(&http).await;
    let slug = unique("intro");
    let offer = host.offer_with(&json!({"slug": slug})).await;
    let hours = json!({"name": "Hanna's summer", "rules": []});
    host.http.post("/api/schedules", &hours).await.created();
    let key = host.http.post("/api/api-keys", &json!({"name": "CRM"})).await.created();
    let mut booked = Vec::new();
    for day in 0..3 {
        booked.push(offer.book(&at(later(tuesday(), day), "09:00")).await);
    }
    booked[2].cancel().await.ok();
    let (profile, page) = (format!("/api/users/{}", host.username), format!("/api/{}/{slug}", host.username));
    let slots =
        format!("/api/availability?meeting_type_id={}&start_date={}&end_date={}", offer.id, tuesday(), tuesday());
    for path in [&profile, &page, &slots] {
        until("both nodes have it in their caches", async || {
            http.get(path).await.status == 200 && elsewhere.get(path).await.status == 200
        })
        .await;
    }

    let gone = host.http.delete("/api/users/me").await;
    gone.nothing();
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));

    for path in [&profile, &format!("/api/users/{}", host.id), &page, &slots] {
        http.get(path).await.problem(404, "NOT_FOUND");
        until("the other node has heard", async || elsewhere.get(path).await.status == 404).await;
    }
    host.http.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
    let program = http.with_api_key(key["key"].as_str().or(key["secret"].as_str()).unwrap());
    program.get("/api/bookings").await.problem(401, "UNAUTHENTICATED");
    let log_in = json!({"email": host.email, "password": PASSWORD});
    http.post("/api/auth/login", &log_in).await.problem(401, "UNAUTHENTICATED");

    // Guests still see what became of their bookings.
    for booked in &booked[..2] {
        for node in [&http, &elsewhere] {
            let booked = Booked { http: node.clone(), ..booked.clone() };
            until("the guest is told", async || {
                let shown = booked.show().await;
                shown["booking"]["status"] == "cancelled"
                    && shown["booking"]["cancellation_reason"] == "The host is no longer available."
                    && shown["host_name"] == "Former host"
            })
            .await;
        }
    }
    offer.request(&at(tuesday(), "10:00")).await.problem(404, "NOT_FOUND");

    // The log is whole, and says nothing of the account.
    let log = shared.deployment.log();
    assert_eq!(log.events_of(&host.id, "BookingCancelled").await, 3);
    for table in ["users", "sessions", "api_keys", "read_models.availability_hosts"] {
        let rows = log.rows(&[table]).await.concat();
        assert!(!rows.contains(&host.email) && !rows.contains("Hanna's summer"), "{table}");
    }
    let dump = shared.deployment.database.dump().await.unwrap();
    assert!(dump.contains(&host.id) && !dump.contains(&host.email) && !dump.contains(&host.username));
    for node in [&shared.one, &shared.other] {
        let logged = node.program.said().text();
        assert!(!logged.contains(&host.email) && !logged.contains(&host.username));
    }
    // Whoever comes next may have the name and the address.
    let mut again = account();
    again["email"] = json!(host.email);
    again["username"] = json!(host.username);
    let user = http.post("/api/users", &again).await.created();
    assert_ne!(user["id"], json!(host.id));
    http.get(&page).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_host_who_leaves_is_in_no_team_any_more_and_their_own_teams_go_with_them() {
    let shared = shared().await;
    let people = hosts(&shared.one.http(), 3).await;
    let (leaver, stays, third) = (&people[0], &people[1], &people[2]);
    let own = Team::of(&[leaver.clone(), stays.clone()]).await;
    let other = Team::of(&people[1..]).await;
    let joining = json!({"user_id": leaver.id});
    other.owner.http.post(&format!("{}/members", other.path()), &joining).await.created();
    let all = own.offer("collective", &json!({"requires_confirmation": true})).await;
    let in_turn = other.offer("round_robin", &json!({})).await;
    let pending = all.book(&at(tuesday(), "09:00")).await;
    // One for each of them.
    let mut assigned = Vec::new();
    for _ in 0..3 {
        assigned.push(in_turn.book(&at(tuesday(), "11:00")).await);
    }

    leaver.http.delete("/api/users/me").await.nothing();

    stays.http.get(&own.path()).await.problem(404, "NOT_FOUND");
    let left = stays.http.get(&other.path()).await.ok();
    let members: Vec<&str> =
        left["members"].as_array().unwrap().iter().map(|member| member["user_id"].as_str().unwrap()).collect();
    assert_eq!(members, [&stays.id, &third.id]);
    all.request(&at(tuesday(), "10:00")).await.problem(404, "NOT_FOUND");
    let status = async |booked: &Booked| booked.show().await["booking"]["status"].clone();
    until("nobody waits for an answer", async || status(&pending).await == "cancelled").await;
    for booked in &assigned {
        let theirs = booked.answer["booking"]["host_id"] == json!(leaver.id);
        let expected = if theirs { "cancelled" } else { "confirmed" };
        until("their guest is told", async || status(booked).await == expected).await;
    }
    let slug = json!({"name": "Next", "slug": own.slug});
    third.http.post("/api/teams", &slug).await.created();
    in_turn.book(&at(tuesday(), "13:00")).await;
}

#[tokio::test]
async fn an_operator_erases_a_host_as_often_as_they_like() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    let database_url = shared.deployment.database.app_url();
    let environment =
        [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", shared.deployment.master_key.as_str())];
    let erase = ["user", "erase", "--host", &host.username];
    let said = run(&erase, &environment).await.well();
    assert_eq!(said.trim(), "erased; 1 meeting types removed, 1 upcoming bookings cancelled");
    let again = run(&["user", "erase", "--host", &host.id], &environment).await.well();
    assert!(again.contains("was erased before"), "{again}");
    for node in [&shared.one.http(), &shared.other.http()] {
        host.at(node).http.get("/api/auth/me").await.problem(401, "UNAUTHENTICATED");
        until("the node has heard", async || {
            node.get(&format!("/api/users/{}", host.id)).await.status == 404
                && node.get(&format!("/api/meeting-types/{}", offer.id)).await.status == 404
        })
        .await;
    }
    until("the guest is told", async || booked.show().await["booking"]["status"] == "cancelled").await;
    let history = ["calendar", "history", "--host", &host.id];
    let history = run(&history, &environment).await.well();
    assert!(history.lines().last().unwrap().contains("system:erasure"), "{history}");
}

#[tokio::test]
async fn a_host_gets_everything_that_is_held_about_them() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    // More than a page of each of the long lists.
    let hours = json!({"rules": (0..7).map(|day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"}))
        .collect::<Vec<_>>()});
    host.http.put("/api/availability/rules", &hours).await.ok();
    let offer = host.offer().await;
    let starts = (0..3)
        .flat_map(|day| (0..36).map(move |n| at(later(tuesday(), day), &format!("{:02}:{:02}", n / 2, n % 2 * 30))));
    let starts: Vec<String> = starts.collect();
    futures::future::join_all(starts.iter().map(|start| offer.book(start))).await;
    for n in 0..3 {
        host.http.post("/api/api-keys", &json!({"name": format!("Key {n}")})).await.created();
    }

    let reply = host.http.get("/api/users/me/export").await;
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"daybook-export.json\""));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let export = reply.ok();
    let mut members: Vec<&String> = export.as_object().unwrap().keys().collect();
    members.sort_unstable();
    let expected = [
        "account",
        "api_keys",
        "bookings",
        "calendar_history",
        "exported_at",
        "meeting_types",
        "schedules",
        "sessions",
    ];
    assert_eq!(members, expected);
    assert_eq!(export["account"], host.http.get("/api/auth/me").await.ok()["user"]);
    let list = |member: &str| export[member].as_array().unwrap().clone();
    let whole = async |path: &str| host.http.get(path).await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(list("meeting_types"), whole("/api/meeting-types").await);
    assert_eq!(list("schedules"), whole("/api/schedules").await);
    assert_eq!(list("api_keys"), whole("/api/api-keys").await);
    assert_eq!(list("bookings").len(), starts.len());
    assert_eq!(list("bookings")[..100], whole("/api/bookings?limit=100").await[..]);
    assert_eq!(list("calendar_history").len(), 3 + 2 * starts.len());
    assert_eq!(list("calendar_history")[..100], whole("/api/calendar/history?limit=100").await[..]);
    assert_eq!(list("sessions").len(), 1);
    assert_eq!(list("sessions")[0].as_object().unwrap().len(), 2, "times only");
    let text = reply.text(200);
    assert!(!text.contains("secret") && !text.contains("password") && !text.contains("dbk_"));
    http.get("/api/users/me/export").await.problem(401, "UNAUTHENTICATED");

    // Somebody who has just come has little, but all of it.
    let export: Value = Host::register(&http).await.http.get("/api/users/me/export").await.ok();
    assert_eq!((&export["api_keys"], &export["bookings"]), (&json!([]), &json!([])));
    assert_eq!(export["calendar_history"].as_array().unwrap().len(), 1);
}
