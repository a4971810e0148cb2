//! `daybook events tail` and `export` (SPEC §4).

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use nix::sys::signal::Signal;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Value, json};

use super::consumer::Folder;
use crate::shared;
use crate::support::cli::run;
use crate::support::deployment::Deployment;
use crate::support::people::{Booked, Host, booking};
use crate::support::program::{Program, command};
use crate::support::times::{at, tuesday};
use crate::support::{eventually, until};

async fn busy_host(shared: &crate::Shared) -> (Host, Vec<Value>) {
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let asked = booking(&host.offer().await.id, &at(tuesday(), "09:00"));
    let booked = Booked::of(&http, &http.post("/api/bookings", &asked).await);
    booked.cancel().json(&json!({"reason": "Toothache"})).await.ok();
    let history = host.history().await;
    (host, history)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn places(events: &[Value], member: &str) -> Vec<String> {
    events.iter().map(|event| event[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_tail_prints_what_was_missed_and_what_happens_and_ends_at_once_when_told_to() {
    let shared = shared().await;
    let database_url = shared.deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str())];
    let (host, history) = busy_host(shared).await;
    let from = history[1]["position"].as_str().unwrap();
    let mut tail = Program::start(&["events", "tail", "--host", &host.username, "--from", from], &environment);
    let mut analytics =
        Program::start(&["events", "tail", "--host", &host.id, "--from", "start", "--analytics"], &environment);
    let mut now = Program::start(&["events", "tail", "--host", &host.id], &environment);
    now.until_said("following the log").await;
    until("what was missed is printed", async || tail.printed().text().lines().count() >= 3).await;
    host.http.patch("/api/users/me", &json!({"time_zone": "Europe/Berlin"})).await.ok();
    until("all is printed", async || {
        [&tail, &analytics, &now].map(|program| program.printed().text().lines().count()) == [4, 6, 1]
    })
    .await;
    let all = places(&host.history().await, "position");
    assert_eq!(places(&lines(&tail.printed().text()), "sequence"), all[2..]);
    assert_eq!(places(&lines(&analytics.printed().text()), "sequence"), all);
    assert_eq!(places(&lines(&now.printed().text()), "sequence"), all[5..]);
    let (sealed, without) = (tail.printed().text(), analytics.printed().text());
    assert!(sealed.contains("\"sealed\"") && !sealed.contains("Lovelace") && !sealed.contains("Toothache"), "{sealed}");
    assert!(!without.contains("sealed") && !without.contains("guest:"), "{without}");
    for (program, signal) in
        [(&mut tail, Signal::SIGINT), (&mut analytics, Signal::SIGTERM), (&mut now, Signal::SIGINT)]
    {
        program.signal(signal);
        assert!(program.ended().await.success());
    }
}

#[tokio::test]
async fn a_tail_that_nobody_reads_any_more_ends_well_even_if_nothing_happens() {
    let shared = shared().await;
    let database_url = shared.deployment.database.app_url();
    let (host, history) = busy_host(shared).await;
    let arguments = ["events", "tail", "--host", &host.id, "--from", "start"];
    let mut command = command(&arguments, &[("DATABASE_URL", &database_url)]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let printed = child.stdout.take().unwrap();
    let first = tokio::task::spawn_blocking(move || BufReader::new(printed).lines().next().unwrap().unwrap()).await;
    assert_eq!(lines(&first.unwrap())[0]["sequence"], history[0]["position"]);
    let status = eventually("the command ends", || std::future::ready(child.try_wait().unwrap())).await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_host_or_a_stretch_of_the_log_is_exported_as_lines() {
    let shared = shared().await;
    let database_url = shared.deployment.database.app_url();
    let environment = [("DATABASE_URL", database_url.as_str())];
    let (host, history) = busy_host(shared).await;
    let folder = Folder::create();
    let file = folder.0.join("events.jsonl");
    let export = async |more: &[&str]| {
        let arguments =
            [&["events", "export", "--host", &host.username, "--output", file.to_str().unwrap()], more].concat();
        let done = run(&arguments, &environment).await;
        let said = done.said.clone();
        (done, said, fs::read_to_string(&file).unwrap_or_default())
    };
    let all = places(&history, "position");
    let (done, said, text) = export(&[]).await;
    assert_eq!(done.well(), "", "standard output is for nothing");
    assert!(said.contains("exported 5 events"), "{said}");
    assert_eq!(places(&lines(&text), "sequence"), all);
    assert!(text.contains("\"sealed\"") && !text.contains("Lovelace"), "{text}");

    let (done, _, text) = export(&["--from", &all[0], "--to", &all[3], "--analytics"]).await;
    done.well();
    assert_eq!(places(&lines(&text), "sequence"), all[1..=3]);
    assert!(!text.contains("sealed") && !text.contains("guest:"), "{text}");

    // What fails leaves the file as it was, and nothing beside it.
    for wrong in [["--from", "1-1"], ["--to", "1-1"], ["--from", "x"], ["--host", "nobody-here"]] {
        let (done, _, after) = export(&wrong).await;
        assert_ne!(done.code, 0, "{wrong:?}");
        assert_eq!(after, text);
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[tokio::test]
async fn the_whole_log_is_exported_as_a_table() {
    let deployment = Deployment::create().await;
    let log = deployment.log();
    log.fill(5, 9_000).await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    host.offer().await.book(&at(tuesday(), "09:00")).await;
    let folder = Folder::create();
    let file = folder.0.join("events.parquet");
    let database_url = deployment.database.app_url();
    let arguments = ["events", "export", "--format", "parquet", "--output", file.to_str().unwrap()];
    run(&arguments, &[("DATABASE_URL", &database_url)]).await.well();

    let table = SerializedFileReader::new(File::open(&file).unwrap()).unwrap();
    let columns = table.metadata().file_metadata().schema_descr().columns().to_vec();
    let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
    let wanted = [
        "position",
        "time",
        "type",
        "host_id",
        "subject",
        "version",
        "actor",
        "correlation_id",
        "causation_id",
        "data",
        "id",
    ];
    assert_eq!(names, wanted);
    assert_eq!(table.num_row_groups(), 3, "of 20,000 rows at most");
    let rows: Vec<Row> = table.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let text = |row: &Row, column: usize| match row.get_column_iter().nth(column).unwrap().1 {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => panic!("{other}"),
    };
    let found: Vec<_> = rows.iter().map(|row| text(row, 0).unwrap()).collect();
    assert_eq!(found, log.places_after("0-0").await);
    let request = rows.iter().find(|row| text(row, 2).unwrap() == "daybook.BookingRequested.v1").unwrap();
    let expected = &host.history().await[2];
    let data: Value = serde_json::from_str(&text(request, 9).unwrap()).unwrap();
    assert_eq!(data["start"], at(tuesday(), "09:00"));
    assert!(data["guest"]["sealed"].is_string());
    assert_eq!(text(request, 3).as_deref(), Some(host.id.as_str()));
    assert_eq!(text(request, 4).as_deref(), data["booking_id"].as_str());
    assert_eq!(text(request, 6).as_deref(), Some("guest"));
    assert_eq!(text(request, 7).as_deref(), expected["correlation_id"].as_str());
    assert_eq!(text(request, 8), None);
    let number = |column: usize| request.get_column_iter().nth(column).unwrap().1.clone();
    assert_eq!(number(5), Field::Long(3));
    let recorded = crate::support::times::instant(&expected["recorded_at"]);
    assert_eq!(number(1), Field::TimestampMicros(recorded.timestamp_micros()));
}
