//! Commands on distinct hosts, in process.

mod hosts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, TimedCommand};
use daybook_event_store::{CalendarStore, EventStoreMetrics, MasterKeys, Metadata, StoreOptions};
use daybook_testkit::{PostgresOptions, PrivatePostgres, Role, ScratchDirectory};
use futures::TryStreamExt;
use postgres_es::PostgresEventRepository;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::hosts::{BOOKINGS_BEFORE, Guests, HOSTS, Hosts};
use crate::report::Report;
use crate::rounds::{Turn, compare, median, micros};

/// Commands under way at any moment.
const IN_FLIGHT: u64 = 64;
/// Measures commands per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let scratch = ScratchDirectory::make()?;
    let mut postgres = PrivatePostgres::start(PostgresOptions::in_directory(scratch.path().join("postgres"))).await?;
    postgres.prepare_database("daybook").await?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let pool = pool(&postgres.url("daybook", Role::Application)).await?;
    let store = CalendarStore::start(
        pool.clone(),
        MasterKeys::generate("bench").parse()?,
        StoreOptions::default(),
        EventStoreMetrics::register(&prometheus::Registry::new())?,
        &stop,
        &tasks,
    );
    let ours = Arc::new(Side { store: Store::Daybook(store), hosts: Hosts::new() });
    ours.keep_in_flight(Until::Commands(HOSTS), Work::SetUp).await?;
    let theirs =
        Arc::new(Side { store: Store::Stock(Box::new(stock(&postgres, &pool).await?)), hosts: ours.hosts.as_set_up() });

    let mut returning = Vec::new();
    let compared = compare(
        whole,
        async |turn| {
            // Beside the turn that counts, and not a part of it.
            let again = ours.keep_in_flight(Until::Elapsed(turn / 2), Work::Book(Guests::Returning)).await?;
            returning.push(again.rate());
            ours.keep_in_flight(Until::Elapsed(turn), Work::Book(Guests::New)).await
        },
        async |turn| theirs.keep_in_flight(Until::Elapsed(turn), Work::Book(Guests::New)).await,
    )
    .await?;
    let commits = single_row_commits(&postgres, whole / 10).await?;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    pool.close().await;
    postgres.stop().await?;
    Ok(Report {
        name: "append",
        value: compared.value,
        unit: "commands/s",
        baseline_name: "stock postgres-es",
        baseline: compared.baseline,
        ratio: compared.ratio,
        target: 5.0,
        percentiles: (&compared.latencies).into(),
        baseline_percentiles: (&compared.baseline_latencies).into(),
        notes: vec![
            format!(
                "bookings on {HOSTS} calendars of 50 events, each by a guest of its own; {IN_FLIGHT} in flight; fsync on"
            ),
            format!("the same by guests who have booked before, and so have a key: {:.0}/s", median(returning)),
            format!(
                "single-row INSERT commits, 64 connections, same server: {commits:.0}/s, {:.2} ×",
                compared.value / commits
            ),
        ],
    })
}

async fn pool(url: &str) -> Result<PgPool> {
    Ok(PgPoolOptions::new().max_connections(64).connect(url).await?)
}

#[expect(clippy::disallowed_methods, reason = "the load happens now")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// When a turn ends.
#[derive(Clone, Copy)]
enum Until {
    Commands(u64),
    Elapsed(Duration),
}

/// What each command of a turn does.
#[derive(Clone, Copy)]
enum Work {
    /// Opens the calendar with this number and books it for a while.
    SetUp,
    /// Books the next free time of the calendar whose turn it is.
    Book(Guests),
}

/// The stock framework on the stock store.
type Stock = CqrsFramework<HostCalendar, PersistedEventStore<PostgresEventRepository, HostCalendar>>;

enum Store {
    Daybook(CalendarStore),
    Stock(Box<Stock>),
}

/// One of the two that are compared, with calendars of its own.
struct Side {
    store: Store,
    hosts: Hosts,
}

