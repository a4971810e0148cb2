//! What operators see: health, counters, starting and stopping (O1, O3).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::shared;
use crate::support::cli;
use crate::support::deployment::Deployment;
use crate::support::people::{Host, booking};
use crate::support::times::{at, later, tuesday};
use crate::support::until;

#[tokio::test]
async fn health_names_the_parts() {
    let shared = shared().await;
    for http in [shared.one.http(), shared.one.operator()] {
        let healthy = json!({"status": "healthy", "checks": {"database": "up", "nats": "up"}});
        until("all parts are up", async || http.get("/health").await.ok() == healthy).await;
        assert_eq!(http.get("/health/live").await.ok(), json!({"status": "live"}));
        assert_eq!(http.get("/health/ready").await.ok(), json!({"status": "ready"}));
    }
}

#[tokio::test]
async fn health_in_detail_has_latencies_lags_and_versions() {
    let shared = shared().await;
    let http = shared.one.http();
    let lags = ["availability", "bookings", "relay"];
    let detailed = crate::support::eventually("the lags are known", async || {
        let both = [http.get("/health/detailed").await.ok(), shared.other.http().get("/health/detailed").await.ok()];
        both.into_iter().find(|found| lags.iter().all(|lag| found["lag_seconds"][lag].is_number()))
    })
    .await;
    assert_eq!(detailed["zone_data_version"], "2026f");
    assert_eq!(detailed["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(detailed["stopping"], false);
    for part in ["database", "nats"] {
        assert_eq!(detailed["checks"][part]["status"], "healthy", "{detailed}");
        assert!(detailed["checks"][part]["latency_ms"].as_f64().unwrap() > 0.0, "{detailed}");
    }
}

#[tokio::test]
async fn a_node_that_only_answers_requests_knows_no_lags() {
    let mut serve = shared().await.deployment.serve();
    serve.more.push(("DAYBOOK_ROLES", "api".to_owned()));
    let node = serve.start().await;
    let detailed = node.http().get("/health/detailed").await.ok();
    assert_eq!((&detailed["status"], &detailed["lag_seconds"]), (&json!("healthy"), &json!({})));
}

#[tokio::test]
async fn the_counters_are_for_the_operators_network_only() {
    let shared = shared().await;
    shared.one.http().get("/metrics").await.problem(404, "NOT_FOUND");
    let operator = shared.one.operator();
    operator.get("/api/users/somebody").await.problem(404, "NOT_FOUND");
    let reply = operator.get("/metrics").await;
    let text = reply.text(200);
    assert!(reply.header("content-type").unwrap().starts_with("text/plain"), "{reply}");
    for family in [
        "daybook_booking_operations_total",
        "daybook_booking_duration_seconds",
        "daybook_double_booking_prevented_total",
        "daybook_double_booking_detected_total",
        "daybook_availability_requests_total",
        "daybook_availability_duration_seconds",
        "daybook_cache_operations_total",
        "daybook_append_batch_streams",
    ] {
        assert!(text.lines().any(|line| line.starts_with(&format!("# TYPE {family} "))), "no {family}");
    }
    for family in ["daybook_relay_lag_seconds", "daybook_projection_lag_seconds"] {
        let shown = async || {
            let texts =
                [operator.get("/metrics").await.text(200), shared.other.operator().get("/metrics").await.text(200)];
            texts.iter().any(|text| text.lines().any(|line| line.starts_with(family)))
        };
        until(&format!("{family} is shown by whoever does the work"), shown).await;
    }
}

#[tokio::test]
async fn what_happens_is_counted() {
    let deployment = Deployment::create().await;
    let node = deployment.node().await;
    let offer = Host::register(&node.http()).await.offer().await;
    let start = at(tuesday(), "09:00");
    offer.slots(tuesday()).await;
    offer.slots(tuesday()).await;
    let booked = offer.book(&start).await;
    offer.request(&start).await.problem(409, "SLOT_UNAVAILABLE");
    booked.cancel().await.ok();
    for (name, expected) in [
        ("daybook_booking_operations_total{operation=\"book\",outcome=\"done\"}", 1.0),
        ("daybook_booking_operations_total{operation=\"book\",outcome=\"conflict\"}", 1.0),
        ("daybook_booking_operations_total{operation=\"cancel\",outcome=\"done\"}", 1.0),
        ("daybook_availability_requests_total{cache=\"miss\"}", 1.0),
        ("daybook_availability_requests_total{cache=\"hit\"}", 1.0),
        ("daybook_double_booking_prevented_total{layer=\"decision\"}", 1.0),
        ("daybook_double_booking_detected_total", 0.0),
    ] {
        assert_eq!(node.metric(name).await, Some(expected), "{name}");
    }
}

#[tokio::test]
async fn a_node_that_is_stopped_answers_for_all_that_it_has_done() {
    let deployment = Deployment::create().await;
    let (node, survivor) = tokio::join!(deployment.node(), deployment.node());
    let host = Host::register(&node.http()).await;
    let offer = host.offer().await;
    let stopped = Arc::new(AtomicBool::new(false));
    let guests: Vec<_> = (0..6_u64)
        .map(|guest| {
            let (http, offer, stopped) = (node.http(), offer.id.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for n in 0.. {
                    let start =
                        at(later(tuesday(), 7 * (n / 16)), &format!("{:02}:{:02}", 9 + (n % 16) / 2, 30 * (n % 2)));
                    let mut asked = booking(&offer, &start);
                    asked["invitee_name"] = json!(format!("Guest {guest}"));
                    match http.post("/api/bookings", &asked).attempt().await {
                        Ok(reply) if reply.status == 201 => acknowledged.push(reply.created()["booking"]["id"].clone()),
                        Ok(reply) => assert!([409, 422, 503].contains(&reply.status), "{reply}"),
                        Err(_) if stopped.load(Ordering::SeqCst) => return acknowledged,
                        Err(error) => panic!("{error:?}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    let log = deployment.log();
    until("there is load", async || log.events_of(&host.id, "BookingRequested").await >= 10).await;
    stopped.store(true, Ordering::SeqCst);
    node.stop().await;
    let mut acknowledged: Vec<Value> = Vec::new();
    for guest in guests {
        acknowledged.extend(guest.await.unwrap());
    }
    // Nothing acknowledged is lost, and nothing is done that nobody was told of.
    assert_eq!(log.events_of(&host.id, "BookingRequested").await, i64::try_from(acknowledged.len()).unwrap());
    let host = host.at(&survivor.http());
    until("the survivor has taken over and shows all of it", async || {
        let path = "/api/bookings?limit=100";
        host.http.get(path).await.ok()["items"].as_array().unwrap().len() == acknowledged.len()
    })
    .await;
}

#[tokio::test]
async fn a_node_does_not_run_as_the_owner_of_the_log() {
    let shared = shared().await;
    let serve = shared.deployment.serve();
    let owner = shared.deployment.database.owner_url();
    let environment = [
        ("DATABASE_URL", owner.as_str()),
        ("NATS_URL", serve.nats_url.as_str()),
        ("DAYBOOK_MASTER_KEY", serve.master_key.as_str()),
    ];
    let done = cli::run(&["serve", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0"], &environment).await;
    assert_ne!(done.code, 0);
    assert!(done.said.contains("own"), "{}", done.said);
}

#[tokio::test]
async fn a_setting_that_is_wrong_is_named_and_not_repeated() {
    let serve = shared().await.deployment.serve();
    let secret = "k1:bm90IGxvbmcgZW5vdWdo";
    let environment = [
        ("DATABASE_URL", serve.database_url.as_str()),
        ("NATS_URL", serve.nats_url.as_str()),
        ("DAYBOOK_MASTER_KEY", secret),
    ];
    let done = cli::run(&["serve", "--listen", "127.0.0.1:0"], &environment).await;
    assert_ne!(done.code, 0);
    assert!(done.said.contains("master-key"), "{}", done.said);
    assert!(!done.said.contains("bm90IGxvbmcgZW5vdWdo"), "a secret is not printed: {}", done.said);
}
