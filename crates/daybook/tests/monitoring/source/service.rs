//! Whether there is anybody to book with.

use crate::model::Side::Below;
use crate::model::{Alert, Panel, Row, Unit, at};

pub(crate) fn row() -> Row {
    Row { title: "Service", panels: vec![nodes(), somebody(), ready(), nats(), latencies(), versions()] }
}

fn nodes() -> Panel {
    let up = |value| vec![at("up{job=\"daybook\",instance=\"one\"}", value)];
    Panel::new("Nodes", Unit::Count, "1 where Prometheus reaches the internal listener of a node")
        .line("{{instance}}", "up{job=\"daybook\"}")
        .alert(
            Alert::new("NodeDown", Below, "A node of Daybook does not answer")
                .labelled(&[("instance", "one"), ("job", "daybook")])
                .critical(1.0, "1m", up(0.0))
                .quiet(up(1.0)),
        )
}

fn somebody() -> Panel {
    let ready =
        |one, other| vec![at("daybook_ready{instance=\"one\"}", one), at("daybook_ready{instance=\"two\"}", other)];
    Panel::new("Nodes that take bookings", Unit::Count, "Nodes that are ready")
        .line("ready", "sum(daybook_ready) or on () vector(0)")
        .alert(
            Alert::new("NobodyTakesBookings", Below, "No node of Daybook can take a booking")
                .critical(1.0, "30s", ready(0.0, 0.0))
                .quiet(ready(0.0, 1.0)),
        )
}

fn ready() -> Panel {
    let ready = |value| vec![at("daybook_ready{instance=\"one\"}", value)];
    Panel::new("Ready", Unit::Count, "1 where a booking could be made; 0 also while a node stops")
        .line("{{instance}}", "min by (instance) (daybook_ready)")
        .alert(
            Alert::new("NodeNotReady", Below, "A node of Daybook cannot take bookings")
                .labelled(&[("instance", "one")])
                .warning(1.0, "2m", ready(0.0))
                .quiet(ready(1.0)),
        )
}

fn nats() -> Panel {
    let up = |value| vec![at("daybook_dependency_up{dependency=\"nats\",instance=\"one\"}", value)];
    Panel::new("NATS", Unit::Count, "1 where a node reaches JetStream")
        .line("{{instance}}", "min by (instance) (daybook_dependency_up{dependency=\"nats\"})")
        .alert(
            Alert::new(
                "NatsUnreachable",
                Below,
                "A node of Daybook does not reach NATS: others hear of its bookings late",
            )
            .labelled(&[("instance", "one")])
            .warning(1.0, "1m", up(0.0))
            .quiet(up(1.0)),
        )
}

fn latencies() -> Panel {
    let expression = "max by (dependency, instance) (daybook_dependency_latency_seconds)";
    Panel::new("Answers of the parts", Unit::Seconds, "How long the database and NATS take to say that they are there")
        .line("{{dependency}} {{instance}}", expression)
}

fn versions() -> Panel {
    Panel::new("Versions", Unit::Count, "Nodes by version of the program and of its time zone data")
        .line("{{version}}, tzdata {{tzdata}}", "sum by (version, tzdata) (daybook_build_info)")
}
