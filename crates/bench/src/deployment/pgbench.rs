//! What the same PostgreSQL commits row by row, as its own pgbench measures it: the floor under every log.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use daybook_testkit::{PrivatePostgres, Role, ScratchDirectory};
use sqlx::{Connection, Executor, PgConnection};
use tokio::process::Command;

use crate::turn::{Turn, latencies};

/// Clients, each with one INSERT under way.
const CLIENTS: usize = 64;
/// The share of transactions whose latency is logged.
const SAMPLED: f64 = 0.1;

/// Single-row INSERT commits on a server.
pub struct SingleRowCommits {
    url: String,
    program: std::path::PathBuf,
    scratch: ScratchDirectory,
}

impl SingleRowCommits {
    /// Makes a table of its own, in a database of its own, on the server.
    pub async fn prepare(postgres: &PrivatePostgres) -> Result<Self> {
        let mut server = PgConnection::connect(&postgres.url("postgres", Role::Superuser)).await?;
        server.execute("CREATE DATABASE single_rows").await?;
        let url = postgres.url("single_rows", Role::Superuser);
        let mut database = PgConnection::connect(&url).await?;
        database
            .execute("CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL)")
            .await?;
        let scratch = ScratchDirectory::make()?;
        std::fs::write(scratch.path().join("insert.sql"), "INSERT INTO rows (payload) VALUES ('x');\n")?;
        let program = postgres.program("pgbench");
        ensure!(program.exists(), "{} is missing; it comes with PostgreSQL's server", program.display());
        Ok(Self { url, program, scratch })
    }

    /// Commits from 64 clients for so long, a prepared statement each.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate times some seconds")]
    pub async fn turn(&self, turn: Duration) -> Result<Turn> {
        // Long enough for all clients to connect on a busy machine.
        let seconds = turn.as_secs().max(2);
        let output = Command::new(&self.program)
            .current_dir(self.scratch.path())
            .args(["--no-vacuum", "--protocol=prepared", "--file=insert.sql", "--jobs=2", "--log"])
            .arg(format!("--sampling-rate={SAMPLED}"))
            .arg(format!("--client={CLIENTS}"))
            .arg(format!("--time={seconds}"))
            .arg(&self.url)
            .output()
            .await
            .context("pgbench does not run")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
        let tps = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .with_context(|| format!("pgbench does not say its rate: {said}"))?;
        let tps: f64 = tps.split(' ').next().unwrap_or_default().parse().context("pgbench's rate is a number")?;

        let operations = (tps * Duration::from_secs(seconds).as_secs_f64()) as u64;
        let latencies = self.take_logs()?;
        Ok(Turn { operations, latencies, completed: Vec::new(), took: Duration::from_secs(seconds) })
    }

    /// The latencies that pgbench logged, in nanoseconds.
    fn take_logs(&self) -> Result<hdrhistogram::Histogram<u64>> {
        let mut sampled = latencies();
        for entry in std::fs::read_dir(self.scratch.path())? {
            let path = entry?.path();
            if path.file_name().is_none_or(|name| !name.to_string_lossy().starts_with("pgbench_log")) {
                continue;
            }
            for line in std::fs::read_to_string(&path)?.lines() {
                // client_id transaction_no time script_no time_epoch time_us: the third is the latency in microseconds.
                let micros = line.split(' ').nth(2).and_then(|micros| micros.parse::<u64>().ok());
                sampled.saturating_record(micros.context("pgbench logs latencies")?.max(1) * 1000);
            }
            std::fs::remove_file(path)?;
        }
        Ok(sampled)
    }
}
