//! `alerts.test.yml`: each level of each alert on its example, for promtool.

use std::fmt::Write as _;

use crate::alerts::{annotations, quoted};
use crate::model::{Alert, Level, Row, Series};

const HEAD: &str = "\
# Made from crates/daybook/tests/monitoring/source; not to be changed here.
# promtool test rules alerts.test.yml
rule_files: [alerts.yml]
evaluation_interval: 1m
tests:
";

/// All examples.
pub(crate) fn make(rows: &[Row]) -> String {
    let mut yaml = HEAD.to_owned();
    for (alert, _) in rows.iter().flat_map(Row::alerts) {
        example(&mut yaml, alert, "is quiet", &alert.quiet, &[]);
        for (index, level) in alert.levels.iter().enumerate() {
            // What is bad enough for a level is bad enough for those before it.
            let what = format!("is {}", level.severity.label());
            example(&mut yaml, alert, &what, &level.example, &alert.levels[..=index]);
        }
    }
    yaml
}

fn example(yaml: &mut String, alert: &Alert, what: &str, series: &Series, fire: &[Level]) {
    writeln!(yaml, "  - name: {}\n    interval: 1m\n    input_series:", quoted(&format!("{} {what}", alert.name)))
        .unwrap();
    for (series, values) in series {
        writeln!(yaml, "      - series: {}\n        values: {}", quoted(series), quoted(values)).unwrap();
    }
    writeln!(yaml, "    alert_rule_test:\n      - eval_time: 25m\n        alertname: {}", alert.name).unwrap();
    if fire.is_empty() {
        writeln!(yaml, "        exp_alerts: []").unwrap();
        return;
    }
    writeln!(yaml, "        exp_alerts:").unwrap();
    for level in fire {
        writeln!(yaml, "          - exp_labels:\n              severity: {}", level.severity.label()).unwrap();
        for (label, value) in alert.labels {
            writeln!(yaml, "              {label}: {}", quoted(value)).unwrap();
        }
        writeln!(yaml, "            exp_annotations:").unwrap();
        for (name, text) in annotations(alert) {
            writeln!(yaml, "              {name}: {}", quoted(&text)).unwrap();
        }
    }
}
