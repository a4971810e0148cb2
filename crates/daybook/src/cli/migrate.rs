//! `daybook migrate`: brings the schema up to date, as the role that owns the log.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use daybook_api::clock::Clock;
use daybook_migrations::MIGRATOR;
use daybook_projections::TablesLock;
use daybook_projections::bookings::months;
use sqlx::migrate::Migrate;
use sqlx::{Connection, PgConnection};

#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    /// What to do.
    #[arg(value_enum, default_value_t = Action::Run)]
    action: Action,
    /// The database, as the role that owns the log.
    #[arg(long, env = "DAYBOOK_MIGRATE_URL", hide_env_values = true)]
    migrate_url: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    /// Applies what is missing.
    Run,
    /// Lists what is applied and what is missing.
    Status,
}

impl MigrateArgs {
    pub async fn run(self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.migrate_url)
            .await
            .context("cannot connect to the database at DAYBOOK_MIGRATE_URL")?;
        if matches!(self.action, Action::Run) {
            MIGRATOR.run(&mut connection).await.context("the migration failed; nothing of it was applied")?;
            // A rebuild that is under way brings its own; nodes see to the rest.
            if TablesLock::take_on(&mut connection).await? {
                months::ensure(&mut connection, Clock::system().now(), months::AHEAD).await?;
            }
        }
        status(&mut connection).await
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn status(connection: &mut PgConnection) -> Result<()> {
    connection.ensure_migrations_table().await?;
    let applied = connection.list_applied_migrations().await?;
    for migration in MIGRATOR.iter() {
        let is_applied = applied.iter().any(|a| a.version == migration.version);
        let state = if is_applied { "applied" } else { "missing" };
        println!("{:04}  {state}  {}", migration.version, migration.description);
    }
    Ok(())
}
