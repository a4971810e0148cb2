//! Availability over HTTP, served from the cache.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{Days, Utc};
use daybook_testkit::ScratchDirectory;
use serde_json::Value;

use crate::load;
use crate::report::Report;
use crate::rounds::compare;
use crate::servers::Server;

const CONNECTIONS: usize = 32;
/// Dates asked for, less one.
const DAYS: u64 = 6;

/// Measures requests per second.
pub async fn measure(whole: Duration) -> Result<Report> {
    let scratch = ScratchDirectory::make()?;
    let daybook = Server::daybook(scratch.path()).await?;
    let path = path(&daybook).await?;
    let answer = load::body(daybook.address, &path).await?;
    let empty = Server::empty_route(&answer).await?;

    let before = (daybook.cpu()?, empty.cpu()?);
    let compared = compare(
        whole,
        async |turn| load::get(daybook.address, &path, CONNECTIONS, turn).await,
        async |turn| load::get(empty.address, "/", CONNECTIONS, turn).await,
    )
    .await?;
    let used = (daybook.cpu()?.saturating_sub(before.0), empty.cpu()?.saturating_sub(before.1));
    daybook.stop().await?;
    Ok(Report {
        name: "availability-hit",
        value: compared.value,
        unit: "requests/s",
        baseline_name: "empty axum route",
        baseline: compared.baseline,
        ratio: compared.ratio,
        target: 0.8,
        percentiles: (&compared.latencies).into(),
        baseline_percentiles: (&compared.baseline_latencies).into(),
        notes: vec![
            format!(
                "{CONNECTIONS} connections, closed loop, bodies of {} bytes; the load shares the cores",
                answer.len()
            ),
            format!(
                "CPU time of the servers: daybook {:.1} s, empty route {:.1} s",
                used.0.as_secs_f64(),
                used.1.as_secs_f64()
            ),
        ],
    })
}

/// A week of the demo host's meeting type, beginning today.
async fn path(daybook: &Server) -> Result<String> {
    let page: Value = serde_json::from_slice(&load::body(daybook.address, "/api/demo/intro").await?)?;
    let id = page["id"].as_str().context("the demo host has a meeting type")?;
    #[expect(clippy::disallowed_methods, reason = "the load begins now")]
    let first = Utc::now().date_naive();
    let last = first.checked_add_days(Days::new(DAYS)).context("a date within the calendar")?;
    Ok(format!("/api/availability?meeting_type_id={id}&start_date={first}&end_date={last}&timezone=Europe/London"))
}
