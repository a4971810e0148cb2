//! From the log into JetStream, and out of it.

use crate::model::Side::{Above, Below};
use crate::model::{Alert, Panel, Row, Unit, at};

pub(crate) fn row() -> Row {
    Row { title: "Feed", panels: vec![lag(), leader(), backlog(), waiting(), published(), disturbances()] }
}

fn lag() -> Panel {
    let late = |seconds| vec![at("daybook_relay_lag_seconds{instance=\"one\"}", seconds)];
    Panel::new("Relay lag", Unit::Seconds, "For how long the longest-waiting event waits for being published")
        .line("lag", "max(daybook_relay_lag_seconds)")
        .alert(
            Alert::new("RelayLag", Above, "Events reach JetStream late")
                .warning(10.0, "1m", late(20.0))
                .critical(60.0, "1m", late(90.0))
                .quiet(late(0.5)),
        )
}

fn leader() -> Panel {
    let leads = |value| {
        vec![at("daybook_relay_leader{instance=\"one\"}", value), at("daybook_relay_leader{instance=\"two\"}", 0.0)]
    };
    Panel::new("Nodes that publish", Unit::Count, "One, save for a few seconds when another takes over")
        .line("publishing", "sum(daybook_relay_leader) or on () vector(0)")
        .alert(
            Alert::new("NobodyPublishes", Below, "No node carries the log to JetStream")
                .critical(1.0, "1m", leads(0.0))
                .quiet(leads(1.0)),
        )
}

fn backlog() -> Panel {
    let series =
        "daybook_consumer_backlog_messages{consumer=\"projection bookings\",instance=\"one\",stream=\"DAYBOOK\"}";
    let waiting = |messages| vec![at(series, messages)];
    Panel::new("Consumers' backlog", Unit::Count, "Messages that consumers have not been given yet")
        .line("{{stream}} {{consumer}}", "max by (stream, consumer) (daybook_consumer_backlog_messages)")
        .alert(
            Alert::new("ConsumerBacklog", Above, "A consumer of events does not keep up")
                .labelled(&[("stream", "DAYBOOK"), ("consumer", "projection bookings")])
                .warning(10_000.0, "5m", waiting(20_000.0))
                .critical(100_000.0, "5m", waiting(200_000.0))
                .quiet(waiting(100.0)),
        )
}

fn waiting() -> Panel {
    Panel::new("Events that wait for the relay", Unit::Count, "About so many: gaps in the log's positions count too")
        .line("waiting", "max(daybook_relay_lag_events)")
}

fn published() -> Panel {
    Panel::new("Events published", Unit::PerSecond, "Into each stream")
        .line("{{stream}}", "sum by (stream) (rate(daybook_relay_published_total[5m]))")
}

fn disturbances() -> Panel {
    Panel::new(
        "Publishing begun again",
        Unit::Count,
        "After a lost connection or a stream that was not where it should be, in 10 minutes",
    )
    .line("{{stream}}", "sum by (stream) (increase(daybook_relay_disturbances_total[10m]))")
}
