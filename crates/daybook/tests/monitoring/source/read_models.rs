//! Projectors and what they fill.

use crate::model::Side::Above;
use crate::model::{Alert, Panel, Row, Unit, at, growing};

const LABELS: &[(&str, &str)] = &[("projection", "bookings")];

pub(crate) fn row() -> Row {
    Row { title: "Read models", panels: vec![lag(), failures(), applied()] }
}

fn lag() -> Panel {
    let late = |seconds| vec![at("daybook_projection_lag_seconds{instance=\"one\",projection=\"bookings\"}", seconds)];
    Panel::new("Lag", Unit::Seconds, "For how long the longest-waiting event of a read model waits")
        .line("{{projection}}", "max by (projection) (daybook_projection_lag_seconds)")
        .alert(
            Alert::new("ProjectionLag", Above, "A read model is behind the log")
                .labelled(LABELS)
                .warning(10.0, "1m", late(20.0))
                .critical(60.0, "1m", late(90.0))
                .quiet(late(0.2)),
        )
}

fn failures() -> Panel {
    let failing = |a_minute| {
        vec![growing("daybook_projection_failures_total{instance=\"one\",projection=\"bookings\"}", a_minute)]
    };
    let expression = "sum by (projection) (increase(daybook_projection_failures_total[10m]))";
    Panel::new(
        "Failures",
        Unit::Count,
        "Events that could not be projected, in 10 minutes; they are tried again, never skipped",
    )
    .line("{{projection}}", expression)
    .alert(
        Alert::new("ProjectionFails", Above, "An event cannot be projected, and holds its partition up")
            .labelled(LABELS)
            .critical(10.0, "5m", failing(6))
            .quiet(failing(0)),
    )
}

fn applied() -> Panel {
    Panel::new("Events projected", Unit::PerSecond, "Into each read model")
        .line("{{projection}}", "sum by (projection) (rate(daybook_projection_events_total[5m]))")
}
