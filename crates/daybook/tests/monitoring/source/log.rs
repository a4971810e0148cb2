//! Appends to the log.

use crate::model::Side::Above;
use crate::model::{Alert, Panel, Row, Unit, between};

pub(crate) fn row() -> Row {
    Row { title: "Log", panels: vec![latency(), batches(), outcomes(), retries()] }
}

fn latency() -> Panel {
    let taking = |low, high| between("daybook_append_duration_seconds", "", low, high);
    Panel::new("Time of an append", Unit::Seconds, "What PostgreSQL takes for one statement, whatever is in it")
        .line("p95", "histogram_quantile(0.95, sum by (le) (rate(daybook_append_duration_seconds_bucket[5m])))")
        .line("p50", "histogram_quantile(0.5, sum by (le) (rate(daybook_append_duration_seconds_bucket[5m])))")
        .alert(
            Alert::new("AppendsSlow", Above, "PostgreSQL takes long to append to the log")
                .warning(0.25, "5m", taking(0.25, 0.5))
                .critical(1.0, "2m", taking(1.0, 4.0))
                .quiet(taking(0.005, 0.01)),
        )
}

fn batches() -> Panel {
    let expression =
        "sum(rate(daybook_append_batch_streams_sum[5m])) / sum(rate(daybook_append_batch_streams_count[5m]))";
    Panel::new(
        "Streams in an append",
        Unit::Count,
        "How many calendars share a statement: the more there is to do, the more",
    )
    .line("mean", expression)
}

fn outcomes() -> Panel {
    Panel::new("Appends", Unit::PerSecond, "By what became of them")
        .line("{{outcome}}", "sum by (outcome) (rate(daybook_append_operations_total[5m]))")
}

fn retries() -> Panel {
    Panel::new("Appends tried again", Unit::PerSecond, "By why; lost races are the other nodes' doing")
        .line("{{reason}}", "sum by (reason) (rate(daybook_append_retries_total[5m]))")
}
