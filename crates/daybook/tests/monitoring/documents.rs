//! The files of `deploy/monitoring` say what the source says, and `docs/operations.md` knows every alert.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use daybook_black_box::tools::repository;

use crate::model::Row;
use crate::{alerts, dashboard, examples, promtool, source};

/// A name that nobody else writes to.
fn tempfile_beside(file: &Path) -> PathBuf {
    file.with_extension(format!("{:?}.new", std::thread::current().id()))
}

/// A file that is made.
#[track_caller]
fn must_be(name: &str, made: &str) {
    let file = repository().join("deploy/monitoring").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        // A new file takes the old one's place: another test may be reading it.
        let new = tempfile_beside(&file);
        fs::write(&new, made).unwrap();
        fs::rename(&new, &file).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == made,
        "deploy/monitoring/{name} is not what crates/daybook/tests/monitoring/source says; make it again: \
         UPDATE_DOCS=1 cargo test -p daybook --test monitoring"
    );
}

#[test]
fn the_alerts_are_those_of_the_source_and_promtool_accepts_them() {
    must_be("alerts.yml", &alerts::make(&source::rows()));
    promtool::run(&["check", "rules", "--lint=all", "--lint-fatal", "alerts.yml"]);
    promtool::run(&["check", "config", "prometheus.yml"]);
}

#[test]
fn every_level_of_every_alert_fires_on_its_example_and_stays_quiet_otherwise() {
    must_be("alerts.test.yml", &examples::make(&source::rows()));
    must_be("alerts.yml", &alerts::make(&source::rows()));
    let rows = source::rows();
    for (alert, _) in rows.iter().flat_map(Row::alerts) {
        assert!(!alert.quiet.is_empty() && !alert.levels.is_empty(), "{} has no example", alert.name);
        assert!(alert.levels.iter().all(|level| !level.example.is_empty()), "{} has no example", alert.name);
    }
    promtool::run(&["test", "rules", "alerts.test.yml"]);
}

#[test]
fn the_dashboard_is_that_of_the_source() {
    must_be("dashboard.json", &dashboard::make(&source::rows()));
}

#[test]
fn operators_are_told_what_each_alert_means_and_nothing_of_others() {
    let guide = fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let (_, guide) = guide.split_once("\n### Alerts\n").expect("docs/operations.md has a chapter on alerts");
    let chapter = guide.lines().take_while(|line| !line.starts_with("## ") && !line.starts_with("### "));
    let mut explained = BTreeSet::new();
    let mut last = None;
    for line in chapter {
        if let Some(name) = line.strip_prefix("#### ") {
            last = Some(name.to_owned());
        } else if let Some(name) = &last
            && line.len() > 60
        {
            explained.insert(name.clone());
        }
    }
    let rows = source::rows();
    let alerts: BTreeSet<_> = rows.iter().flat_map(Row::alerts).map(|(alert, _)| alert.name.to_owned()).collect();
    assert_eq!(explained, alerts);
}
