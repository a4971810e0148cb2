//! `dashboard.json`: for Grafana. Thresholds are those of the alerts.

use serde_json::{Value, json};

use crate::model::{Alert, Panel, Query, Row, Severity, Side};

/// Panels beside each other, each 8 of Grafana's 24 columns wide.
const BESIDE: usize = 3;
const WIDTH: usize = 8;
const HEIGHT: usize = 8;

/// The whole dashboard.
pub(crate) fn make(rows: &[Row]) -> String {
    let mut panels = Vec::new();
    let mut y = 0;
    for row in rows {
        panels.push(json!({
            "type": "row", "title": row.title, "id": panels.len() + 1, "collapsed": false, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1},
        }));
        y += 1;
        for (index, panel) in row.panels.iter().enumerate() {
            let place = (index % BESIDE * WIDTH, y + index / BESIDE * HEIGHT);
            panels.push(graph(panel, panels.len() + 1, place));
        }
        y += row.panels.len().div_ceil(BESIDE) * HEIGHT;
    }
    let dashboard = json!({
        "uid": "daybook", "title": "Daybook", "tags": ["daybook"], "schemaVersion": 39, "version": 1, "editable": true,
        "timezone": "utc", "refresh": "10s", "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [
            {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0},
        ]},
        "panels": panels,
    });
    sorted(&dashboard, 0) + "\n"
}

fn graph(panel: &Panel, id: usize, (x, y): (usize, usize)) -> Value {
    let source = json!({"type": "prometheus", "uid": "${source}"});
    let targets = panel.queries.iter().zip('A'..).map(|(query, letter)| target(*query, letter, &source));
    let thresholds = panel.alert.as_ref().map_or_else(|| json!([{"color": "green", "value": null}]), steps);
    let drawn = if panel.alert.is_some() { "line" } else { "off" };
    json!({
        "type": "timeseries", "title": panel.title, "description": panel.about, "id": id, "datasource": source,
        "gridPos": {"x": x, "y": y, "w": WIDTH, "h": HEIGHT},
        "targets": targets.collect::<Vec<_>>(),
        "fieldConfig": {"overrides": [], "defaults": {
            "unit": panel.unit.grafana(), "min": 0,
            "thresholds": {"mode": "absolute", "steps": thresholds},
            "custom": {"thresholdsStyle": {"mode": drawn}, "fillOpacity": 8, "showPoints": "never"},
        }},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    })
}

fn target(query: Query, letter: char, source: &Value) -> Value {
    let (expression, legend) = (query.expression, query.legend);
    json!({"refId": letter.to_string(), "datasource": source, "expr": expression, "legendFormat": legend, "range": true})
}

/// The colours between an alert's thresholds, from below.
fn steps(alert: &Alert) -> Value {
    let colour = |severity| if severity == Severity::Warning { "orange" } else { "red" };
    let step = |colour: &str, from: Option<f64>| json!({"color": colour, "value": from});
    let levels = || alert.levels.iter();
    let steps: Vec<Value> = if alert.side == Side::Above {
        let above = levels().map(|level| step(colour(level.severity), Some(level.threshold)));
        std::iter::once(step("green", None)).chain(above).collect()
    } else {
        // Below the worst level's threshold it is as bad as it gets; each threshold ends its level.
        let mut from = None;
        let mut steps: Vec<_> =
            levels().rev().map(|level| step(colour(level.severity), from.replace(level.threshold))).collect();
        steps.push(step("green", from));
        steps
    };
    steps.into()
}

/// JSON with its keys in order, whatever order other crates ask `serde_json` to keep.
fn sorted(value: &Value, depth: usize) -> String {
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    match value {
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<_> = items.iter().map(|item| inner.clone() + &sorted(item, depth + 1)).collect();
            format!("[\n{}\n{outer}]", items.join(",\n"))
        }
        Value::Object(members) if !members.is_empty() => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            let member =
                |(name, value): (&String, &Value)| format!("{inner}{}: {}", json!(name), sorted(value, depth + 1));
            let members: Vec<_> = members.into_iter().map(member).collect();
            format!("{{\n{}\n{outer}}}", members.join(",\n"))
        }
        other => other.to_string(),
    }
}
