//! The table: a row per booking.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use daybook_domain::calendar::event::CalendarEvent;
use daybook_domain::ids::{BookingId, HostId};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::booking::Booking;

/// A booking stands in the calendar of each of its hosts.
pub(super) type Key = (HostId, BookingId);

/// A booking on its way through a batch of events.
pub(super) struct Tracked {
    booking: Booking,
    /// The start under which its row is stored, if it has one.
    stored_start: Option<DateTime<Utc>>,
    changed: bool,
}

impl Tracked {
    /// A booking without a row.
    pub(super) const fn new(booking: Booking) -> Self {
        Self { booking, stored_start: None, changed: true }
    }

    /// Follows an event, unless it has seen it already.
    pub(super) fn follow(&mut self, version: u64, event: &CalendarEvent) {
        if version > self.booking.stream_version {
            self.booking.follow(version, event);
            self.changed = true;
        }
    }
}

/// The rows of these bookings, of all their hosts, as far as there are any.
pub(super) async fn read(
    connection: &mut PgConnection,
    ids: impl Iterator<Item = BookingId>,
) -> sqlx::Result<HashMap<Key, Tracked>> {
    let ids: HashSet<Uuid> = ids.map(|id| id.0).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let bookings: Vec<Booking> = sqlx::query_as(include_str!("read.sql")).bind(ids).fetch_all(connection).await?;
    let tracked = |booking: Booking| {
        let key = (booking.host_id, booking.id);
        (key, Tracked { stored_start: Some(booking.start_time), booking, changed: false })
    };
    Ok(bookings.into_iter().map(tracked).collect())
}

/// Writes the bookings that have changed.
pub(super) async fn write(connection: &mut PgConnection, bookings: impl Iterator<Item = Tracked>) -> sqlx::Result<()> {
    let mut changed: Vec<Tracked> = bookings.filter(|tracked| tracked.changed).collect();
    // In the order of the key, which spares the index's pages.
    changed.sort_unstable_by_key(|tracked| (tracked.booking.id, tracked.booking.host_id));
    let moved = |tracked: &Tracked| {
        let stored = tracked.stored_start.filter(|stored| *stored != tracked.booking.start_time)?;
        Some((tracked.booking.host_id.0, tracked.booking.id.0, stored))
    };
    let (hosts, moved, old_starts): (Vec<Uuid>, Vec<Uuid>, Vec<DateTime<Utc>>) =
        changed.iter().filter_map(moved).collect();
    if !moved.is_empty() {
        let query = sqlx::query(include_str!("move_away.sql")).bind(hosts).bind(moved).bind(old_starts);
        query.execute(&mut *connection).await?;
    }
    if !changed.is_empty() {
        let changed: Vec<Booking> = changed.into_iter().map(|tracked| tracked.booking).collect();
        write_all(connection, &changed).await?;
    }
    Ok(())
}

/// Writes these rows over what they were.
pub(super) async fn write_all(connection: &mut PgConnection, bookings: &[Booking]) -> sqlx::Result<()> {
    let query = sqlx::query(include_str!("write.sql"))
        .bind(column(bookings, |b| b.id.0))
        .bind(column(bookings, |b| b.host_id.0))
        .bind(column(bookings, |b| b.meeting_type_id.0))
        .bind(column(bookings, |b| b.session_id.0))
        .bind(column(bookings, |b| b.status.as_str()))
        .bind(column(bookings, |b| b.start_time))
        .bind(column(bookings, |b| b.end_time))
        .bind(column(bookings, |b| b.rescheduled_from))
        .bind(column(bookings, |b| b.hold_until))
        .bind(column(bookings, |b| b.no_show))
        .bind(column(bookings, |b| b.series_id))
        .bind(column(bookings, |b| b.team_id))
        .bind(column(bookings, Booking::hosts_text))
        .bind(column(bookings, |b| b.invitee_subject.as_str()))
        .bind(column(bookings, |b| b.invitee_name.as_deref()))
        .bind(column(bookings, |b| b.invitee_email.as_deref()))
        .bind(column(bookings, |b| b.notes.as_deref()))
        .bind(column(bookings, |b| b.guests.as_ref().map(Json)))
        .bind(column(bookings, |b| b.answers.as_ref().map(Json)))
        .bind(column(bookings, Booking::search_text))
        .bind(column(bookings, |b| b.invitee_time_zone.as_str()))
        .bind(column(bookings, |b| b.cancellation_reason.as_deref()))
        .bind(column(bookings, |b| b.version.cast_signed()))
        .bind(column(bookings, |b| b.stream_version.cast_signed()))
        .bind(column(bookings, |b| b.created_at))
        .bind(column(bookings, |b| b.updated_at));
    query.execute(connection).await?;
    Ok(())
}

/// One column of the rows.
fn column<'a, T>(bookings: &'a [Booking], of: impl Fn(&'a Booking) -> T) -> Vec<T> {
    bookings.iter().map(of).collect()
}
