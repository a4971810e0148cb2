//! Answers about availability (V8 and the service level of 200 ms).

use crate::model::Side::{Above, Below};
use crate::model::{Alert, Panel, Row, Unit, between, growing};

pub(crate) fn row() -> Row {
    Row { title: "Availability", panels: vec![latency(), hit_rate(), answers(), caches()] }
}

fn latency() -> Panel {
    let taking = |low, high| between("daybook_availability_duration_seconds", "cache=\"miss\",", low, high);
    Panel::new("Time to answer", Unit::Seconds, "Of answers about availability, from the cache or not")
        .line("p95", "histogram_quantile(0.95, sum by (le) (rate(daybook_availability_duration_seconds_bucket[5m])))")
        .line(
            "p95, {{cache}}",
            "histogram_quantile(0.95, sum by (le, cache) (rate(daybook_availability_duration_seconds_bucket[5m])))",
        )
        .alert(
            Alert::new("AvailabilitySlow", Above, "One answer about availability in twenty takes too long")
                .warning(0.2, "5m", taking(0.2, 0.5))
                .critical(1.0, "5m", taking(1.0, 5.0))
                .quiet(taking(0.05, 0.1)),
        )
}

fn hit_rate() -> Panel {
    let answered = |hits, misses| {
        let series = |outcome| {
            format!("daybook_cache_operations_total{{cache=\"availability\",instance=\"one\",outcome=\"{outcome}\"}}")
        };
        vec![growing(&series("hit"), hits), growing(&series("miss"), misses)]
    };
    let expression = "sum(rate(daybook_cache_operations_total{cache=\"availability\",outcome=\"hit\"}[10m])) \
                      / sum(rate(daybook_cache_operations_total{cache=\"availability\"}[10m]))";
    Panel::new("Cache hit rate", Unit::Share, "Answers that lay ready, of those that could")
        .line("hits", expression)
        .alert(
            Alert::new("CacheHitRateLow", Below, "Too few answers about availability lie ready")
                .provided("sum(rate(daybook_cache_operations_total{cache=\"availability\"}[10m])) > 1")
                .warning(0.7, "10m", answered(600, 400))
                .critical(0.5, "10m", answered(400, 600))
                .quiet(answered(900, 100)),
        )
}

fn answers() -> Panel {
    Panel::new(
        "Answers",
        Unit::PerSecond,
        "Answers about availability; kinds that are always computed are none of the cache's",
    )
    .line("{{cache}}", "sum by (cache) (rate(daybook_availability_requests_total[5m]))")
}

fn caches() -> Panel {
    let expression = "sum by (cache) (rate(daybook_cache_operations_total{outcome=\"hit\"}[10m])) \
                      / sum by (cache) (rate(daybook_cache_operations_total[10m]))";
    Panel::new("Hit rates of all caches", Unit::Share, "Answers, calendars, people").line("{{cache}}", expression)
}
