//! A guest who was erased is found nowhere: not in a dump, the JetStream directory, logs, metrics or answers (E9).

use std::path::Path;

use serde_json::{Value, json};

use crate::support::cli::{Done, run};
use crate::support::deployment::Deployment;
use crate::support::node::Node;
use crate::support::people::{Booked, Host, Offer, booking};
use crate::support::times::{at, later, tuesday};
use crate::support::traces::TracedGuest;
use crate::support::until;
use crate::teams::{Team, hosts};

/// Two nodes, a host and what they offer.
struct Scene {
    deployment: Deployment,
    nodes: [Node; 2],
    host: Host,
    offer: Offer,
}

fn colour() -> Value {
    json!([{"id": "colour", "label": "Your colour", "type": "text"}])
}

impl Scene {
    async fn new() -> Self {
        let deployment = Deployment::create().await;
        let (one, other) = tokio::join!(deployment.node(), deployment.node());
        let host = Host::register(&one.http()).await;
        let offer = host.offer_with(&json!({"questions": colour()})).await;
        Self { deployment, nodes: [one, other], host, offer }
    }

    async fn command(&self, arguments: &[&str]) -> Done {
        let database_url = self.deployment.database.app_url();
        let environment =
            [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", self.deployment.master_key.as_str())];
        run(arguments, &environment).await
    }

    async fn dump(&self) -> String {
        self.deployment.database.dump().await.unwrap()
    }

    /// Everything that both nodes answer about these bookings, to the host and to their guest.
    async fn answers(&self, guest: &TracedGuest, booked: &[&Booked]) -> String {
        let mut answers = String::new();
        for node in &self.nodes {
            let host = self.host.at(&node.http());
            for path in ["/api/bookings", "/api/calendar/history?limit=100", "/api/users/me/export"] {
                answers += &host.http.get(path).await.text(200);
            }
            answers += &host.http.get(&format!("/api/bookings?q={}", guest.email)).await.text(200);
            for booked in booked {
                answers += &node.http().get(&booked.path()).token(&booked.token).await.text(200);
                answers +=
                    &node.http().get(&format!("{}/calendar.ics", booked.path())).token(&booked.token).await.text(200);
            }
        }
        answers
    }

    /// What the nodes have logged and count.
    async fn logs_and_metrics(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            text += &node.program.said().text();
            text += &node.program.printed().text();
            text += &node.operator().get("/metrics").await.text(200);
        }
        text
    }
}

/// The contents of every file below a directory.
fn files(directory: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &files(&path);
        } else if let Ok(bytes) = std::fs::read(&path) {
            text += &String::from_utf8_lossy(&bytes);
        }
    }
    text
}

#[tokio::test]
async fn an_erased_guest_is_found_nowhere() {
    let scene = Scene::new().await;
    let guest = TracedGuest::somebody();
    let moved = guest.book(&scene.offer, &at(tuesday(), "09:00")).await;
    let body = json!({"start_time": at(tuesday(), "13:00"), "reason": guest.moved_because});
    let http = &scene.offer.http;
    http.put(&format!("{}/reschedule", moved.path()), &body).token(&moved.token).await.ok();
    moved.cancel().json(&json!({"reason": guest.cancelled_because})).await.ok();
    let upcoming = guest.book(&scene.offer, &at(tuesday(), "10:00")).await;
    let bystander = scene.offer.book(&at(tuesday(), "11:00")).await;
    until("the read model shows both", async || {
        let dump = scene.dump().await;
        guest.shown().iter().all(|trace| dump.contains(trace)) && dump.contains(&upcoming.id)
    })
    .await;
    let answers = scene.answers(&guest, &[&moved, &upcoming]).await;
    assert_eq!(guest.traces(&answers).len(), 7, "before, answers show all of it: {answers}");
    let published = files(scene.deployment.nats.directory());
    assert!(published.contains("BookingRequested") && published.contains(&scene.host.id), "the search finds events");

    let erased = scene.command(&["user", "erase", "--guest", &guest.email.to_uppercase()]).await;
    let said = format!("{}{}", erased.printed, erased.said);
    assert!(erased.well().starts_with("erased; 2 bookings go on without a name, 1 of them"), "{said}");
    let again = scene.command(&["user", "erase", "--guest", &guest.email]).await;
    assert!(again.code != 0 && again.said.contains("nothing is held"), "{again:?}");

    // In the very next answer here; on other nodes as soon as the news has come.
    until("every node has heard", async || guest.traces(&scene.answers(&guest, &[&moved, &upcoming]).await).is_empty())
        .await;
    // A reason that the host gives later is not kept either.
    let reason = json!({"reason": guest.cancelled_because});
    let cancelled = scene.host.http.delete(&upcoming.path()).json(&reason).await.ok();
    assert_eq!(cancelled["invitee_name"], Value::Null);
    for name in ["bookings", "availability"] {
        scene.command(&["projections", "rebuild", name]).await.well();
    }
    let answers = scene.answers(&guest, &[&moved, &upcoming]).await;
    for (place, text) in [
        ("the dump", scene.dump().await),
        ("JetStream's files", files(scene.deployment.nats.directory())),
        ("logs and metrics", scene.logs_and_metrics().await),
        ("answers", answers.clone()),
        ("the command's output", said + &again.said),
    ] {
        assert_eq!(guest.traces(&text), Vec::<&str>::new(), "in {place}");
    }
    assert!(answers.contains(bystander.answer["booking"]["invitee_email"].as_str().unwrap()), "nobody else is erased");
}

