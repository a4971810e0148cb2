//! The two tables: a row per host, and a row per time held.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_domain::ids::{BookingId, HostId};
use daybook_domain::reservation::Reservation;
use daybook_domain::time::instant;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::change::HostChange;

/// The rows of these hosts, ready to follow events; those of `with_settings` with their settings, which are the large part
/// of a row. A host without a row is at version 0.
pub(super) async fn read(
    connection: &mut PgConnection,
    hosts: impl Iterator<Item = HostId>,
    with_settings: impl Iterator<Item = HostId>,
) -> sqlx::Result<HashMap<HostId, HostChange>> {
    let mut changes: HashMap<HostId, HostChange> = hosts.map(|host| (host, HostChange::default())).collect();
    let ids: Vec<Uuid> = changes.keys().map(|host| host.0).collect();
    let with_settings: Vec<Uuid> = with_settings.map(|host| host.0).collect();
    let query = sqlx::query(include_str!("read_hosts.sql")).bind(ids).bind(with_settings);
    for row in query.fetch_all(connection).await? {
        let settings: Option<Json<_>> = row.try_get("settings")?;
        let change = HostChange {
            version: row.try_get::<i64, _>("version")?.cast_unsigned(),
            settings: settings.map(|Json(settings)| settings),
            forget_at: row.try_get("forget_at")?,
            ..HostChange::default()
        };
        changes.insert(HostId(row.try_get("host_id")?), change);
    }
    Ok(changes)
}

/// Writes what became of the hosts and of the times they hold, in one statement for each kind of change there is.
pub(super) async fn write(connection: &mut PgConnection, changes: HashMap<HostId, HostChange>) -> sqlx::Result<()> {
    let mut changes: Vec<_> = changes.into_iter().collect();
    // In the order of the key, which spares the index's pages.
    changes.sort_unstable_by_key(|(host, _)| *host);
    let (mut with_settings, mut others) = (Hosts::default(), Hosts::default());
    let mut settings: Vec<String> = Vec::new();
    let (mut forgotten, mut freed, mut held) = (Forgotten::default(), Freed::default(), Held::default());
    for (host, change) in &changes {
        match &change.settings {
            Some(new) => {
                with_settings.push(*host, change);
                settings.push(serde_json::to_string(new).expect("settings have string keys and finite numbers"));
            }
            None => others.push(*host, change),
        }
        if let Some(before) = change.forget_before {
            forgotten.hosts.push(host.0);
            forgotten.before.push(before);
        }
        for (booking, time) in &change.busy {
            match time {
                Some(time) => held.push(*host, time),
                None => freed.push(*host, *booking),
            }
        }
    }

    if !settings.is_empty() {
        let Hosts { ids, versions, forget_at } = with_settings;
        let query = sqlx::query(include_str!("write_settings.sql")).bind(ids).bind(versions).bind(forget_at);
        query.bind(settings).execute(&mut *connection).await?;
    }
    if !others.ids.is_empty() {
        let Hosts { ids, versions, forget_at } = others;
        let query = sqlx::query(include_str!("write_versions.sql")).bind(ids).bind(versions).bind(forget_at);
        query.execute(&mut *connection).await?;
    }
    // Old times go before new ones come: what a host forgets was decided before the batch's last word on a booking.
    if !forgotten.hosts.is_empty() {
        let query = sqlx::query(include_str!("forget_times.sql")).bind(forgotten.hosts).bind(forgotten.before);
        query.execute(&mut *connection).await?;
    }
    if !freed.hosts.is_empty() {
        let query = sqlx::query(include_str!("free_times.sql")).bind(freed.hosts).bind(freed.bookings);
        query.execute(&mut *connection).await?;
    }
    if !held.hosts.is_empty() {
        held.write(connection).await?;
    }
    Ok(())
}

#[derive(Default)]
struct Hosts {
    ids: Vec<Uuid>,
    versions: Vec<i64>,
    forget_at: Vec<Option<DateTime<Utc>>>,
}

impl Hosts {
    fn push(&mut self, host: HostId, change: &HostChange) {
        self.ids.push(host.0);
        self.versions.push(change.version.cast_signed());
        self.forget_at.push(change.forget_at);
    }
}

#[derive(Default)]
struct Forgotten {
    hosts: Vec<Uuid>,
    before: Vec<DateTime<Utc>>,
}

#[derive(Default)]
struct Freed {
    hosts: Vec<Uuid>,
    bookings: Vec<Uuid>,
}

impl Freed {
    fn push(&mut self, host: HostId, booking: BookingId) {
        self.hosts.push(host.0);
        self.bookings.push(booking.0);
    }
}

#[derive(Default)]
struct Held {
    hosts: Vec<Uuid>,
    bookings: Vec<Uuid>,
    sessions: Vec<Uuid>,
    meeting_types: Vec<Uuid>,
    starts: Vec<DateTime<Utc>>,
    ends: Vec<DateTime<Utc>>,
    buffers_before: Vec<i32>,
    buffers_after: Vec<i32>,
}

impl Held {
    fn push(&mut self, host: HostId, time: &Reservation) {
        self.hosts.push(host.0);
        self.bookings.push(time.booking.0);
        self.sessions.push(time.session.0);
        self.meeting_types.push(time.meeting_type.0);
        self.starts.push(instant(time.during.start()));
        self.ends.push(instant(time.during.end()));
        self.buffers_before.push(time.buffer_before_minutes.into());
        self.buffers_after.push(time.buffer_after_minutes.into());
    }

    async fn write(self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let query = sqlx::query(include_str!("hold_times.sql"))
            .bind(self.hosts)
            .bind(self.bookings)
            .bind(self.sessions)
            .bind(self.meeting_types)
            .bind(self.starts)
            .bind(self.ends)
            .bind(self.buffers_before)
            .bind(self.buffers_after);
        query.execute(connection).await?;
        Ok(())
    }
}
