//! Old months become files while the system serves, whenever the command is killed (O2).

use std::time::Duration;

use chrono::{Days, Months};
use daybook_projections::TablesLock;
use daybook_testkit::ScratchDirectory;
use serde_json::Value;

use crate::support::cli::{Done, run};
use crate::support::deployment::Deployment;
use crate::support::people::Host;
use crate::support::program::Program;
use crate::support::times::{at, now, tuesday};
use crate::support::until;

/// Bookings of one host in a month of the past: a half hour each, one after the other.
const OLD: i64 = 1_200;

/// Appends them to the calendar of the host who has taken one booking, of the same guest. As no command would.
const FILL: &str = r#"
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
    SELECT e.aggregate_type, e.aggregate_id, (SELECT max(sequence) FROM events l WHERE l.aggregate_id = $1) + n,
        e.event_type, e.event_version,
        (e.payload::jsonb || jsonb_build_object('booking_id', id, 'session_id', id,
            'start', to_char($2 + n * interval '30 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'end', to_char($2 + (n + 1) * interval '30 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'guest', jsonb_build_object('subject', e.payload -> 'guest' ->> 'subject', 'plain', jsonb_build_object(
                'name', 'Ada Lovelace', 'email', 'ada@example.org', 'notes', null, 'guests', '[]'::jsonb,
                'answers', '[]'::jsonb))))::json
    FROM events e, generate_series(1, $3) n, LATERAL (SELECT gen_random_uuid() AS id WHERE n > 0) AS new
    WHERE e.aggregate_id = $1 AND e.event_type = 'BookingRequested'
    ORDER BY n
"#;

struct Scene {
    deployment: Deployment,
    directory: ScratchDirectory,
}

impl Scene {
    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DATABASE_URL", self.deployment.database.app_url()),
            ("DAYBOOK_MASTER_KEY", self.deployment.master_key.clone()),
            ("DAYBOOK_ARCHIVE_DIRECTORY", self.directory.path().join("archive").to_str().unwrap().to_owned()),
        ]
    }

    async fn command(&self, arguments: &[&str]) -> Done {
        let environment = self.environment();
        run(arguments, &environment.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>()).await
    }

    /// Starts a command and kills it after a while.
    async fn killed(&self, arguments: &[&str], after: Duration) {
        let environment = self.environment();
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut program = Program::start(arguments, &environment);
        tokio::time::sleep(after).await;
        program.kill_9();
        let log = self.deployment.log();
        until("its session has ended", async || {
            let lives = "SELECT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)
                 WHERE a.datname = current_database() AND l.locktype = 'advisory' AND l.granted
                     AND l.objid = (hashtextextended('daybook tables bookings', 0) & 4294967295)::oid)";
            !sqlx::query_scalar::<_, bool>(lives).fetch_one(&log.0).await.unwrap()
        })
        .await;
    }
}

/// Keeps the node that starts next from tidying up: who comes second has nothing to do, for an hour.
async fn nobody_tidies(deployment: &Deployment) -> TablesLock {
    TablesLock::take(&deployment.log().0).await.unwrap().unwrap()
}

