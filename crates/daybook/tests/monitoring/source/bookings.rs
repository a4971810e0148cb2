//! Commands about bookings (B6 and the service level of 500 ms).

use crate::model::Side::Above;
use crate::model::{Alert, Panel, Row, Series, Unit, at, between, growing};

pub(crate) fn row() -> Row {
    Row { title: "Bookings", panels: vec![commands(), latency(), failures(), detected(), last_layer(), prevented()] }
}

fn commands() -> Panel {
    let expression = "sum by (operation, outcome) (rate(daybook_booking_operations_total[5m])) > 0";
    Panel::new("Commands", Unit::PerSecond, "Commands about bookings by what became of them")
        .line("{{operation}} {{outcome}}", expression)
}

fn latency() -> Panel {
    let taking = |low, high| between("daybook_booking_duration_seconds", "outcome=\"done\",", low, high);
    Panel::new("Time to answer", Unit::Seconds, "Of commands about bookings, whatever became of them")
        .line("p95", "histogram_quantile(0.95, sum by (le) (rate(daybook_booking_duration_seconds_bucket[5m])))")
        .line("p50", "histogram_quantile(0.5, sum by (le) (rate(daybook_booking_duration_seconds_bucket[5m])))")
        .line("p99", "histogram_quantile(0.99, sum by (le) (rate(daybook_booking_duration_seconds_bucket[5m])))")
        .alert(
            Alert::new("BookingSlow", Above, "One booking in twenty takes too long")
                .warning(0.5, "5m", taking(0.5, 1.0))
                .critical(2.0, "2m", taking(2.0, 5.0))
                .quiet(taking(0.25, 0.5)),
        )
}

fn failures() -> Panel {
    let ended = |done, failed| {
        let series = |outcome| {
            format!("daybook_booking_operations_total{{instance=\"one\",operation=\"book\",outcome=\"{outcome}\"}}")
        };
        vec![growing(&series("done"), done), growing(&series("failed"), failed)]
    };
    let expression = "sum(rate(daybook_booking_operations_total{outcome=\"failed\"}[5m])) \
                      / sum(rate(daybook_booking_operations_total[5m]))";
    Panel::new(
        "Share that fails",
        Unit::Share,
        "Commands that failed or whose fate is unknown; not those that were refused",
    )
    .line("failed", expression)
    .alert(
        Alert::new("BookingsFail", Above, "Bookings fail for reasons of ours")
            .warning(0.01, "5m", ended(970, 30))
            .critical(0.1, "2m", ended(800, 200))
            .quiet(ended(995, 5)),
    )
}

fn detected() -> Panel {
    let found = |value| vec![at("daybook_double_booking_detected_total{instance=\"one\"}", value)];
    Panel::new("Double bookings detected", Unit::Count, "Overlapping bookings that every layer let through: never any")
        .line("detected", "max(daybook_double_booking_detected_total)")
        .alert(
            Alert::new("DoubleBooking", Above, "Two bookings of one host overlap")
                .critical(0.0, "0s", found(1.0))
                .quiet(found(0.0)),
        )
}

fn last_layer() -> Panel {
    let refused = |a_minute| -> Series {
        let series = |layer| format!("daybook_double_booking_prevented_total{{instance=\"one\",layer=\"{layer}\"}}");
        vec![growing(&series("constraint"), a_minute), growing(&series("decision"), 60)]
    };
    let expression = "sum(increase(daybook_double_booking_prevented_total{layer=\"constraint\"}[15m]))";
    Panel::new("Stopped by the last layer", Unit::Count, "Bookings that only PostgreSQL knew to overlap, in 15 minutes")
        .line("constraint", expression)
        .alert(
            Alert::new("DoubleBookingStoppedLate", Above, "Only the database's constraint kept a double booking out")
                .warning(0.0, "0s", refused(1))
                .quiet(refused(0)),
        )
}

fn prevented() -> Panel {
    Panel::new(
        "Double bookings prevented",
        Unit::PerSecond,
        "By the layer that refused them; decisions do so every day",
    )
    .line("{{layer}}", "sum by (layer) (rate(daybook_double_booking_prevented_total[5m]))")
}
