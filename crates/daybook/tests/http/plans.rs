//! What requests and projectors read does not grow with the tables.

use crate::support::cli::run;
use crate::support::deployment::Deployment;
use crate::support::eventually;
use crate::support::people::Host;
use crate::support::times::{at, later, tuesday};

/// On an empty database every plan is as good as any other; those made then must do for ever.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_reads_a_table_from_its_beginning() {
    const BOOKINGS: u64 = 60;
    let deployment = Deployment::create().await;
    // Makes the months of the read model: the node would do so beside the first bookings, and move those.
    run(&["migrate"], &[("DAYBOOK_MIGRATE_URL", &deployment.database.owner_url())]).await.well();
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let offer = host.offer().await;
    for number in 0..BOOKINGS {
        let (week, hour) = (number / 8, 9 + number % 8);
        offer.book(&at(later(tuesday(), 7 * week), &format!("{hour:02}:00"))).await;
    }

    // The server learns of what its connections did when they have been idle for a moment.
    let log = deployment.log();
    let query = "SELECT sum(idx_scan)::bigint, sum(seq_tup_read)::bigint FROM pg_stat_user_tables
                 WHERE relname IN ('events', 'streams', 'subject_keys', 'reservations') OR relname LIKE 'bookings%'";
    let read = eventually("all reads are counted", async || {
        let (by_index, read): (i64, i64) = sqlx::query_as(query).fetch_one(&log.0).await.unwrap();
        (by_index.cast_unsigned() > 5 * BOOKINGS).then_some(read.cast_unsigned())
    })
    .await;
    assert!(read < BOOKINGS, "{read} rows were read one after the other, of {BOOKINGS} bookings");
}
