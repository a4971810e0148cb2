//! Prometheus's text format, read back.

use std::collections::BTreeMap;

/// A line of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// Every sample of a text, or the first line that is none.
pub(crate) fn samples(text: &str) -> Result<Vec<Sample>, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| sample(line).ok_or_else(|| line.to_owned())).collect()
}

fn sample(line: &str) -> Option<Sample> {
    let (series, value) = line.rsplit_once(' ')?;
    let value = value.parse().ok()?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels_of(labels.strip_suffix('}')?)?),
        None => (series, BTreeMap::new()),
    };
    Some(Sample { name: name.to_owned(), labels, value })
}

/// `name="value"` with commas between. No value of ours has a comma with a quotation mark before it.
fn labels_of(text: &str) -> Option<BTreeMap<String, String>> {
    text.split("\",")
        .map(|label| label.trim_end_matches('"').split_once("=\""))
        .map(|label| {
            let (name, value) = label?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

#[test]
fn samples_are_read_with_their_labels() {
    let text = "# HELP a b\n# TYPE a counter\na{b=\"c, d\",e=\"{f}\"} 1.5\ng +Inf\n";
    let read = samples(text).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].labels, BTreeMap::from([("b", "c, d"), ("e", "{f}")].map(|(a, b)| (a.into(), b.into()))));
    assert!(read[1].value.is_infinite() && read[1].name == "g");
    assert_eq!(samples("a b c\n"), Err("a b c".to_owned()));
}
