//! What is made from the log agrees with it: the streams of NATS, and the read models.

use super::cli::run;
use super::log::Log;
use super::node::Serve;
use super::streams::{jetstream, messages_in};
use super::until;

/// The streams hold the log's events, each once and in its order; and each calendar's stand in the feed without a gap.
pub async fn assert_published(nats: &[String], log: &Log) {
    let places = log.places_after("0-0").await;
    let jetstream = jetstream(nats).await;
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        let published = messages_in(&jetstream, stream, places.len()).await;
        for (sequence, (message, place)) in (1..).zip(published.iter().zip(&places)) {
            assert_eq!((message.sequence, &message.place), (sequence, place), "{stream}");
        }
    }
    let gaps: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT sequence, row_number() OVER (
             PARTITION BY aggregate_id ORDER BY transaction_id, position) AS place FROM events) e WHERE sequence <> place",
    )
    .fetch_one(&log.0)
    .await
    .unwrap();
    assert_eq!(gaps, 0);
}

/// The read models are what a rebuild makes of the log.
pub async fn assert_equal_to_a_rebuild(serve: &Serve, log: &Log) {
    let environment =
        [("DATABASE_URL", serve.database_url.as_str()), ("DAYBOOK_MASTER_KEY", serve.master_key.as_str())];
    until("the read models are level with the log", async || {
        let status = run(&["projections", "status"], &environment).await.well();
        status.lines().all(|line| line.contains("level with the log"))
    })
    .await;
    let tables = ["read_models.availability_hosts", "read_models.busy_times", "read_models.bookings"];
    let live = log.rows(&tables).await;
    for name in ["availability", "bookings"] {
        run(&["projections", "rebuild", name], &environment).await.well();
    }
    assert_eq!(log.rows(&tables).await, live);
}