#[tokio::test]
async fn the_log_replays_and_the_guest_may_come_back() {
    let scene = Scene::new().await;
    let guest = TracedGuest::somebody();
    let before = guest.book(&scene.offer, &at(tuesday(), "09:00")).await;
    scene.command(&["user", "erase", "--guest", &guest.email]).await.well();
    until("every node has heard", async || guest.traces(&scene.answers(&guest, &[&before]).await).is_empty()).await;
    let history = scene.host.history().await;
    let erased = &history[2]["data"]["guest"];
    assert!(erased["erased"].as_str().unwrap().starts_with("guest:"), "{erased}");
    let shown = before.show().await;
    for field in ["invitee_name", "invitee_email", "notes"] {
        assert_eq!(shown["booking"][field], Value::Null);
    }
    assert_eq!((&shown["booking"]["status"], &shown["booking"]["guests"]), (&json!("confirmed"), &json!([])));

    // Somebody new, at once and after a replay.
    let after = guest.book(&scene.offer, &at(later(tuesday(), 1), "09:00")).await;
    assert_eq!(after.show().await["booking"]["invitee_email"], json!(guest.email));
    scene.command(&["projections", "rebuild", "bookings"]).await.well();
    assert_eq!(after.show().await["booking"]["invitee_name"], json!(guest.name));
    assert_eq!(before.show().await["booking"]["invitee_name"], Value::Null);
    let history = scene.host.history().await;
    let new = &history.iter().rfind(|event| event["type"] == "BookingRequested").unwrap()["data"]["guest"];
    assert_ne!(new["subject"], history[2]["data"]["guest"]["erased"]);
    scene.command(&["calendar", "show", "--host", &scene.host.id]).await.well();

    // A token is worth what it was: the booking can be moved, by whoever holds it.
    before.reschedule(&at(tuesday(), "12:00")).await.ok();
}

#[tokio::test]
async fn a_guest_gets_everything_that_is_held_about_them() {
    let scene = Scene::new().await;
    let guest = TracedGuest::somebody();
    let moved = guest.book(&scene.offer, &at(tuesday(), "09:00")).await;
    let body = json!({"start_time": at(tuesday(), "13:00"), "reason": guest.moved_because});
    scene.offer.http.put(&format!("{}/reschedule", moved.path()), &body).token(&moved.token).await.ok();
    moved.cancel().json(&json!({"reason": guest.cancelled_because})).await.ok();
    guest.book(&scene.offer, &at(tuesday(), "10:00")).await;
    scene.offer.book(&at(tuesday(), "11:00")).await;
    let both = until("both are in the read model", async || {
        let export: Value = serde_json::from_str(&scene.export(&guest).await).unwrap();
        export["bookings"].as_array().unwrap().len() == 2 && export["bookings"][1]["version"] == 3
    });
    both.await;
    let text = scene.export(&guest).await;
    assert_eq!(guest.traces(&text).len(), 7, "{text}");
    let export: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(export["bookings"][1]["reschedule_reasons"], json!([guest.moved_because]));
    let nobody = scene.command(&["user", "export", "--guest", "nobody@erase.example"]).await;
    assert!(nobody.code != 0 && nobody.said.contains("nothing is held"), "{nobody:?}");
}

impl Scene {
    async fn export(&self, guest: &TracedGuest) -> String {
        self.command(&["user", "export", "--guest", &guest.email]).await.well()
    }
}

