//! What the log's tables need not keep: reservations of the past (O2).

use daybook_domain::time::Instant;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::database::{DatabaseError, within_limit};

/// Pages of the table looked at in one short transaction.
const PAGES: i32 = 256;

/// Removes the reservations of meetings that ended over 35 days before `now`; how many. The events stay, and no rule asks for
/// such a reservation any more.
///
/// In short transactions, each of a few pages of the table. Stops between two of them when told to.
pub async fn forget_past_reservations(
    pool: &PgPool,
    now: Instant,
    stop: &CancellationToken,
) -> Result<u64, DatabaseError> {
    let (mut forgotten, mut page) = (0, 0);
    while !stop.is_cancelled() {
        let query = sqlx::query_scalar::<_, Option<i64>>("SELECT forget_past_reservations($1, $2, $3)");
        let query = query.bind(now).bind(page).bind(PAGES);
        let Some(more) = within_limit(query.fetch_one(pool)).await? else { break };
        forgotten += more.cast_unsigned();
        page += i64::from(PAGES);
    }
    Ok(forgotten)
}
