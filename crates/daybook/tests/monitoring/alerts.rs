//! `alerts.yml`: rules for Prometheus.

use std::fmt::Write as _;

use crate::model::{Alert, Row};

const HEAD: &str = "\
# Made from crates/daybook/tests/monitoring/source; not to be changed here.
# UPDATE_DOCS=1 cargo test -p daybook --test monitoring
groups:
";

/// All rules, a group per row of the dashboard.
pub(crate) fn make(rows: &[Row]) -> String {
    let mut yaml = HEAD.to_owned();
    for row in rows {
        writeln!(yaml, "  - name: {}\n    rules:", quoted(&format!("Daybook: {}", row.title))).unwrap();
        for (alert, query) in row.alerts() {
            for level in &alert.levels {
                let expression = quoted(&alert.expression(query, level));
                writeln!(yaml, "      - alert: {}\n        expr: {expression}", alert.name).unwrap();
                writeln!(yaml, "        for: {}\n        labels:", level.lasting).unwrap();
                writeln!(yaml, "          severity: {}\n        annotations:", level.severity.label()).unwrap();
                for (name, text) in annotations(alert) {
                    writeln!(yaml, "          {name}: {}", quoted(&text)).unwrap();
                }
            }
        }
    }
    yaml
}

/// What people read.
pub(crate) fn annotations(alert: &Alert) -> [(&'static str, String); 3] {
    let anchor = alert.name.to_lowercase();
    [
        ("summary", alert.summary.to_owned()),
        ("description", format!("What it means and what to do: docs/operations.md, Alerts, {}", alert.name)),
        ("runbook_url", format!("docs/operations.md#{anchor}")),
    ]
}

/// A string of JSON is one of YAML.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