#[tokio::test]
async fn a_guest_of_a_team_is_held_once_and_erased_from_the_calendars_of_all() {
    let scene = Scene::new().await;
    let people = hosts(&scene.nodes[0].http(), 2).await;
    let terms = json!({"requires_confirmation": true, "questions": colour()});
    let offer = Team::of(&people).await.offer("collective", &terms).await;
    let guest = TracedGuest::somebody();
    let booked = guest.book(&offer, &at(tuesday(), "09:00")).await;
    let reason = json!({"reason": guest.cancelled_because});
    people[1].http.post(&format!("{}/decline", booked.path()), &reason).await.ok();
    let shown = async || {
        let mut shown = String::new();
        for host in &people {
            for path in ["/api/bookings", "/api/calendar/history", "/api/users/me/export"] {
                shown += &host.http.get(path).await.text(200);
            }
        }
        shown
    };
    until("it is declined in the read model", async || {
        let export = scene.export(&guest).await;
        export.contains("declined") && guest.traces(&shown().await).len() == 6
    })
    .await;
    let text = scene.export(&guest).await;
    let export: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((export["bookings"].as_array().unwrap().len(), guest.traces(&text).len()), (1, 6), "{text}");
    let said = scene.command(&["user", "erase", "--guest", &guest.email]).await.well();
    assert!(said.starts_with("erased; 1 bookings go on without a name, 0 of them"), "{said}");
    until("every node has heard", async || guest.traces(&shown().await).is_empty()).await;
    assert_eq!(guest.traces(&scene.dump().await), Vec::<&str>::new());
}

#[tokio::test]
async fn of_somebody_new_who_is_refused_nothing_is_held_whatever_they_asked_for() {
    let scene = Scene::new().await;
    let people = hosts(&scene.nodes[0].http(), 2).await;
    let team = Team::of(&people).await;
    let (all, in_turn) = (
        team.offer("collective", &json!({"questions": colour()})).await,
        team.offer("round_robin", &json!({"questions": colour()})).await,
    );
    let series = json!({"frequency": "weekly", "interval": 1, "count": 2});
    let wrong = json!([{"question_id": "size", "value": "M"}]);
    let (free, never) = (at(tuesday(), "09:00"), at(tuesday(), "03:00"));
    let nobody = "new@erase.example";
    for (offer, start, recurrence, answers) in [
        (&scene.offer, &free, None, Some(&wrong)),
        (&scene.offer, &never, None, None),
        (&scene.offer, &free, Some(&series), Some(&wrong)),
        (&scene.offer, &never, Some(&series), None),
        (&all, &free, None, Some(&wrong)),
        (&all, &never, None, None),
        (&all, &free, Some(&series), None),
        (&in_turn, &free, None, Some(&wrong)),
        (&in_turn, &never, None, None),
    ] {
        // This node knows what is free, or does not.
        for node in &scene.nodes {
            let mut asked = booking(&offer.id, start);
            asked["invitee_email"] = json!(nobody);
            if let Some(recurrence) = recurrence {
                asked["recurrence"] = recurrence.clone();
            }
            if let Some(answers) = answers {
                asked["answers"] = answers.clone();
            }
            let refused = node.http().post("/api/bookings", &asked).await;
            assert!([400, 409, 422].contains(&refused.status), "{asked}: {refused}");
            offer.slots(tuesday()).await;
        }
    }
    let held = scene.command(&["user", "export", "--guest", nobody]).await;
    assert!(held.code != 0 && held.said.contains("nothing is held"), "{held:?}");
}

#[tokio::test]
async fn who_is_to_be_erased_has_to_be_said_properly() {
    let shared = crate::shared().await;
    let database_url = shared.deployment.database.app_url();
    let environment =
        [("DATABASE_URL", database_url.as_str()), ("DAYBOOK_MASTER_KEY", shared.deployment.master_key.as_str())];
    let id = "0193a9c1-0000-7000-8000-000000000000";
    for (arguments, why) in [
        (vec![], "required"),
        (vec!["--guest", "ada@example.org", "--host", id], "cannot be used with"),
        (vec!["--guest", "no address"], "--guest must be an e-mail address"),
        (vec!["--guest", "nobody@erase.example"], "nothing is held about this guest"),
        (vec!["--host", id], "there is no host"),
        (vec!["--host", "no-such-host"], "there is no host"),
        (vec!["--host", "no name!"], "--host must be an id or a username"),
    ] {
        let done = run(&[&["user", "erase"], &arguments[..]].concat(), &environment).await;
        assert!(done.code != 0 && done.said.contains(why), "{arguments:?}: {done:?}");
    }
}
