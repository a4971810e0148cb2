//! Which metrics and labels an expression asks for.

use std::collections::{BTreeMap, BTreeSet};

/// What an expression asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// Each metric with the labels that it must have, and their values.
    pub(crate) selectors: Vec<(String, BTreeMap<String, String>)>,
    /// The labels that it groups by.
    pub(crate) groups: BTreeSet<String>,
}

/// Labels that Prometheus adds.
pub(crate) const ADDED: [&str; 2] = ["instance", "job"];

/// Reads `PromQL` as far as it is used here.
pub(crate) fn read(expression: &str) -> Asked {
    let mut asked = Asked::default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = expression;
    while let Some(start) = rest.find(is_word) {
        let word_on = &rest[start..];
        let end = word_on.find(|c| !is_word(c)).unwrap_or(word_on.len());
        let (word, after) = word_on.split_at(end);
        rest = after;
        if word == "by" {
            let (labels, after) = after.trim_start().strip_prefix('(').unwrap().split_once(')').unwrap();
            asked.groups.extend(labels.split(',').map(|label| label.trim().to_owned()));
            rest = after;
        } else if word == "up" || word.starts_with("daybook_") || word.starts_with("process_") {
            let mut labels = BTreeMap::new();
            if let Some(inner) = after.strip_prefix('{') {
                let (selectors, after) = inner.split_once('}').unwrap();
                for selector in selectors.split(',') {
                    let (label, value) = selector.split_once("=\"").expect("only equality is understood here");
                    labels.insert(label.to_owned(), value.trim_end_matches('"').to_owned());
                }
                rest = after;
            }
            asked.selectors.push((word.to_owned(), labels));
        }
    }
    asked
}

#[test]
fn metrics_labels_and_groups_are_found() {
    let asked = read("sum by (le, a) (rate(daybook_x_bucket{b=\"c\",d=\"e\"}[5m])) / max(process_y) > 0.5");
    let labels = BTreeMap::from([("b", "c"), ("d", "e")].map(|(a, b)| (a.into(), b.into())));
    assert_eq!(asked.selectors, [("daybook_x_bucket".into(), labels), ("process_y".into(), BTreeMap::new())]);
    assert_eq!(asked.groups, BTreeSet::from(["a".into(), "le".into()]));
}
