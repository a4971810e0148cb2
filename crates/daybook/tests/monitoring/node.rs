//! What a running node shows.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::exposition::{self, Sample};
use crate::expressions::{self, ADDED, Asked};
use crate::support::deployment::Deployment;
use crate::support::eventually;
use crate::support::node::Node;
use crate::support::people::Host;
use crate::support::times::{at, tuesday};
use crate::{promtool, source};

/// The names of SPEC O1, of what there is today, with their labels.
const CONTRACT: [(&str, &[&str]); 9] = [
    ("daybook_booking_operations_total", &["operation", "outcome"]),
    ("daybook_booking_duration_seconds_bucket", &["le"]),
    ("daybook_double_booking_prevented_total", &["layer"]),
    ("daybook_double_booking_detected_total", &[]),
    ("daybook_availability_requests_total", &["cache"]),
    ("daybook_availability_duration_seconds_bucket", &["cache", "le"]),
    ("daybook_cache_operations_total", &["cache", "outcome"]),
    ("daybook_append_batch_streams_bucket", &["le"]),
    ("daybook_relay_lag_seconds", &[]),
];

async fn shown(node: &Node) -> String {
    node.operator().get("/metrics").await.text(200)
}

/// A node on which something was booked.
async fn used(deployment: &Deployment) -> Node {
    let node = deployment.node().await;
    let offer = Host::register(&node.http()).await.offer().await;
    offer.slots(tuesday()).await;
    offer.slots(tuesday()).await;
    offer.book(&at(tuesday(), "09:00")).await;
    node
}

/// What an expression asks for that is not there.
fn missing(asked: &Asked, samples: &[Sample]) -> Vec<String> {
    let mut missing = Vec::new();
    let mut labels = BTreeSet::from(ADDED);
    for (metric, selected) in asked.selectors.iter().filter(|(metric, _)| metric != "up") {
        let selected = || selected.iter().filter(|(label, _)| !ADDED.contains(&label.as_str()));
        let fits = |sample: &&Sample| {
            sample.name == *metric && selected().all(|(label, value)| sample.labels.get(label) == Some(value))
        };
        match samples.iter().find(fits) {
            Some(sample) => labels.extend(sample.labels.keys().map(String::as_str)),
            None => missing.push(format!("{metric}{:?}", selected().collect::<Vec<_>>())),
        }
    }
    // Whether a label is missing shows once the metrics are there.
    if missing.is_empty() {
        missing.extend(asked.groups.iter().filter(|group| !labels.contains(group.as_str())).cloned());
    }
    missing
}

#[tokio::test]
async fn everything_that_the_contract_alerts_and_graphs_name_is_shown_by_a_node() {
    let deployment = Deployment::create().await;
    let node = used(&deployment).await;
    let rows = source::rows();
    let panels = rows.iter().flat_map(|row| &row.panels);
    let queries = panels.clone().flat_map(|panel| panel.queries.iter().map(|query| query.expression));
    let conditions = panels.filter_map(|panel| panel.alert.as_ref()?.provided);
    let asked: Vec<_> =
        queries.chain(conditions).map(|expression| (expression, expressions::read(expression))).collect();
    assert!(
        asked.iter().all(|(expression, asked)| !asked.selectors.is_empty() || panic!("{expression} asks for nothing"))
    );
    let last = RefCell::new(Vec::new());
    let samples = eventually("all that is asked for is shown", async || {
        let samples = exposition::samples(&shown(&node).await).unwrap();
        let now: Vec<_> = asked.iter().map(|(expression, asked)| (*expression, missing(asked, &samples))).collect();
        let now: Vec<_> = now.into_iter().filter(|(_, missing)| !missing.is_empty()).collect();
        if now != *last.borrow() {
            eprintln!("still missing: {now:?}");
            last.borrow_mut().clone_from(&now);
        }
        now.is_empty().then_some(samples)
    })
    .await;
    for (metric, labels) in CONTRACT.iter().chain(&[("daybook_projection_lag_seconds", &["projection"] as &[&str])]) {
        let found = samples.iter().find(|sample| sample.name == *metric);
        let found = found.unwrap_or_else(|| panic!("no {metric}"));
        assert!(labels.iter().all(|label| found.labels.contains_key(*label)), "{found:?}");
    }
}

#[tokio::test]
async fn what_a_node_shows_is_valid_and_of_good_style() {
    let deployment = Deployment::create().await;
    let text = shown(&used(&deployment).await).await;
    promtool::run_with(&["check", "metrics"], &text);
    let samples = exposition::samples(&text).unwrap();
    let one = |name: &str| samples.iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("no {name}"));
    assert!(one("daybook_double_booking_detected_total").value.abs() < f64::EPSILON, "from the start");
    assert_eq!(one("daybook_build_info").labels["tzdata"], "2026f");
    assert!(one("process_resident_memory_bytes").value > 1e6);
    assert!(one("daybook_database_connections_max").value >= 1.0);
    // Routes are templates: neither names nor ids of anybody.
    let routes: Vec<_> = samples.iter().filter_map(|sample| sample.labels.get("route")).collect();
    assert!(routes.iter().any(|route| *route == "/api/bookings"), "{routes:?}");
    assert!(
        routes.iter().all(|route| !route.contains('-') || route.contains("-types") || route.contains("-keys")),
        "{routes:?}"
    );
}
