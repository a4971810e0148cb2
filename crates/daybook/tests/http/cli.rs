//! The commands of SPEC §4 that end on their own.

use serde_json::{Value, json};

use crate::shared;
use crate::support::cli::run;
use crate::support::deployment::Deployment;
use crate::support::people::Host;
use crate::support::times::{at, now, tuesday, written};

#[tokio::test]
async fn migrations_are_listed_and_run_again_without_harm() {
    let deployment = Deployment::create().await;
    let environment = [("DAYBOOK_MIGRATE_URL", deployment.database.owner_url())];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let status = run(&["migrate", "status"], &environment).await.well();
    assert!(status.lines().count() >= 5 && status.lines().all(|line| line.contains("applied")), "{status}");
    assert_eq!(run(&["migrate"], &environment).await.well(), status);
}

#[tokio::test]
async fn projections_show_where_they_are_and_are_rebuilt_while_nodes_serve() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let booked = host.offer().await.book(&at(tuesday(), "09:00")).await;
    let database_url = deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", deployment.master_key.as_str())];
    for name in ["availability", "bookings"] {
        let said = run(&["projections", "rebuild", name], &environment).await.well();
        assert!(said.contains(&format!("{name} rebuilt from 4 events")), "{said}");
    }
    crate::support::until("the projections are level", async || {
        let status = run(&["projections"], &environment).await.well();
        status.lines().count() == 8 && status.lines().all(|line| line.contains("level"))
    })
    .await;
    assert_eq!(host.http.get("/api/bookings").await.ok()["items"], json!([booked.answer["booking"]]));
    assert_ne!(run(&["projections", "rebuild", "nothing"], &environment).await.code, 0);
}

#[tokio::test]
async fn a_calendar_can_be_read_as_it_was() {
    let shared = shared().await;
    let host = Host::register(&shared.one.http()).await;
    let before = written(now());
    let booked = host.offer().await.book(&at(tuesday(), "09:00")).await;
    let database_url = shared.deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str())];
    let history = run(&["calendar", "history", "--host", &host.username], &environment).await.well();
    let events: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CalendarOpened", "MeetingTypeAdded", "BookingRequested", "BookingConfirmed"]);
    assert!(!history.contains("Lovelace"), "personal data stays sealed");

    let show = async |arguments: &[&str]| -> Value {
        let all = [&["calendar", "show", "--host", &host.id], arguments].concat();
        serde_json::from_str(&run(&all, &environment).await.well()).unwrap()
    };
    let today = show(&[]).await;
    assert_eq!((&today["version"], today["bookings"].as_array().unwrap().len()), (&json!(4), 1));
    assert!(today["bookings"][0].to_string().contains(&booked.id));
    assert_eq!(show(&["--version", "2"]).await["bookings"], json!([]));
    assert_eq!(show(&["--as-of", &before]).await["version"], 1);
    assert_ne!(run(&["calendar", "show", "--host", "nobody-here"], &environment).await.code, 0);
}

#[tokio::test]
async fn an_account_made_on_the_command_line_can_log_in_and_be_booked() {
    let shared = shared().await;
    let username = crate::support::people::unique("cli");
    let email = format!("{username}@example.org");
    let database_url = shared.deployment.database.app_url();
    let environment =
        [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_USER_PASSWORD", crate::support::people::PASSWORD)];
    let arguments = [
        "user",
        "create",
        "--email",
        &email,
        "--name",
        "Clara Cli",
        "--username",
        &username,
        "--time-zone",
        "Asia/Kolkata",
    ];
    let said = run(&arguments, &environment).await.well();
    assert!(said.contains(&username) && !said.contains(crate::support::people::PASSWORD), "{said}");
    let host = Host::log_in(&shared.one.http(), &email, &username).await;
    assert_eq!(host.offer().await.slots(tuesday()).await.first(), Some(&at(tuesday(), "03:30")));
    assert_ne!(run(&arguments, &environment).await.code, 0, "the address is taken");
}

#[tokio::test]
async fn a_time_is_explained_and_a_calendar_verified() {
    let shared = shared().await;
    let http = shared.one.http();
    let people = crate::teams::hosts(&http, 2).await;
    let host = &people[0];
    let offer = host.offer_with(&json!({"slug": "intro"})).await;
    let booked = offer.book(&at(tuesday(), "09:00")).await;
    let team = crate::teams::Team::of(&people).await;
    let together = team.offer("collective", &json!({})).await;
    together.book(&at(tuesday(), "10:00")).await.reschedule(&at(tuesday(), "11:00")).await.ok();
    team.offer("round_robin", &json!({})).await.book(&at(tuesday(), "12:00")).await.cancel().await.ok();
    let database_url = shared.deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str())];

    let explain = async |arguments: &[&str]| -> Value {
        let all = [&["calendar", "explain", "--host", &host.username], arguments].concat();
        serde_json::from_str(&run(&all, &environment).await.well()).unwrap()
    };
    let nine = at(tuesday(), "09:00");
    let taken = explain(&["--meeting-type", "intro", "--start", &nine]).await;
    assert_eq!(taken["available"], false);
    let reason = &taken["reasons"][0];
    assert_eq!((&reason["code"], &reason["cause"]["booking"]), (&json!("booked"), &json!(booked.id)));
    assert_eq!((&reason["event"]["type"], &reason["event"]["version"]), (&json!("BookingRequested"), &json!(3)));
    let history = host.history().await;
    let before = history[1]["recorded_at"].as_str().unwrap();
    let free = explain(&["--meeting-type", &offer.id, "--start", &nine, "--as-of", before]).await;
    assert_eq!(free["available"], true, "{free}");
    let unknown = ["calendar", "explain", "--host", &host.id, "--meeting-type", "none", "--start", &nine];
    assert_ne!(run(&unknown, &environment).await.code, 0);

    for id in [&people[0].id, &people[1].id, &team.id] {
        let verified = run(&["calendar", "verify", "--host", id], &environment).await.well();
        let verified: Value = serde_json::from_str(&verified).unwrap();
        assert_eq!(verified["violations"], json!([]), "{verified}");
        assert!(verified["events"].as_u64().unwrap() >= 3, "{verified}");
    }
    assert_ne!(run(&["calendar", "verify", "--host", "nobody-here"], &environment).await.code, 0);

    // What no rule would have caused is found, wherever it came from.
    let insert = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
         SELECT 'calendar', $1, max(sequence) + 1, 'TimeZoneChanged', '1', '{\"type\":\"TimeZoneChanged\",\"time_zone\":\"UTC\"}'
         FROM events WHERE aggregate_type = 'calendar' AND aggregate_id = $1";
    let victim = Host::register(&http).await;
    sqlx::query(insert).bind(&victim.id).execute(&shared.deployment.log().0).await.unwrap();
    let verified = run(&["calendar", "verify", "--host", &victim.id], &environment).await;
    assert_eq!(verified.code, 1, "{}", verified.said);
    assert!(verified.printed.contains("would have caused no such event"), "{}", verified.printed);
}
