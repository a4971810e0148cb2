//! Who may do what: every operation that asks for credentials, tried by nobody, by another host and by an admin (A2).

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shared;
use crate::support::cli;
use crate::support::http::Http;
use crate::support::people::{Booked, Host, meeting_type, unique};
use crate::support::reply::Reply;
use crate::support::times::{at, later, tuesday};

/// What an admin may do with it.
#[derive(Clone, Copy, PartialEq)]
enum Admin {
    /// It is about oneself, whoever that is.
    Own,
    /// The same as the host.
    Same,
    /// The same as the host: to be told of a rule that forbids it at the moment.
    Refused,
    /// Nothing: it cannot be found.
    Nothing,
}

/// An operation that asks for credentials. `{id}` in its path stands for what belongs to the host.
struct Operation {
    method: Method,
    path: &'static str,
    body: Option<Value>,
    /// What `{id}` stands for.
    id: Option<String>,
    /// What `{user_id}` stands for.
    member: String,
    admin: Admin,
}

impl Operation {
    fn of_oneself(method: Method, path: &'static str, body: Option<Value>) -> Self {
        Self { method, path, body, id: None, member: String::new(), admin: Admin::Own }
    }

    fn on(method: Method, path: &'static str, id: &str, body: Option<Value>, admin: Admin) -> Self {
        Self { method, path, body, id: Some(id.to_owned()), member: String::new(), admin }
    }

    /// An operation on a member of a team.
    fn on_member(method: Method, path: &'static str, team: &str, member: &str, body: Option<Value>) -> Self {
        Self { member: member.to_owned(), ..Self::on(method, path, team, body, Admin::Same) }
    }

    /// As the document names it.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap())
    }

    async fn by(&self, http: &Http) -> Reply {
        self.with(http, self.id.as_deref().unwrap_or_default()).await
    }

    async fn with(&self, http: &Http, id: &str) -> Reply {
        let date = later(tuesday(), 20).to_string();
        let call = http.call(
            self.method.clone(),
            &self.path.replace("{id}", id).replace("{user_id}", &self.member).replace("{date}", &date),
        );
        match &self.body {
            Some(body) => call.json(body).await,
            None => call.await,
        }
    }
}

const EXPLAIN: &str = "/api/availability/explain?meeting_type_id={id}&start_time=2027-01-12T09:00:00Z";

const COMMON: &str =
    "/api/availability/common?hosts={id}&duration_minutes=30&start_date=2027-01-11&end_date=2027-01-12";

