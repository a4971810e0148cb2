//! A back-up restored into a new cluster, as the operations guide says (O2).

use daybook_event_store::MasterKeys;
use daybook_testkit::{Role, TestNats, TestPostgres};
use serde_json::Value;

use crate::support::agreement::{assert_equal_to_a_rebuild, assert_published};
use crate::support::log::Log;
use crate::support::node::Serve;
use crate::support::people::{Booked, Host};
use crate::support::program::Program;
use crate::support::times::{at, later, tuesday};
use crate::support::until;

const DATABASE: &str = "daybook";

pub(crate) fn serve(postgres: &TestPostgres, nats: &TestNats, master_key: &str) -> Serve {
    Serve {
        database_url: postgres.url(DATABASE, Role::Application),
        nats_url: nats.service_url(),
        master_key: master_key.to_owned(),
        rate_limit: false,
        more: Vec::new(),
        listen: (std::net::Ipv4Addr::LOCALHOST, 0).into(),
        launcher: Vec::new(),
    }
}

async fn held_back(log: &Log) -> i64 {
    let query = "SELECT count(*) FROM events WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())";
    sqlx::query_scalar(query).fetch_one(&log.0).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_up_goes_on_in_a_new_cluster_once_its_transaction_ids_are_raised() {
    let (mut old, nats) = tokio::try_join!(TestPostgres::start(), TestNats::start()).unwrap();
    old.prepare_database(DATABASE).await.unwrap();
    let master_key = MasterKeys::generate("test").to_string();
    // A cluster that has been in use: so many transactions ago it was new.
    let used = "DO $$ BEGIN FOR n IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";
    sqlx::raw_sql(used).execute(&Log::at(&old.url(DATABASE, Role::Owner)).0).await.unwrap();
    let node = serve(&old, &nats, &master_key).start().await;
    let host = Host::register(&node.http()).await;
    let offer = host.offer().await;
    let stays = offer.book(&at(tuesday(), "09:00")).await;
    let moves = offer.book(&at(tuesday(), "10:00")).await;
    moves.reschedule(&at(tuesday(), "11:00")).await.ok();
    offer.book(&at(tuesday(), "12:00")).await.cancel().await.ok();
    let listed = host.http.get("/api/bookings").await.ok();
    let back_up = old.back_up(DATABASE).await.unwrap();
    let log = Log::at(&old.url(DATABASE, Role::Application));
    let events = log.places_after("0-0").await;
    node.stop().await;
    log.0.close().await;
    old.kill_9().await.unwrap();

    let mut new = TestPostgres::start().await.unwrap();
    new.restore(back_up).await.unwrap();
    let log = Log::at(&new.url(DATABASE, Role::Application));
    assert_eq!(log.places_after("0-0").await, events, "events keep their places");
    assert_eq!(held_back(&log).await, i64::try_from(events.len()).unwrap(), "the feed would give none of them");
    // Another JetStream: what the old one has may be newer than the back-up.
    let nats = TestNats::start().await.unwrap();
    let serve = serve(&new, &nats, &master_key);
    let environment = [
        ("DATABASE_URL", serve.database_url.as_str()),
        ("NATS_URL", serve.nats_url.as_str()),
        ("DAYBOOK_MASTER_KEY", serve.master_key.as_str()),
    ];
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0"];
    let mut refused = Program::start(&arguments, &environment);
    assert!(!refused.ended().await.success());
    until("it says why", async || refused.said().contains("Back-up and restore")).await;

    // As the guide says.
    let epoch: String =
        sqlx::query_scalar("SELECT (div(max(transaction_id::text::numeric), 4294967296) + 1)::text FROM events")
            .fetch_one(&log.0)
            .await
            .unwrap();
    log.0.close().await;
    new.reset_wal(&["-e", &epoch]).await.unwrap();

    let log = Log::at(&new.url(DATABASE, Role::Application));
    assert_eq!(held_back(&log).await, 0);
    let node = serve.start().await;
    let host = host.at(&node.http());
    assert_eq!(host.http.get("/api/bookings").await.ok(), listed);
    let offer = offer.at(&node.http());
    let taken: Vec<Value> = offer.slots(tuesday()).await.into_iter().map(Value::from).collect();
    assert!(!taken.contains(&stays.answer["booking"]["start_time"]), "{taken:?}");
    let booked = offer.book(&at(later(tuesday(), 1), "09:00")).await;
    assert_eq!(booked.reschedule(&at(later(tuesday(), 1), "10:00")).await.ok()["version"], 2);
    let old = Booked { http: node.http(), ..stays };
    assert_eq!(old.cancel().await.ok()["status"], "cancelled", "tokens stay good");
    assert_published(&[nats.operator_url()], &log).await;
    assert_equal_to_a_rebuild(&serve, &log).await;
    node.stop().await;
}
