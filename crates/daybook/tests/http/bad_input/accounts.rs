//! Bad accounts, log-ins and API keys.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{Table, Victim, bad_lines};
use crate::support::http::Http;
use crate::support::people::account;

pub(super) fn add(table: &mut Table, http: &Http, victim: &Victim) {
    registrations(table, http);
    log_ins(table, http, victim);
    changes(table, victim);
    api_keys(table, victim);
}

fn bad_emails() -> Vec<serde_json::Value> {
    let mut bad = bad_lines(254);
    bad.extend(
        [
            "nobody",
            "@example.org",
            "a@",
            "a b@example.org",
            "a@b@example.org",
            "<a@example.org>",
            "a@example.org,b@example.org",
        ]
        .map(|text| json!(text)),
    );
    bad
}

fn bad_zones() -> Vec<serde_json::Value> {
    let mut bad: Vec<_> =
        ["", "Mars/Olympus", "../../etc/passwd", "UTC+1", "+01:00", "Europe/Berlin\u{0}", "Europe/Berlin\n", " "]
            .map(|text| json!(text))
            .into();
    bad.extend([json!("Z".repeat(10_000)), json!(1), json!(["UTC"]), json!({}), json!(null)]);
    bad
}

fn bad_usernames() -> Vec<serde_json::Value> {
    let mut bad: Vec<_> =
        ["ab", "a--b", "-abc", "abc-", "a.b.c", "a/b/c", "äbc", "availability", "users", "auth", "a b c", "abc\u{0}"]
            .map(|text| json!(text))
            .into();
    bad.extend([json!("a".repeat(41)), json!(7), json!([])]);
    bad
}

fn bad_passwords() -> Vec<serde_json::Value> {
    vec![
        json!(""),
        json!("short"),
        json!("x".repeat(129)),
        json!("nul\u{0}in the middle"),
        json!("line\nbreak inside"),
        json!(12_345_678),
        json!(["a password"]),
    ]
}

fn registrations(table: &mut Table, http: &Http) {
    let to = || (Method::POST, "/api/users");
    let good = account();
    table.values(http, &to(), &good, "email", bad_emails());
    table.values(http, &to(), &good, "name", bad_lines(120));
    table.values(
        http,
        &to(),
        &good,
        "name",
        [json!("Ada \"the\" Countess"), json!("\u{200b}"), json!("right\u{202e}left")],
    );
    table.values(http, &to(), &good, "username", bad_usernames());
    table.values(http, &to(), &good, "password", bad_passwords());
    table.values(http, &to(), &good, "time_zone", bad_zones());
    table.values(http, &to(), &good, "role", [json!("admin"), json!(null)]);
    table.values(http, &to(), &good, "id", [json!(Uuid::nil())]);
    table.missing(http, &to(), &good, &["email", "password", "name", "time_zone"]);
}

fn log_ins(table: &mut Table, http: &Http, victim: &Victim) {
    let to = || (Method::POST, "/api/auth/login");
    let good = json!({"email": victim.host.email, "password": "whatever it is"});
    table.values(http, &to(), &good, "email", [json!(7), json!(null), json!(["a@example.org"])]);
    table.values(http, &to(), &good, "password", [json!(7), json!(null), json!({})]);
    table.values(http, &to(), &good, "remember", [json!(true)]);
    table.missing(http, &to(), &good, &["email", "password"]);
    for (field, value) in [
        ("email", "nul\u{0}@example.org".to_owned()),
        ("password", "\u{0}".to_owned()),
        ("password", "x".repeat(50_000)),
        ("email", "x".repeat(50_000)),
    ] {
        let mut body = good.clone();
        body[field] = json!(value);
        // Whether an address could be one is nobody's business here.
        table.refused(
            format!("log-in with a strange {field}"),
            http.post("/api/auth/login", &body),
            401,
            "UNAUTHENTICATED",
        );
    }
}

fn changes(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let to = || (Method::PATCH, "/api/users/me");
    table.values(http, &to(), &json!({}), "name", bad_lines(120));
    table.values(http, &to(), &json!({}), "username", bad_usernames());
    table.values(http, &to(), &json!({}), "time_zone", bad_zones().into_iter().filter(|zone| !zone.is_null()));
    let proof = json!({"current_password": crate::support::people::PASSWORD});
    table.values(http, &to(), &proof, "email", bad_emails());
    table.values(http, &to(), &proof, "password", bad_passwords());
    table.values(http, &to(), &json!({}), "email_verified", [json!(true)]);
    let day = |from: &str, to: &str, zone: &str| json!([{"from_date": from, "to_date": to, "time_zone": zone}]);
    for (field, bad) in [
        ("time_zone_changes[0].from_date", day("2027-02-30", "2027-03-01", "UTC")),
        ("time_zone_changes[0].to_date", day("2027-02-20", "soon", "UTC")),
        ("time_zone_changes[0].time_zone", day("2027-02-20", "2027-03-01", "Mars/Olympus")),
        ("time_zone_changes", day("2027-03-01", "2027-02-01", "UTC")),
        ("time_zone_changes", day("1066-10-14", "1066-10-15", "UTC")),
        ("time_zone_changes", json!("UTC")),
        ("time_zone_changes[0].zone", json!([{"from_date": "2027-02-20", "time_zone": "UTC", "zone": "UTC"}])),
        ("time_zone_changes[0].time_zone", json!([{"from_date": "2027-02-20"}])),
    ] {
        let body = json!({"time_zone_changes": bad});
        table.call(format!("PATCH /api/users/me {body}"), http.patch("/api/users/me", &body), field);
    }
}

fn api_keys(table: &mut Table, victim: &Victim) {
    let http = &victim.host.http;
    let to = || (Method::POST, "/api/api-keys");
    let good = json!({"name": "CRM"});
    table.values(http, &to(), &good, "name", bad_lines(120));
    table.values(
        http,
        &to(),
        &good,
        "scopes",
        [json!([]), json!(["everything"]), json!("calendar"), json!(["calendar\u{0}"])],
    );
    table.values(http, &to(), &good, "secret", [json!("mine")]);
    table.missing(http, &to(), &good, &["name"]);
    table.call("DELETE a key that is no id", http.delete("/api/api-keys/mine"), "id");
}
