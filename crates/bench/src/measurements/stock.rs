//! Stock postgres-es under its own framework, as its documentation sets it up.

use anyhow::{Result, anyhow};
use cqrs_es::CqrsFramework;
use cqrs_es::persist::PersistedEventStore;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::calendar::command::{CalendarCommand, TimedCommand};
use daybook_domain::ids::HostId;
use daybook_testkit::{PrivatePostgres, Role};
use futures::TryStreamExt;
use postgres_es::PostgresEventRepository;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool};

use crate::world::now;

/// Connections of its pool.
const CONNECTIONS: u32 = 64;

/// The stock framework on the stock store.
pub struct Stock(CqrsFramework<HostCalendar, PersistedEventStore<PostgresEventRepository, HostCalendar>>);

impl Stock {
    /// In a database of its own on the same server, with the same events as the log has now.
    pub async fn with_the_same_events(postgres: &PrivatePostgres, log: &PgPool) -> Result<Self> {
        let connect = async |database| {
            let options = PgPoolOptions::new().max_connections(CONNECTIONS);
            options.connect(&postgres.url(database, Role::Superuser)).await
        };
        connect("postgres").await?.execute("CREATE DATABASE stock").await?;
        let theirs = connect("stock").await?;
        theirs.execute(include_str!("stock.sql")).await?;
        let mut copy_out = log.acquire().await?;
        let mut rows = copy_out
            .copy_out_raw(
                "COPY (SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
                       FROM events) TO STDOUT",
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
        Ok(Self(CqrsFramework::new(PersistedEventStore::new_event_store(repository), Vec::new(), ())))
    }

    /// Executes a command.
    pub async fn execute(&self, host: HostId, command: CalendarCommand) -> Result<()> {
        let command = TimedCommand { command, now: now() };
        self.0.execute(&host.to_string(), command).await.map_err(|error| anyhow!("stock: {error:?}"))
    }
}
