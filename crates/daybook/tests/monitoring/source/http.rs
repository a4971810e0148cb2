//! Requests.

use crate::model::Side::Above;
use crate::model::{Alert, Panel, Row, Unit, at, growing};

pub(crate) fn row() -> Row {
    Row { title: "HTTP", panels: vec![errors(), guesses(), streams(), answers(), latency(), limited()] }
}

fn errors() -> Panel {
    let answered = |well, badly| {
        let series = |status| format!("daybook_http_responses_total{{instance=\"one\",status=\"{status}\"}}");
        vec![growing(&series("2xx"), well), growing(&series("5xx"), badly)]
    };
    let expression = "sum(rate(daybook_http_responses_total{status=\"5xx\"}[5m])) \
                      / sum(rate(daybook_http_responses_total[5m]))";
    Panel::new("Share of errors", Unit::Share, "Answers with a status of 500 and above").line("5xx", expression).alert(
        Alert::new("ErrorRateHigh", Above, "Daybook answers with errors of its own")
            .warning(0.01, "5m", answered(970, 30))
            .critical(0.05, "5m", answered(900, 100))
            .quiet(answered(999, 1)),
    )
}

fn guesses() -> Panel {
    let refused = |a_minute| {
        vec![growing("daybook_authentication_failures_total{instance=\"one\",reason=\"wrong_password\"}", a_minute)]
    };
    Panel::new("Credentials refused", Unit::PerSecond, "Log-ins, API keys, booking tokens")
        .line("{{reason}}", "sum by (reason) (rate(daybook_authentication_failures_total[5m]))")
        .alert(
            Alert::new("CredentialsGuessed", Above, "Somebody seems to be guessing credentials")
                .labelled(&[("reason", "wrong_password")])
                .warning(1.0, "10m", refused(120))
                .quiet(refused(6)),
        )
}

fn streams() -> Panel {
    let open = |count| vec![at("daybook_event_streams_open{instance=\"one\"}", count)];
    Panel::new("Event streams", Unit::Count, "Open on each node; there are 1,000 at most")
        .line("{{instance}}", "max by (instance) (daybook_event_streams_open)")
        .alert(
            Alert::new("EventStreamsFull", Above, "A node soon turns away consumers of events")
                .labelled(&[("instance", "one")])
                .warning(900.0, "5m", open(950.0))
                .quiet(open(40.0)),
        )
}

fn answers() -> Panel {
    Panel::new("Answers", Unit::PerSecond, "By kind; answers about availability included")
        .line("{{status}}", "sum by (status) (rate(daybook_http_responses_total[5m]))")
}

fn latency() -> Panel {
    let expression = "topk(10, histogram_quantile(0.95, \
                      sum by (le, method, route) (rate(daybook_http_request_duration_seconds_bucket[5m]))))";
    Panel::new("Slowest routes", Unit::Seconds, "p95, without answers about availability that lay ready")
        .line("{{method}} {{route}}", expression)
}

fn limited() -> Panel {
    Panel::new("Requests turned away", Unit::PerSecond, "They came too soon after others")
        .line("{{limit}}", "sum by (limit) (rate(daybook_rate_limited_total[5m]))")
}
