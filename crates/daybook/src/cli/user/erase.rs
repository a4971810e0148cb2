//! `daybook user erase`: a host or a guest, for good (E9, A4).

use anyhow::{Context, Result, bail};
use clap::Args;
use daybook_accounts::Accounts;
use daybook_accounts::fields::Username;
use daybook_api::auth::Caller;
use daybook_api::clock::Clock;
use daybook_api::users::erase_host;
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::HostId;
use daybook_domain::text::EmailAddress;
use daybook_event_store::{CalendarStore, EventStoreMetrics, StoreOptions};
use daybook_projections::erasure::{Erased, erase_guest, tidy};
use prometheus::Registry;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::key_store::KeyStore;
use crate::configuration::KeyArgs;

#[derive(Clone, Debug, Args)]
pub struct EraseArgs {
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
struct Person {
    /// The host's id or username.
    #[arg(long, value_name = "ID")]
    host: Option<String>,
    /// The guest's e-mail address.
    #[arg(long, value_name = "EMAIL")]
    guest: Option<String>,
}

impl EraseArgs {
    pub async fn run(self, pool: &PgPool, accounts: &Accounts) -> Result<()> {
        match self.person {
            Person { guest: Some(email), .. } => guest(pool, self.keys, &email).await,
            Person { host: Some(host), .. } => self::host(pool, accounts, self.keys, &host).await,
            Person { .. } => bail!("--host or --guest is needed"),
        }
    }
}

async fn guest(pool: &PgPool, keys: KeyArgs, email: &str) -> Result<()> {
    let email = address(email)?;
    let store = KeyStore::open(pool, keys);
    let erased = erase_guest(pool, &store.keys, &email, Clock::system().now()).await;
    store.close().await;
    let Some(erased) = erased? else {
        bail!("nothing is held about this guest: they have never been here, or were erased before");
    };
    report(&erased);
    // They are erased; this is about what is left on the disk for some more minutes.
    if let Err(error) = tidy(pool, &erased.tables).await {
        tracing::warn!(%error, "old versions of the erased rows stay in the tables' files until the next VACUUM");
    }
    Ok(())
}

/// A guest's address as it was typed.
pub(super) fn address(email: &str) -> Result<EmailAddress> {
    EmailAddress::parse(email).map_err(anyhow::Error::msg).context("--guest must be an e-mail address")
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
fn report(erased: &Erased) {
    let Erased { bookings, upcoming, .. } = erased;
    println!("erased; {bookings} bookings go on without a name, {upcoming} of them still to take place");
}

#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn host(pool: &PgPool, accounts: &Accounts, keys: KeyArgs, host: &str) -> Result<()> {
    let host = find(accounts, host).await?;
    let (stop, tasks, clock) = (CancellationToken::new(), TaskTracker::new(), Clock::system());
    let metrics = EventStoreMetrics::register(&Registry::new())?;
    let options = StoreOptions { cached_calendars: 1, ..StoreOptions::default() };
    let store = CalendarStore::start(pool.clone(), keys.master_key, options, metrics, &stop, &tasks);
    let caller = Caller { actor: "system:erasure".to_owned(), party: Party::Admin, correlation: clock.new_id() };
    let erased = erase_host(&store, accounts, host, &caller, &clock).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    let erased = erased?;
    match (erased.had_account, erased.calendar.version) {
        (false, 0) => bail!("there is no host {host}"),
        (false, _) => println!("the host was erased before; their calendar is closed"),
        (true, _) => println!(
            "erased; {} meeting types removed, {} upcoming bookings cancelled",
            erased.calendar.removed, erased.calendar.cancelled
        ),
    }
    Ok(())
}

async fn find(accounts: &Accounts, host: &str) -> Result<HostId> {
    if let Ok(id) = host.parse() {
        return Ok(id);
    }
    let username = Username::parse(host).context("--host must be an id or a username")?;
    let user = accounts.by_username(&username).await?;
    user.map(|user| HostId(user.id.0)).with_context(|| format!("there is no host {host}"))
}
