//! `daybook user export`: what is held about a guest (A4).

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Result, bail};
use clap::Args;
use daybook_api::bookings::booking::BookingBody;
use daybook_api::clock::Clock;
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::personal::{Personal, Subject};
use daybook_event_store::{Codec, History, HistoryRange, SubjectKeys};
use daybook_projections::bookings::{Booking, archived_of_invitee, of_invitee, replay};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::super::key_store::KeyStore;
use super::erase::address;
use crate::configuration::KeyArgs;

/// Rows or events read at a time.
const PAGE: u16 = 200;

#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// The guest's e-mail address.
    #[arg(long, value_name = "EMAIL")]
    guest: String,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Why a guest's bookings were moved, by booking.
type Reasons = HashMap<BookingId, Vec<String>>;

impl ExportArgs {
    #[expect(clippy::print_stdout, reason = "the command's answer")]
    pub async fn run(self, pool: &PgPool) -> Result<()> {
        let email = address(&self.guest)?;
        let store = KeyStore::open(pool, self.keys);
        let subject = store.keys.known_guest(&email).await;
        let bookings = match &subject {
            Ok(Some(subject)) => bookings(pool, &store.keys, subject).await,
            _ => Ok(Vec::new()),
        };
        store.close().await;
        if subject?.is_none() {
            bail!("nothing is held about this guest");
        }
        let export = json!({
            "exported_at": Clock::system().now(),
            "email": email,
            "bookings": bookings?,
        });
        println!("{}", serde_json::to_string_pretty(&export)?);
        Ok(())
    }
}

async fn bookings(pool: &PgPool, keys: &SubjectKeys, subject: &Subject) -> Result<Vec<Value>> {
    let now = Clock::system().now();
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = of_invitee(pool, subject, cursor, PAGE).await?;
        rows.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    rows.extend(archived(pool, keys, subject).await?);
    let mut reasons = Reasons::new();
    let mut hosts: Vec<HostId> =
        rows.iter().filter(|row| row.rescheduled_from.is_some()).map(|row| row.host_id).collect();
    hosts.sort_unstable();
    hosts.dedup();
    for host in hosts {
        collect_reasons(pool, keys, host, &rows, &mut reasons).await?;
    }
    let shown = |row: Booking| {
        let reasons = reasons.remove(&row.id).unwrap_or_default();
        let mut shown = serde_json::to_value(BookingBody::from_row(row, now))?;
        shown["reschedule_reasons"] = json!(reasons);
        Ok(shown)
    };
    rows.into_iter().map(shown).collect()
}

/// The guest's bookings that stand in the archive, as the log derives them.
async fn archived(pool: &PgPool, keys: &SubjectKeys, subject: &Subject) -> Result<Vec<Booking>> {
    let (history, codec) = (History::new(pool.clone()), Codec::new(keys.clone()));
    let mut of_hosts = BTreeMap::<HostId, HashSet<BookingId>>::new();
    for (host, booking) in archived_of_invitee(pool, subject).await? {
        of_hosts.entry(host).or_default().insert(booking);
    }
    let mut rows = Vec::new();
    for (host, wanted) in of_hosts {
        let found = replay(&history, &codec, host, &wanted).await?.into_values().map(|found| found.booking);
        // A collective booking has a row for each of its hosts: the organiser's speaks for it.
        rows.extend(found.filter(|row| row.organiser() == host));
    }
    rows.sort_unstable_by_key(|row| (row.start_time, row.id));
    Ok(rows)
}

/// Why these bookings were moved: the log alone knows.
async fn collect_reasons(
    pool: &PgPool,
    keys: &SubjectKeys,
    host: HostId,
    rows: &[Booking],
    reasons: &mut Reasons,
) -> Result<()> {
    let (history, codec, mut after) = (History::new(pool.clone()), Codec::new(keys.clone()), 0);
    loop {
        let range = HistoryRange { after, event_types: Some(&["BookingRescheduled"]), ..HistoryRange::default() };
        let recorded = history.events(host, range, PAGE.into()).await?;
        let Some(last) = recorded.last() else { return Ok(()) };
        after = last.version;
        let mut events = Vec::new();
        for event in &recorded {
            let decoded = event.decode()?;
            if rows.iter().any(|row| decoded.booking_id() == Some(row.id)) {
                events.push((event.id, decoded));
            }
        }
        codec.open(&mut events).await?;
        for (_, event) in &events {
            if let CalendarEvent::BookingRescheduled(moved) = event
                && let Some(reason) = moved.reason.as_ref().and_then(Personal::get)
            {
                reasons.entry(moved.booking_id).or_default().push(reason.to_string());
            }
        }
    }
}