/// Every operation that asks for credentials, harmless ones first so that what they are about is still there.
fn operations(host: &Host, schedule: &str, key: &str, offer: &str, booked: &Booked, team: [&str; 2]) -> Vec<Operation> {
    use Admin::{Nothing, Refused, Same};
    let [team, colleague] = team;
    let name = || Some(json!({"name": "Something"}));
    let hours = json!({"rules": [{"day_of_week": 2, "start_time": "08:00", "end_time": "18:00"}]});
    let evening = json!({"day_of_week": 2, "start_time": "20:00", "end_time": "21:00"});
    let later_that_day = json!({"start_time": at(tuesday(), "15:00")});
    let (get, put, post, delete) = (|| Method::GET, || Method::PUT, || Method::POST, || Method::DELETE);
    vec![
        Operation::of_oneself(get(), "/api/auth/me", None),
        Operation::of_oneself(Method::PATCH, "/api/users/me", name()),
        Operation::of_oneself(get(), "/api/api-keys", None),
        Operation::of_oneself(post(), "/api/api-keys", name()),
        Operation::of_oneself(get(), "/api/meeting-types", None),
        Operation::of_oneself(post(), "/api/meeting-types", Some(meeting_type(&json!({})))),
        Operation::of_oneself(get(), "/api/availability/rules", None),
        Operation::of_oneself(put(), "/api/availability/rules", Some(hours)),
        Operation::of_oneself(post(), "/api/availability/rules", Some(evening)),
        Operation::of_oneself(get(), "/api/schedules", None),
        Operation::of_oneself(post(), "/api/schedules", name()),
        Operation::of_oneself(put(), "/api/availability/overrides/{date}", Some(json!({"windows": []}))),
        Operation::of_oneself(get(), "/api/availability/overrides", None),
        Operation::of_oneself(delete(), "/api/availability/overrides/{date}", None),
        Operation::of_oneself(get(), "/api/bookings", None),
        Operation::of_oneself(get(), "/api/calendar", None),
        Operation::of_oneself(get(), "/api/calendar/history", None),
        Operation::on(get(), EXPLAIN, offer, None, Same),
        Operation::on(get(), COMMON, &host.id, None, Same),
        Operation::of_oneself(get(), "/api/users/me/export", None),
        Operation::on(get(), "/api/users/{id}/bookings", &host.id, None, Same),
        Operation::on(get(), "/api/bookings/{id}", &booked.id, None, Same),
        Operation::on(get(), "/api/bookings/{id}/calendar.ics", &booked.id, None, Same),
        Operation::on(post(), "/api/bookings/{id}/confirm", &booked.id, Some(json!({})), Same),
        Operation::on(post(), "/api/bookings/{id}/decline", &booked.id, Some(json!({})), Refused),
        Operation::on(post(), "/api/bookings/{id}/no-show", &booked.id, Some(json!({})), Refused),
        Operation::on(put(), "/api/bookings/{id}/reschedule", &booked.id, Some(later_that_day), Same),
        Operation::on(delete(), "/api/bookings/{id}", &booked.id, None, Same),
        Operation::of_oneself(get(), "/api/teams", None),
        Operation::of_oneself(post(), "/api/teams", Some(json!({"name": "Team", "slug": unique("team")}))),
        Operation::on(get(), "/api/teams/{id}", team, None, Same),
        Operation::on(get(), "/api/teams/{id}/members", team, None, Same),
        Operation::on(get(), "/api/teams/{id}/fairness", team, None, Same),
        Operation::on(put(), "/api/teams/{id}", team, Some(json!({"name": "Crew", "slug": unique("crew")})), Same),
        Operation::on(post(), "/api/teams/{id}/members", team, Some(json!({"user_id": colleague})), Same),
        Operation::on_member(put(), "/api/teams/{id}/members/{user_id}", team, colleague, Some(json!({"weight": 2}))),
        Operation::on_member(delete(), "/api/teams/{id}/members/{user_id}", team, colleague, None),
        Operation::on(delete(), "/api/teams/{id}", team, None, Same),
        // A schedule is found by its owner only: nothing in its id says whose it is.
        Operation::on(get(), "/api/schedules/{id}", schedule, None, Nothing),
        Operation::on(put(), "/api/schedules/{id}", schedule, name(), Nothing),
        Operation::on(delete(), "/api/schedules/{id}", schedule, None, Nothing),
        // Whoever holds a key is its owner, for as long as its owner wants.
        Operation::on(delete(), "/api/api-keys/{id}", key, None, Nothing),
        Operation::on(put(), "/api/meeting-types/{id}", offer, Some(meeting_type(&json!({}))), Same),
        Operation::on(delete(), "/api/meeting-types/{id}", offer, None, Same),
        // After this there is nobody left to ask.
        Operation::of_oneself(delete(), "/api/users/me", None),
    ]
}

/// A host with one of everything, and the operations on it.
async fn host_with_everything() -> (Host, Booked, Vec<Operation>) {
    let host = Host::register(&shared().await.one.http()).await;
    let id = |created: Value| created["id"].as_str().unwrap().to_owned();
    let schedule = id(host.http.post("/api/schedules", &json!({"name": "Evenings"})).await.created());
    let key = id(host.http.post("/api/api-keys", &json!({"name": "CRM"})).await.created());
    let offer = host.offer().await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    let team = id(host.http.post("/api/teams", &json!({"name": "Team", "slug": unique("team")})).await.created());
    let colleague = Host::register(&shared().await.one.http()).await.id;
    let operations = operations(&host, &schedule, &key, &offer.id, &booked, [&team, &colleague]);
    (host, booked, operations)
}

