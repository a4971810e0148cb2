//! Dependencies point one way (docs/ARCHITECTURE.md). Checked on what cargo resolves, so no import can slip by.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each crate and the crates of ours that it may use. What is not listed is forbidden.
const MAY_USE: &[(&str, &[&str])] = &[
    ("daybook-domain", &[]),
    ("daybook-migrations", &[]),
    ("daybook-accounts", &[]),
    ("daybook-event-store", &["daybook-domain"]),
    ("daybook-projections", &["daybook-domain", "daybook-event-store"]),
    ("daybook-messaging", &["daybook-domain", "daybook-event-store", "daybook-projections"]),
    ("daybook-process-managers", &["daybook-domain", "daybook-event-store", "daybook-projections"]),
    ("daybook-api", &["daybook-accounts", "daybook-domain", "daybook-event-store", "daybook-projections"]),
    ("daybook-testkit", &["daybook-migrations"]),
    ("daybook-black-box", &["daybook-event-store", "daybook-testkit"]),
    ("daybook-faults", &["daybook-black-box", "daybook-event-store", "daybook-testkit"]),
    (
        "daybook-fuzz-targets",
        &[
            "daybook-accounts",
            "daybook-api",
            "daybook-domain",
            "daybook-event-store",
            "daybook-projections",
            "daybook-testkit",
        ],
    ),
    ("daybook-example-consumer", &[]),
    (
        "daybook",
        &[
            "daybook-accounts",
            "daybook-api",
            "daybook-domain",
            "daybook-event-store",
            "daybook-messaging",
            "daybook-migrations",
            "daybook-process-managers",
            "daybook-projections",
            "daybook-testkit",
        ],
    ),
    (
        "daybook-bench",
        &["daybook-domain", "daybook-event-store", "daybook-messaging", "daybook-projections", "daybook-testkit"],
    ),
];

/// Who may use these crates at all, outside tests.
const ONLY: &[(&str, &[&str])] = &[
    (
        "async-nats",
        &[
            "daybook-messaging",
            "daybook-testkit",
            "daybook-bench",
            "daybook-black-box",
            "daybook-example-consumer",
            "daybook-faults",
        ],
    ),
    (
        "sqlx",
        &[
            "daybook",
            "daybook-accounts",
            "daybook-bench",
            "daybook-black-box",
            "daybook-event-store",
            "daybook-faults",
            "daybook-fuzz-targets",
            "daybook-messaging",
            "daybook-migrations",
            "daybook-projections",
            "daybook-testkit",
        ],
    ),
    ("axum", &["daybook", "daybook-api", "daybook-bench", "daybook-fuzz-targets"]),
];

/// Crates that do I/O: the domain may not reach them by any path.
const IO: &[&str] = &["async-nats", "axum", "hyper", "mio", "reqwest", "rustls", "socket2", "sqlx", "tokio-util"];

fn metadata() -> Metadata {
    MetadataCommand::new().exec().expect("cargo metadata runs in the workspace")
}

fn used_outside_tests(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
    normal.map(|d| d.name.clone()).collect()
}

#[test]
fn crates_use_only_those_that_they_may() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let may_use =
            allowed.get(package.name.as_str()).unwrap_or_else(|| panic!("{} is not in the table", package.name));
        let ours = used_outside_tests(package).into_iter().filter(|name| name.starts_with("daybook"));
        for used in ours {
            assert!(may_use.contains(&used.as_str()), "{} must not use {used}", package.name);
        }
    }
}

#[test]
fn only_their_owners_know_nats_sql_and_http() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let used = used_outside_tests(package);
        for (library, owners) in ONLY {
            let is_owner = owners.contains(&package.name.as_str());
            assert!(is_owner || !used.contains(*library), "{} must not use {library}", package.name);
        }
    }
}

#[test]
fn failpoints_are_compiled_in_by_nobody_but_tests() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let by_default = package.features.get("default").into_iter().flatten();
        assert!(by_default.clone().all(|feature| !feature.contains("failpoints")), "{} by default", package.name);
        for used in package.dependencies.iter().filter(|used| used.kind == DependencyKind::Normal) {
            let asked_for = used.features.iter().any(|feature| feature == "failpoints");
            assert!(!asked_for, "{} asks {} for failpoints", package.name, used.name);
        }
    }
}

#[test]
fn the_domain_reaches_nothing_that_does_io() {
    let metadata = metadata();
    let nodes = &metadata.resolve.as_ref().expect("resolved").nodes;
    let name = |id: &cargo_metadata::PackageId| metadata[id].name.to_string();
    let domain = nodes.iter().find(|node| name(&node.id) == "daybook-domain").expect("the domain is a member");
    let mut reached = BTreeSet::new();
    let mut to_visit = vec![domain.id.clone()];
    while let Some(id) = to_visit.pop() {
        let node = nodes.iter().find(|node| node.id == id).expect("every dependency is a node");
        let normal =
            node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        for dep in normal {
            // cqrs-es takes tokio's locks; what else of tokio is compiled, the rest of the workspace decides.
            if reached.insert(name(&dep.pkg)) && name(&dep.pkg) != "tokio" {
                to_visit.push(dep.pkg.clone());
            }
        }
    }
    for library in IO {
        assert!(!reached.contains(*library), "the domain reaches {library}: {reached:?}");
    }
}
