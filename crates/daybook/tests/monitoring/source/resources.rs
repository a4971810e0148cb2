//! What Daybook uses up.

use crate::model::Side::Above;
use crate::model::{Alert, Panel, Row, Unit, at, between};

const INSTANCE: &[(&str, &str)] = &[("instance", "one")];

pub(crate) fn row() -> Row {
    let panels = vec![
        pool(),
        acquire(),
        database(),
        jetstream(),
        files(),
        database_size(),
        stream_size(),
        memory(),
        cpu(),
        tasks(),
    ];
    Row { title: "Resources", panels }
}

fn pool() -> Panel {
    let used = |count| {
        vec![
            at("daybook_database_connections_in_use{instance=\"one\"}", count),
            at("daybook_database_connections_max{instance=\"one\"}", 20.0),
        ]
    };
    let expression = "max by (instance) (daybook_database_connections_in_use / daybook_database_connections_max)";
    Panel::new("Connections to the database", Unit::Share, "In use, of those that a node may have")
        .line("{{instance}}", expression)
        .alert(
            Alert::new("PoolBusy", Above, "A node runs out of connections to the database")
                .labelled(INSTANCE)
                .warning(0.8, "5m", used(18.0))
                .critical(0.95, "2m", used(20.0))
                .quiet(used(6.0)),
        )
}

fn acquire() -> Panel {
    let taking = |low, high| between("daybook_database_acquire_seconds", "", low, high);
    let expression =
        "histogram_quantile(0.95, sum by (le, instance) (rate(daybook_database_acquire_seconds_bucket[10m])))";
    Panel::new("Time to get a connection", Unit::Seconds, "p95 of samples, one every 5 s")
        .line("{{instance}}", expression)
        .alert(
            Alert::new("PoolWait", Above, "Requests wait for a connection to the database")
                .labelled(INSTANCE)
                .warning(0.1, "5m", taking(0.1, 0.25))
                .critical(1.0, "5m", taking(1.0, 5.0))
                .quiet(taking(0.0005, 0.001)),
        )
}

fn database() -> Panel {
    let filled = |bytes| {
        vec![
            at("daybook_database_size_bytes{instance=\"one\"}", bytes),
            at("daybook_database_space_bytes{instance=\"one\"}", 100e9),
        ]
    };
    let expression = "max(daybook_database_size_bytes) / max(daybook_database_space_bytes)";
    Panel::new("Database, share of its space", Unit::Share, "Of DAYBOOK_DATABASE_SPACE_GB")
        .line("filled", expression)
        .alert(
            Alert::new("DatabaseFull", Above, "The database fills the space that it has")
                .warning(0.8, "10m", filled(85e9))
                .critical(0.9, "10m", filled(95e9))
                .quiet(filled(20e9)),
        )
}

fn jetstream() -> Panel {
    let filled = |bytes| {
        vec![
            at("daybook_stream_bytes{instance=\"one\",stream=\"DAYBOOK\"}", bytes),
            at("daybook_stream_limit_bytes{instance=\"one\",stream=\"DAYBOOK\"}", 4e9),
        ]
    };
    let expression = "max by (stream) (daybook_stream_bytes / daybook_stream_limit_bytes)";
    Panel::new(
        "Streams, share of their limits",
        Unit::Share,
        "A full stream drops its oldest messages before their 7 days",
    )
    .line("{{stream}}", expression)
    .alert(
        Alert::new("StreamFull", Above, "A JetStream stream is about to drop messages early")
            .labelled(&[("stream", "DAYBOOK")])
            .warning(0.8, "10m", filled(3.4e9))
            .critical(0.95, "10m", filled(3.9e9))
            .quiet(filled(1e9)),
    )
}

fn files() -> Panel {
    let open = |count| {
        vec![
            at("process_open_fds{instance=\"one\",job=\"daybook\"}", count),
            at("process_max_fds{instance=\"one\",job=\"daybook\"}", 1_000.0),
        ]
    };
    let expression = "max by (instance) (process_open_fds{job=\"daybook\"} / process_max_fds{job=\"daybook\"})";
    Panel::new("Open files", Unit::Share, "Of those that a node may have; connections of clients are files too")
        .line("{{instance}}", expression)
        .alert(
            Alert::new("FilesRunOut", Above, "A node is about to run out of file descriptors")
                .labelled(INSTANCE)
                .warning(0.8, "5m", open(850.0))
                .critical(0.95, "1m", open(980.0))
                .quiet(open(100.0)),
        )
}

fn database_size() -> Panel {
    Panel::new("Size of the database", Unit::Bytes, "And of the log in it")
        .line("all", "max(daybook_database_size_bytes)")
        .line("log", "max(daybook_log_size_bytes)")
}

fn stream_size() -> Panel {
    Panel::new("Messages in JetStream", Unit::Count, "In each stream")
        .line("{{stream}}", "max by (stream) (daybook_stream_messages)")
}

fn memory() -> Panel {
    Panel::new("Memory", Unit::Bytes, "Resident, of each node")
        .line("{{instance}}", "process_resident_memory_bytes{job=\"daybook\"}")
}

fn cpu() -> Panel {
    Panel::new("CPU", Unit::Count, "Processors that each node keeps busy")
        .line("{{instance}}", "rate(process_cpu_seconds_total{job=\"daybook\"}[5m])")
}

fn tasks() -> Panel {
    Panel::new("Tasks that wait", Unit::Count, "For a worker thread of the node, and connections that are at hand")
        .line("queued, {{instance}}", "daybook_runtime_queued_tasks")
        .line("tasks, {{instance}}", "daybook_runtime_tasks")
        .line("idle connections, {{instance}}", "daybook_database_connections_idle")
}