impl Side {
    /// Keeps [`IN_FLIGHT`] commands under way until the turn ends.
    async fn keep_in_flight(self: &Arc<Self>, until: Until, work: Work) -> Result<Turn> {
        let begun = Instant::now();
        let given = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (side, given) = (Arc::clone(self), Arc::clone(&given));
            tasks.spawn(async move {
                let mut latencies = Turn::histogram();
                loop {
                    let number = given.fetch_add(1, Ordering::Relaxed);
                    let over = match until {
                        Until::Commands(most) => number >= most,
                        Until::Elapsed(turn) => begun.elapsed() >= turn,
                    };
                    if over {
                        return anyhow::Ok(latencies);
                    }
                    let sent = Instant::now();
                    match work {
                        Work::SetUp => side.set_up(number).await?,
                        Work::Book(guests) => side.book(number % HOSTS, guests).await?,
                    }
                    latencies.record(micros(sent).max(1))?;
                }
            });
        }
        let mut latencies = Turn::histogram();
        while let Some(done) = tasks.join_next().await {
            latencies.add(done??)?;
        }
        Ok(Turn { latencies, took: begun.elapsed() })
    }

    async fn set_up(&self, number: u64) -> Result<()> {
        for command in Hosts::opening(number)? {
            self.execute(number, command).await?;
        }
        for _ in 0..BOOKINGS_BEFORE {
            self.book(number, Guests::New).await?;
        }
        Ok(())
    }

    async fn book(&self, number: u64, guests: Guests) -> Result<()> {
        self.execute(number, self.hosts.booking(number, guests)?).await
    }

    async fn execute(&self, number: u64, command: CalendarCommand) -> Result<()> {
        let host = Hosts::id(number);
        match &self.store {
            Store::Daybook(store) => {
                store.execute(host, command, now(), Metadata::default()).await?;
            }
            Store::Stock(stock) => {
                let command = TimedCommand { command, now: now() };
                stock.execute(&host.to_string(), command).await.map_err(|error| anyhow!("stock: {error:?}"))?;
            }
        }
        Ok(())
    }
}

/// A database as postgres-es's own documentation sets it up, with the same calendars.
async fn stock(postgres: &PrivatePostgres, ours: &PgPool) -> Result<Stock> {
    pool(&postgres.url("postgres", Role::Superuser)).await?.execute("CREATE DATABASE stock").await?;
    let theirs = pool(&postgres.url("stock", Role::Superuser)).await?;
    theirs.execute(include_str!("stock.sql")).await?;
    let mut copy_out = ours.acquire().await?;
    let mut rows = copy_out
        .copy_out_raw(
            "COPY (SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata FROM events)
             TO STDOUT",
        )
        .await?;
    let mut copy_in = theirs.acquire().await?;
    let mut sink = copy_in.copy_in_raw("COPY events FROM STDIN").await?;
    while let Some(chunk) = rows.try_next().await? {
        sink.send(chunk).await?;
    }
    sink.finish().await?;
    drop(copy_in);
    let repository = PostgresEventRepository::new(theirs);
    Ok(CqrsFramework::new(PersistedEventStore::new_event_store(repository), Vec::new(), ()))
}

/// What the same server commits one by one: the floor under every log without group commit.
async fn single_row_commits(postgres: &PrivatePostgres, turn: Duration) -> Result<f64> {
    let pool = pool(&postgres.url("stock", Role::Superuser)).await?;
    pool.execute(
        "CREATE TABLE single_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)",
    )
    .await?;
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let pool = pool.clone();
        tasks.spawn(async move {
            let mut connection = pool.acquire().await?;
            let mut commits = 0_u32;
            while begun.elapsed() < turn {
                sqlx::query("INSERT INTO single_rows (payload) VALUES ($1)")
                    .bind("x")
                    .execute(&mut *connection)
                    .await?;
                commits += 1;
            }
            anyhow::Ok(commits)
        });
    }
    let mut commits = 0;
    while let Some(done) = tasks.join_next().await {
        commits += done??;
    }
    Ok(f64::from(commits) / begun.elapsed().as_secs_f64())
}