async fn admin() -> Host {
    let shared = shared().await;
    let (email, username) = (format!("{}@example.org", unique("admin")), unique("admin"));
    let database_url = shared.deployment.database.app_url();
    let arguments =
        ["user", "create", "--email", &email, "--name", "Alma Admin", "--username", &username, "--role", "admin"];
    let environment =
        [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_USER_PASSWORD", crate::support::people::PASSWORD)];
    cli::run(&arguments, &environment).await.well();
    Host::log_in(&shared.one.http(), &email, &username).await
}

#[tokio::test]
async fn the_table_has_every_operation_that_asks_for_credentials() {
    let (_, _, operations) = host_with_everything().await;
    let tried: BTreeSet<String> = operations.iter().map(Operation::name).collect();
    let document = shared().await.one.http().get("/api/openapi.json").await.ok();
    let mut documented = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["responses"].get("401").is_some() {
                documented.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    assert!(documented.remove("POST /api/auth/login"), "there the credentials are the body");
    assert!(documented.remove("GET /api/events/stream"), "it has no end: events/access.rs asks it");
    assert_eq!(tried, documented);
}

#[tokio::test]
async fn nobody_gets_anywhere() {
    let (host, _, operations) = host_with_everything().await;
    let (http, before) = (host.http.anonymous(), host.history().await);
    for operation in &operations {
        for stranger in [http.clone(), http.with_session(&"A".repeat(43)), http.with_api_key("dbk_nothing")] {
            operation.by(&stranger).await.problem(401, "UNAUTHENTICATED");
        }
    }
    assert_eq!(host.history().await, before);
}

#[tokio::test]
async fn another_host_sees_nothing_and_changes_nothing() {
    let (host, booked, operations) = host_with_everything().await;
    let other = Host::register(&host.http.anonymous()).await;
    let before = (host.history().await, host.http.get("/api/api-keys").await.ok());
    for operation in &operations {
        let reply = operation.by(&other.http).await;
        if operation.admin == Admin::Own {
            assert!((200..300).contains(&reply.status), "{reply}");
            let text = String::from_utf8_lossy(&reply.body);
            for secret in [&host.id, &host.email, &booked.id] {
                assert!(!text.contains(secret.as_str()), "{secret} is in {reply}");
            }
        } else {
            let missing = operation.with(&other.http, &Uuid::now_v7().to_string()).await;
            let detail = |reply: &Reply| reply.problem(404, "NOT_FOUND")["detail"].clone();
            assert_eq!(detail(&reply), detail(&missing), "what is somebody else's looks as if it did not exist");
        }
    }
    assert_eq!((host.history().await, host.http.get("/api/api-keys").await.ok()), before);
}

#[tokio::test]
async fn an_admin_may_do_what_the_host_may_and_is_named_as_the_one_who_did() {
    let (host, booked, operations) = host_with_everything().await;
    let admin = admin().await;
    let before = host.history().await.len();
    for operation in &operations {
        match operation.admin {
            Admin::Own => {}
            Admin::Same => {
                let reply = operation.by(&admin.http).await;
                assert!((200..300).contains(&reply.status), "{reply}");
            }
            Admin::Refused => {
                operation.by(&admin.http).await.problem(422, "BOOKING_NOT_ACTIVE");
            }
            Admin::Nothing => {
                operation.by(&admin.http).await.problem(404, "NOT_FOUND");
            }
        }
    }
    let done = host.history().await.split_off(before);
    let kinds: Vec<&str> = done.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["BookingRescheduled", "BookingCancelled", "TeamLeft", "MeetingTypeChanged", "MeetingTypeRemoved"]
    );
    assert!(done.iter().all(|event| event["actor"] == format!("admin:{}", admin.id)), "{done:?}");
    assert_eq!(done[0]["data"]["by"], "admin");
    assert_eq!(booked.show().await["booking"]["status"], "cancelled");
}

#[tokio::test]
async fn nobody_makes_themselves_an_admin() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    host.http.patch("/api/users/me", &json!({"role": "admin"})).await.invalid("role");
    let mut account = crate::support::people::account();
    account["role"] = json!("admin");
    http.post("/api/users", &account).await.invalid("role");
}
