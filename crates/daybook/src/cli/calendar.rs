//! `daybook calendar`: what happened to a calendar, and what it looked like at any time (E7).

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use daybook_accounts::Accounts;
use daybook_accounts::fields::Username;
use daybook_api::clock::Clock;
use daybook_domain::calendar::HostCalendar;
use daybook_domain::ids::HostId;
use daybook_domain::time::Instant;
use daybook_event_store::{AsOf, Doubt, History, HistoryRange};
use serde_json::json;
use sqlx::PgPool;

use crate::configuration::DatabaseArgs;

/// Events read at a time.
const PAGE: u32 = 500;

#[derive(Clone, Debug, Args)]
pub struct CalendarArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Lists the events of a calendar as JSON Lines, oldest first. Personal data stays sealed.
    History {
        /// The host's id or username.
        #[arg(long)]
        host: String,
        /// Only events after this version.
        #[arg(long, default_value_t = 0)]
        after_version: u64,
        /// Only events of this type, such as `BookingRequested`.
        #[arg(long = "type")]
        event_type: Option<String>,
    },
    /// Shows a calendar as it is, or was, as JSON.
    Show {
        /// The host's id or username.
        #[arg(long)]
        host: String,
        /// The moment, such as `2027-01-12T09:00:00Z`.
        #[arg(long, conflicts_with = "version")]
        as_of: Option<Instant>,
        /// The version.
        #[arg(long)]
        version: Option<u64>,
    },
    /// Says why a time can be booked or cannot, and which events made it so, as JSON.
    Explain {
        /// The host's id or username.
        #[arg(long)]
        host: String,
        /// The meeting type's id or slug.
        #[arg(long)]
        meeting_type: String,
        /// When the meeting would start, such as `2027-01-12T09:00:00Z`.
        #[arg(long)]
        start: Instant,
        /// The moment at which somebody would have asked; now if not given.
        #[arg(long)]
        as_of: Option<Instant>,
    },
    /// Replays a calendar from its first event, recomputes every decision, and lists the events that the rules would not have
    /// allowed, as JSON. Exits 1 if there are any.
    Verify {
        /// The host's id or username.
        #[arg(long)]
        host: String,
    },
}

impl CalendarArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        match self.action {
            Action::History { host, after_version, event_type } => {
                list(&pool, find(&pool, &host).await?, after_version, event_type.as_deref()).await
            }
            Action::Show { host, as_of, version } => {
                let as_of = match (as_of, version) {
                    (Some(instant), _) => AsOf::Instant(instant),
                    (None, version) => AsOf::Version(version.unwrap_or(u64::MAX)),
                };
                show(&pool, find(&pool, &host).await?, as_of).await
            }
            Action::Explain { host, meeting_type, start, as_of } => {
                explain(&pool, find(&pool, &host).await?, &meeting_type, start, as_of).await
            }
            Action::Verify { host } => verify(&pool, find(&pool, &host).await?).await,
        }
    }
}

/// The host with this id or username.
pub(super) async fn find(pool: &PgPool, host: &str) -> Result<HostId> {
    if let Ok(id) = host.parse() {
        return Ok(id);
    }
    let username = Username::parse(host).context("--host must be an id or a username")?;
    let user = Accounts::new(pool.clone()).by_username(&username).await?;
    user.map(|user| HostId(user.id.0)).with_context(|| format!("there is no host {host}"))
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn list(pool: &PgPool, host: HostId, after_version: u64, event_type: Option<&str>) -> Result<()> {
    let history = History::new(pool.clone());
    let types = event_type.as_ref().map(std::slice::from_ref);
    let mut after = after_version;
    loop {
        let range = HistoryRange { after, event_types: types, ..HistoryRange::default() };
        let events = history.events(host, range, PAGE).await?;
        for event in &events {
            let metadata = event.metadata();
            let line = json!({
                "version": event.version,
                "position": event.place,
                "type": event.event_type,
                "recorded_at": event.recorded_at,
                "actor": metadata.actor,
                "correlation_id": metadata.correlation_id,
                "data": event.payload,
            });
            println!("{line}");
        }
        match events.last() {
            Some(last) if events.len() == PAGE as usize => after = last.version,
            _ => return Ok(()),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn show(pool: &PgPool, host: HostId, as_of: AsOf) -> Result<()> {
    let calendar = History::new(pool.clone()).state_as_of(host, as_of).await?;
    if !calendar.is_open() {
        bail!("the calendar did not exist then");
    }
    println!("{}", serde_json::to_string_pretty(&shown(host, &calendar))?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn explain(
    pool: &PgPool,
    host: HostId,
    meeting_type: &str,
    start: Instant,
    as_of: Option<Instant>,
) -> Result<()> {
    let history = History::new(pool.clone());
    let now = Clock::system().now();
    let asked = as_of.unwrap_or(now);
    if asked > now {
        bail!("--as-of must not be in the future");
    }
    let calendar = history.state_as_of(host, AsOf::Instant(asked)).await?;
    if !calendar.is_open() {
        bail!("the calendar did not exist then");
    }
    let settings = &calendar.availability().settings;
    let named = match meeting_type.parse() {
        Ok(id) => settings.meeting_type(id),
        Err(_) => settings.meeting_type_by_slug(meeting_type),
    };
    let named = named.with_context(|| format!("there was no meeting type {meeting_type}"))?;
    let explanation = calendar.availability().explain(named, start, asked);
    let causes: Vec<_> = explanation.reasons.iter().map(|reason| reason.cause.clone()).collect();
    let events = history.events_behind(host, calendar.version(), &causes).await?;
    let reasons = explanation.reasons.iter().zip(events).map(|(reason, event)| {
        let event = event.map(|event| {
            json!({
                "version": event.version, "position": event.place, "type": event.event_type,
                "recorded_at": event.recorded_at,
            })
        });
        json!({ "code": reason.code, "message": reason.message, "cause": reason.cause, "event": event })
    });
    let answer = json!({ "available": explanation.available, "reasons": reasons.collect::<Vec<_>>() });
    println!("{}", serde_json::to_string_pretty(&answer)?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn verify(pool: &PgPool, host: HostId) -> Result<()> {
    let mut violations = Vec::new();
    let doubt = |Doubt { event, violation }: Doubt| {
        violations.push(json!({
            "version": event.version, "position": event.place, "type": event.event_type,
            "recorded_at": event.recorded_at, "actor": event.metadata().actor, "violation": violation.to_string(),
        }));
    };
    let events = History::new(pool.clone()).verify(host, doubt).await?;
    if events == 0 {
        bail!("there is no calendar of {host}");
    }
    let count = violations.len();
    println!(
        "{}",
        serde_json::to_string_pretty(&json!({ "host_id": host, "events": events, "violations": violations }))?
    );
    if count > 0 {
        bail!("{count} of {events} events would not have been allowed");
    }
    Ok(())
}

fn shown(host: HostId, calendar: &HostCalendar) -> serde_json::Value {
    let settings = &calendar.availability().settings;
    json!({
        "host_id": host,
        "version": calendar.version(),
        "settings": settings,
        "bookings": calendar.bookings().collect::<Vec<_>>(),
    })
}