/// All of a host's bookings, page by page.
async fn listed(host: &Host) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = host.http.get(&format!("/api/bookings?limit=100{cursor}")).await.ok();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_run_that_is_killed_again_and_again_loses_nothing() {
    let deployment = Deployment::create().await;
    let untidied = nobody_tidies(&deployment).await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let booked = host.offer().await.book(&at(tuesday(), "09:00")).await;
    let month = now().date_naive().checked_sub_months(Months::new(6)).unwrap();
    let month = month - Days::new(u64::from(chrono::Datelike::day0(&month)));
    let log = deployment.log();
    let first = month.and_hms_opt(0, 0, 0).unwrap();
    sqlx::query(FILL).bind(&host.id).bind(first).bind(OLD).execute(&log.0).await.unwrap();
    until("the old bookings are listed", async || listed(&host).await.len() == usize::try_from(OLD + 1).unwrap()).await;
    let before = listed(&host).await;
    let scene = Scene { deployment, directory: ScratchDirectory::make().unwrap() };

    // All of them lay in the default partition until now.
    untidied.release().await;
    scene.command(&["partitions", "ensure"]).await.well();
    let name = month.format("%Y-%m").to_string();
    let months = scene.command(&["partitions"]).await.well();
    assert!(months.contains(&format!("{name}  partition bookings_")) && !months.contains("default"), "{months}");
    assert_eq!(months.lines().count(), 1 + 13, "{months}");
    assert_eq!(listed(&host).await, before);

    for delay in [60, 120, 180, 240, 320, 400, 500, 700] {
        scene.killed(&["archive", "run"], Duration::from_millis(delay)).await;
    }
    let said = scene.command(&["archive", "run"]).await.well();
    assert!(said.contains(&format!("{name}  {OLD} rows archived")) || said.contains("no month to archive"), "{said}");
    let left = listed(&host).await;
    assert_eq!(left.iter().map(|booking| &booking["id"]).collect::<Vec<_>>(), [&booked.answer["booking"]["id"]]);
    let verified = scene.command(&["archive", "verify"]).await.well();
    assert!(verified.contains(&format!("1 months with {OLD} rows verified, 0 differences")), "{verified}");
    assert!(scene.command(&["archive"]).await.well().contains(&format!("{name}  {OLD} rows")));
    let rebuilt = scene.command(&["projections", "rebuild", "bookings"]).await.well();
    assert!(rebuilt.contains("swapped in") && listed(&host).await == left, "{rebuilt}");

    // What is held about the guest is told all the same.
    let email = booked.answer["booking"]["invitee_email"].as_str().unwrap().to_owned();
    let told: Value =
        serde_json::from_str(&scene.command(&["user", "export", "--guest", &email]).await.well()).unwrap();
    assert_eq!(told["bookings"].as_array().unwrap().len(), before.len());

    scene.killed(&["archive", "restore", &name], Duration::from_millis(150)).await;
    let restored = scene.command(&["archive", "restore", &name]).await.well();
    assert!(restored.contains(&format!("of {OLD} rows brought back")), "{restored}");
    assert_eq!(listed(&host).await, before);
    assert!(scene.command(&["archive", "run"]).await.well().contains("stays: it was restored"));

    // A file that somebody has changed is named, with an exit code.
    let directory = scene.directory.path().join("archive");
    let file = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("pending", "expired", 1)).unwrap();
    let verified = scene.command(&["archive", "verify"]).await;
    assert!(verified.code == 1 && verified.printed.contains("SHA-256"), "{verified:?}");
    node.stop().await;
}

#[tokio::test]
async fn migrating_makes_the_months_ahead_and_status_lists_them() {
    let deployment = Deployment::create().await;
    let (owner_url, database_url) = (deployment.database.owner_url(), deployment.database.app_url());
    assert_eq!(run(&["partitions"], &[("DATABASE_URL", &database_url)]).await.well(), "");
    run(&["migrate"], &[("DAYBOOK_MIGRATE_URL", &owner_url)]).await.well();
    let months = run(&["partitions"], &[("DATABASE_URL", &database_url)]).await.well();
    let this_month = now().format("%Y-%m").to_string();
    assert!(months.starts_with(&format!("{this_month}  partition bookings_")), "{months}");
    assert_eq!(months.lines().count(), 13);
    let again = run(&["partitions", "ensure"], &[("DATABASE_URL", &database_url)]).await.well();
    assert_eq!(again.trim(), "every month has its partition");
    let more = run(&["partitions", "ensure", "--months", "13"], &[("DATABASE_URL", &database_url)]).await.well();
    assert!(more.ends_with("made, 0 rows moved there\n") && more.lines().count() == 1, "{more}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_forgets_reservations_and_busy_times_of_the_past() {
    let deployment = Deployment::create().await;
    let untidied = nobody_tidies(&deployment).await;
    let node = deployment.node().await;
    let host = Host::register(&node.http()).await;
    let offer = host.offer().await;
    offer.book(&at(tuesday(), "09:00")).await;
    let log = deployment.log();
    let first = (now().date_naive() - Days::new(200)).and_hms_opt(0, 0, 0).unwrap();
    sqlx::query(FILL).bind(&host.id).bind(first).bind(100_i64).execute(&log.0).await.unwrap();
    until("the old bookings are listed", async || listed(&host).await.len() == 101).await;
    let count = async |table: &str| -> i64 {
        sqlx::query_scalar(&format!("SELECT count(*) FROM {table}")).fetch_one(&log.0).await.unwrap()
    };
    until("all times are held", async || count("read_models.busy_times").await == 101).await;
    assert_eq!(count("reservations").await, 101);
    node.stop().await;
    untidied.release().await;

    // At its start, and then every hour.
    let node = deployment.node().await;
    until("the past is forgotten", async || {
        (count("reservations").await, count("read_models.busy_times").await) == (1, 1)
    })
    .await;
    assert_eq!(log.events().await, 104, "the log keeps all of it");
    assert!(!offer.at(&node.http()).offers(&at(tuesday(), "09:00")).await);
    node.stop().await;
}
