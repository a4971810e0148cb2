//! What a dashboard and its alerts are made of. An alert is a threshold of a panel's query, so both always say the same.

/// Panels that belong together.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) panels: Vec<Panel>,
}

/// A graph, and what is too much or too little of what it shows.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    /// What an operator sees there.
    pub(crate) about: &'static str,
    pub(crate) unit: Unit,
    pub(crate) queries: Vec<Query>,
    /// Thresholds of the first query.
    pub(crate) alert: Option<Alert>,
}

/// One or more lines in a graph.
#[derive(Clone, Copy)]
pub(crate) struct Query {
    pub(crate) expression: &'static str,
    pub(crate) legend: &'static str,
}

/// What the numbers are, as Grafana calls it.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Seconds,
    PerSecond,
    Share,
    Bytes,
    Count,
}

/// When somebody has to look. What it means and what to do stands under its name in `docs/operations.md`.
pub(crate) struct Alert {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    /// What must also hold: a share of next to nothing says nothing.
    pub(crate) provided: Option<&'static str>,
    /// From the mildest on.
    pub(crate) levels: Vec<Level>,
    /// What happens, in a sentence.
    pub(crate) summary: &'static str,
    /// The labels that an alert has in the examples.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    /// An example in which nothing is wrong.
    pub(crate) quiet: Series,
}

/// Which side of the threshold is the wrong one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    Below,
}

/// From where on it is how bad.
pub(crate) struct Level {
    pub(crate) severity: Severity,
    pub(crate) threshold: f64,
    /// How long it must last, in Prometheus's notation.
    pub(crate) lasting: &'static str,
    /// An example in which this level is reached, and none above it.
    pub(crate) example: Series,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Look at it today.
    Warning,
    /// Look at it now.
    Critical,
}

/// Series and their values over half an hour, in promtool's notation.
pub(crate) type Series = Vec<(String, String)>;

impl Severity {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Unit {
    pub(crate) const fn grafana(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::PerSecond => "ops",
            Self::Share => "percentunit",
            Self::Bytes => "bytes",
            Self::Count => "short",
        }
    }
}

impl Panel {
    pub(crate) fn new(title: &'static str, unit: Unit, about: &'static str) -> Self {
        Self { title, about, unit, queries: Vec::new(), alert: None }
    }

    pub(crate) fn line(mut self, legend: &'static str, expression: &'static str) -> Self {
        self.queries.push(Query { expression, legend });
        self
    }

    pub(crate) fn alert(mut self, alert: Alert) -> Self {
        self.alert = Some(alert);
        self
    }
}

impl Alert {
    pub(crate) fn new(name: &'static str, side: Side, summary: &'static str) -> Self {
        Self { name, side, provided: None, levels: Vec::new(), summary, labels: &[], quiet: Vec::new() }
    }

    pub(crate) fn provided(mut self, condition: &'static str) -> Self {
        self.provided = Some(condition);
        self
    }

    pub(crate) fn labelled(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
    }

    pub(crate) fn warning(self, threshold: f64, lasting: &'static str, example: Series) -> Self {
        self.level(Severity::Warning, threshold, lasting, example)
    }

    pub(crate) fn critical(self, threshold: f64, lasting: &'static str, example: Series) -> Self {
        self.level(Severity::Critical, threshold, lasting, example)
    }

    pub(crate) fn quiet(mut self, series: Series) -> Self {
        self.quiet = series;
        self
    }

    fn level(mut self, severity: Severity, threshold: f64, lasting: &'static str, example: Series) -> Self {
        self.levels.push(Level { severity, threshold, lasting, example });
        self
    }

    /// The rule's expression at a level.
    pub(crate) fn expression(&self, query: Query, level: &Level) -> String {
        let comparison = if self.side == Side::Above { ">" } else { "<" };
        let rule = format!("({}) {comparison} {}", query.expression, level.threshold);
        self.provided.map_or(rule.clone(), |condition| format!("{rule} and on () ({condition})"))
    }
}

impl Row {
    /// All alerts with the queries that they are about.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (&Alert, Query)> {
        self.panels.iter().filter_map(|panel| Some((panel.alert.as_ref()?, panel.queries[0])))
    }
}

/// A series that stays at a value.
pub(crate) fn at(series: &str, value: f64) -> (String, String) {
    (series.to_owned(), format!("{value}+0x30"))
}

/// A counter that grows by so much a minute.
pub(crate) fn growing(series: &str, a_minute: u32) -> (String, String) {
    (series.to_owned(), format!("0+{a_minute}x30"))
}

/// A histogram whose observations all lie between two bounds. `name` carries its labels up to the bucket's: `x{a="b"`.
pub(crate) fn between(metric: &str, labels: &str, low: f64, high: f64) -> Series {
    let bucket = |bound: String, count| {
        (format!("{metric}_bucket{{instance=\"one\",{labels}le=\"{bound}\"}}"), format!("0+{count}x30"))
    };
    vec![bucket(low.to_string(), 0), bucket(high.to_string(), 600), bucket("+Inf".to_owned(), 600)]
}
