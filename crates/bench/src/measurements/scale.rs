//! How the whole grows with the number of hosts: appends, availability that nobody has asked for, rebuilds, disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::TimeDelta;
use daybook_domain::calendar::command::{CalendarCommand, RequestBooking};
use daybook_domain::calendar::event::Guest;
use daybook_domain::ids::BookingId;
use daybook_domain::personal::Personal;
use daybook_domain::text::{EmailAddress, Name};
use daybook_domain::time::{Interval, instant};
use daybook_event_store::Metadata;
use daybook_testkit::Role;
use rand::RngExt;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::memory::gib;
use super::rebuild::{rebuild_all, sizes};
use crate::cpu::Meter;
use crate::deployment::{Deployment, Node, Roles, Store};
use crate::load::{Connection, Request};
use crate::report::{Panel, Percentiles, Report};
use crate::turn::{Recorder, Turn};
use crate::world::{Calendars, histories, now};

const IN_FLIGHT: usize = 64;
/// Connections of those who ask for availability.
const CONNECTIONS: usize = 16;
/// Days that are asked for.
const DAYS: u64 = 7;

/// What one size came to.
struct Size {
    hosts: u64,
    events: u64,
    written: f64,
    append: Turn,
    miss: Turn,
    rebuild: f64,
    database: u64,
    log: u64,
}

/// Measures each of these numbers of hosts, one after the other; `turn` for each figure that takes as long as it is given.
pub async fn measure(sizes: &[u64], turn: Duration) -> Result<Report> {
    let mut measured = Vec::new();
    for hosts in sizes {
        measured.push(measure_one(*hosts, turn).await?);
    }
    let (first, last) = (&measured[0], &measured[measured.len() - 1]);
    let ratio = last.append.rate() / first.append.rate();
    let report = Report {
        baseline_name: Some("the smallest number of hosts"),
        baseline: Some(first.append.rate()),
        ratio: Some(ratio),
        percentiles: Some(Percentiles::from(&last.append.latencies)),
        baseline_percentiles: Some(Percentiles::from(&first.append.latencies)),
        panels: curves(&measured),
        ..Report::new("scale", last.append.rate(), "bookings/s")
    };
    let report = measured.iter().fold(report, |report, size| report.note(line(size)));
    Ok(report
        .note("bookings: in process, on hosts chosen at random, not cached; availability misses: over HTTP, likewise"))
}

async fn measure_one(hosts: u64, turn: Duration) -> Result<Size> {
    let deployment = Deployment::start().await?;
    let pool = deployment.pool(Role::Application, 8).await?;
    let written = histories::write(0..hosts, &pool, deployment.master_keys()?).await?;
    sqlx::query("VACUUM ANALYZE").execute(&deployment.pool(Role::Superuser, 1).await?).await?;
    let (database, log) = sizes(&pool).await?;

    let rebuilt = rebuild_all(&deployment, &pool, &Meter::own("program")).await?;
    let node = deployment.node(Roles::Api).await?;
    let miss = ask_each_once(&node, hosts, turn).await?;
    node.stop().await?;

    let store = Arc::new(deployment.store().await?);
    let append = book_anywhere(&store, hosts, turn).await?;
    if let Some(store) = Arc::into_inner(store) {
        store.stop().await;
    }
    pool.close().await;
    deployment.stop().await?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = written.events as f64 / written.took.as_secs_f64();
    Ok(Size {
        hosts,
        events: written.events,
        written: per_second,
        append,
        miss,
        rebuild: rebuilt.events_per_second(),
        database,
        log,
    })
}

/// Asks for the availability of one host after the other, so that no answer has been given before, until the turn is over.
pub async fn ask_each_once(node: &Node, hosts: u64, turn: Duration) -> Result<Turn> {
    let (begun, given) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (calendars, given, address) = (Calendars::new(0), Arc::clone(&given), node.address);
        tasks.spawn(async move {
            let (mut connection, mut recorder) = (Connection::open(address).await?, Recorder::new(begun));
            while begun.elapsed() < turn {
                let number = given.fetch_add(1, Ordering::Relaxed);
                if number >= hosts {
                    break;
                }
                let asked = Instant::now();
                connection.exchange(&Request::get(&calendars.availability_path(number, DAYS))).await?;
                recorder.record(asked);
            }
            anyhow::Ok(recorder)
        });
    }
    Recorder::gather(begun, tasks).await
}

