//! Finding bookings: one by its id, and a host's in pages.

use daybook_domain::ids::{BookingId, HostId, MeetingTypeId};
use daybook_domain::personal::Subject;
use daybook_domain::time::Instant;
use sqlx::postgres::PgExecutor;
use uuid::Uuid;

use super::booking::Booking;
use super::cursor::Cursor;
use super::status::Status;
use crate::database::{DatabaseError, answer};

/// The booking with this id, whosever it is.
pub async fn by_id(executor: impl PgExecutor<'_>, id: BookingId) -> Result<Option<Booking>, DatabaseError> {
    answer(sqlx::query_as(include_str!("by_id.sql")).bind(id.0).fetch_optional(executor)).await
}

/// Those of a host's bookings that have these ids, in no order.
pub async fn by_ids(
    executor: impl PgExecutor<'_>,
    host: HostId,
    ids: &[BookingId],
) -> Result<Vec<Booking>, DatabaseError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    answer(sqlx::query_as(include_str!("by_ids.sql")).bind(host.0).bind(ids).fetch_all(executor)).await
}

/// Which of a host's bookings are wanted; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those that stand so at the moment of the question.
    pub status: Option<Status>,
    /// Those that start at or after this.
    pub from: Option<Instant>,
    /// Those that start before this.
    pub to: Option<Instant>,
    /// Those of one kind of meeting.
    pub meeting_type_id: Option<MeetingTypeId>,
    /// Those whose invitee has this in their name or e-mail address, in whatever case.
    pub q: Option<String>,
}

/// A page of bookings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The bookings, by start and id.
    pub items: Vec<Booking>,
    /// Where the next page begins; none on the last one.
    pub next_cursor: Option<Cursor>,
}

/// A page of at most `limit` of a host's bookings, those that start first before the others.
pub async fn list(
    executor: impl PgExecutor<'_>,
    host: HostId,
    filter: &Filter,
    cursor: Option<Cursor>,
    limit: u16,
    now: Instant,
) -> Result<Page, DatabaseError> {
    let limit = usize::from(limit.max(1));
    let query = sqlx::query_as(include_str!("list.sql"))
        // Planned for the filter at hand. A plan kept for all of them could use no index but the host's.
        .persistent(false)
        .bind(host.0)
        .bind(filter.status.map(Status::as_str))
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.meeting_type_id.map(|id| id.0))
        .bind(filter.q.as_ref().map(|text| text.to_lowercase()))
        .bind(cursor.map(|cursor| cursor.start))
        .bind(cursor.map(|cursor| cursor.id.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1))
        .bind(now);
    Ok(Page::of(answer(query.fetch_all(executor)).await?, limit))
}

/// A page of at most `limit` bookings of one invitee at all hosts, those that start first before the others.
pub async fn of_invitee(
    executor: impl PgExecutor<'_>,
    subject: &Subject,
    cursor: Option<Cursor>,
    limit: u16,
) -> Result<Page, DatabaseError> {
    let limit = usize::from(limit.max(1));
    let query = sqlx::query_as(include_str!("of_invitee.sql"))
        .persistent(false)
        .bind(&subject.0)
        .bind(cursor.map(|cursor| cursor.start))
        .bind(cursor.map(|cursor| cursor.id.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
    Ok(Page::of(answer(query.fetch_all(executor)).await?, limit))
}

impl Page {
    /// The first `limit` of these bookings; one more tells whether another page follows.
    fn of(mut items: Vec<Booking>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(Cursor::after);
        Self { items, next_cursor }
    }
}
