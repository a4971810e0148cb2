//! Times of the past go, also those of calendars in which nothing happens any more (O2).

use chrono::Duration;
use daybook_domain::calendar::BOOKING_MEMORY_DAYS;
use daybook_domain::time::Instant;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::database::{DatabaseError, answer};

/// Pages of the table looked at in one short transaction.
const PAGES: i64 = 256;

/// Removes the times that ended over 35 days before `now`; how many. A calendar's own events do so too, but only as long as
/// there are any. In short transactions; stops between two of them when told to.
pub async fn forget_past_times(pool: &PgPool, now: Instant, stop: &CancellationToken) -> Result<u64, DatabaseError> {
    let limit = now - Duration::days(BOOKING_MEMORY_DAYS);
    let (mut forgotten, mut page) = (0, 0);
    while !stop.is_cancelled() {
        let query = sqlx::query_scalar::<_, Option<i64>>(include_str!("forget_pages.sql"));
        let query = query.persistent(false).bind(page).bind(page + PAGES).bind(limit);
        let Some(more) = answer(query.fetch_one(pool)).await? else { break };
        forgotten += more.cast_unsigned();
        page += PAGES;
    }
    Ok(forgotten)
}