/// Books free times of hosts chosen at random.
async fn book_anywhere(store: &Arc<Store>, hosts: u64, turn: Duration) -> Result<Turn> {
    let (begun, persons) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (store, persons) = (Arc::clone(store), Arc::clone(&persons));
        tasks.spawn(async move {
            let mut recorder = Recorder::new(begun);
            while begun.elapsed() < turn {
                let number = rand::rng().random_range(0..hosts);
                let asked = Instant::now();
                if book_one(&store, number, persons.fetch_add(1, Ordering::Relaxed)).await? {
                    recorder.record(asked);
                }
            }
            anyhow::Ok(recorder)
        });
    }
    Recorder::gather(begun, tasks).await
}

/// Books a host's next free time; whether there is one.
async fn book_one(store: &Store, number: u64, person: u64) -> Result<bool> {
    let (host, now) = (Calendars::host(number), now());
    let calendar = store.calendars.calendar(host).await?;
    let availability = calendar.availability();
    let (Some(meeting_type), Some(soon)) = (
        availability.settings.meeting_type(Calendars::meeting_type(number)),
        Interval::between(now, now + TimeDelta::days(7)),
    ) else {
        return Ok(false);
    };
    let slots = availability.offered(meeting_type, soon, now);
    let Some(slot) = slots.get(rand::rng().random_range(0..slots.len().max(1))) else { return Ok(false) };
    let email = EmailAddress::parse(&format!("newcomer-{person}@example.org"))?;
    let subject = store.calendars.codec().keys().guest(&email).await?;
    let booking = RequestBooking {
        booking_id: BookingId(Uuid::now_v7()),
        meeting_type_id: meeting_type.id,
        start: instant(slot.during.start()),
        guest: Personal::plain(Guest::new(Name::parse("Ada Lovelace")?, email), subject),
        guest_time_zone: "Europe/London".parse()?,
        repeat_is_duplicate: false,
    };
    let booking = CalendarCommand::RequestBooking(Box::new(booking));
    // Somebody else may have taken it in between: no booking, and no error.
    let booked = store.calendars.execute(host, booking, now, Metadata::default()).await;
    match booked {
        Ok(_) => Ok(true),
        Err(daybook_event_store::ExecuteError::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn line(size: &Size) -> String {
    let percentiles = Percentiles::from(&size.miss.latencies);
    format!(
        "{:>9} hosts, {:>9} events: written {:>6.0} events/s; book {:>5.0}/s; miss {:>5.0}/s, p50 {:.2} ms, p99 {:.2} ms; \
         rebuild {:>6.0} events/s; disk {:.2} GiB, of which events {:.2}",
        size.hosts,
        size.events,
        size.written,
        size.append.rate(),
        size.miss.rate(),
        percentiles.p50 / 1000.0,
        percentiles.p99 / 1000.0,
        size.rebuild,
        gib(size.database),
        gib(size.log)
    )
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn curves(sizes: &[Size]) -> Vec<Panel> {
    let curve = |name: &str, of: &dyn Fn(&Size) -> f64| {
        (name.to_owned(), sizes.iter().map(|size| (size.hosts as f64, of(size))).collect())
    };
    let panel = |title, y, curves| Panel { title, x: "hosts", y, logarithmic: true, curves };
    vec![
        panel(
            "work per second",
            "per second",
            vec![
                curve("bookings of hosts not cached", &|size| size.append.rate()),
                curve("availability misses", &|size| size.miss.rate()),
                curve("events rebuilt", &|size| size.rebuild),
                curve("events written", &|size| size.written),
            ],
        ),
        panel(
            "disk",
            "GiB",
            vec![curve("database", &|size| gib(size.database)), curve("events", &|size| gib(size.log))],
        ),
    ]
}
