//! A database that an earlier version filled is brought up to date.

use std::borrow::Cow;

use daybook_migrations::MIGRATOR;
use daybook_testkit::TestDatabase;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};

/// The migrations of the first version that others may have run. Later ones have numbers between these, too.
const FIRST: [i64; 12] = [1, 2, 3, 4, 5, 6, 7, 100, 200, 201, 202, 300];

/// What the first version left: a guest's key, their booking in the log and in the read model, an account.
const FILL: &str = r#"
    INSERT INTO subject_keys (subject, key_id, wrapped) VALUES ('guest:ada', 'k1', '\x00');
    INSERT INTO users (id, email, name, username, password_hash, opening_time_zone, created_at, updated_at)
    VALUES ('0197f3a0-0000-7000-8000-000000000001', 'ada@example.org', 'Ada', 'ada', 'x', 'UTC', now(), now());
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
    VALUES ('calendar', '0197f3a0-0000-7000-8000-000000000001', 1, 'BookingRequested', '1',
        '{"type":"BookingRequested","booking_id":"0197f3a0-0000-7000-8000-000000000002",
          "session_id":"0197f3a0-0000-7000-8000-000000000002","start":"2027-01-12T09:00:00Z","end":"2027-01-12T09:30:00Z"}');
"#;
const FILL_READ_MODEL: &str = "
    INSERT INTO read_models.bookings (id, host_id, meeting_type_id, session_id, status, start_time, end_time,
        invitee_subject, invitee_time_zone, version, stream_version, created_at, updated_at)
    VALUES ('0197f3a0-0000-7000-8000-000000000002', '0197f3a0-0000-7000-8000-000000000001', gen_random_uuid(),
        '0197f3a0-0000-7000-8000-000000000002', 'confirmed', '2027-01-12T09:00:00Z', '2027-01-12T09:30:00Z',
        'guest:ada', 'UTC', 1, 1, now(), now());
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_brought_up_to_date() {
    let beside = TestDatabase::create().await.unwrap();
    let name = format!("{}_old", beside.name());
    let mut superuser = PgConnection::connect(&beside.superuser_url()).await.unwrap();
    let create = format!("CREATE DATABASE {name} OWNER daybook_owner");
    sqlx::raw_sql(&create).execute(&mut superuser).await.unwrap();
    let mut owner = PgConnection::connect(&beside.owner_url().replace(beside.name(), &name)).await.unwrap();

    let first: Vec<_> = MIGRATOR.iter().filter(|migration| FIRST.contains(&migration.version)).cloned().collect();
    assert_eq!(first.len(), FIRST.len());
    let first = Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT };
    first.run(&mut owner).await.unwrap();
    // An append is its transaction's first write.
    for statement in FILL.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        sqlx::raw_sql(statement).execute(&mut owner).await.unwrap();
    }
    sqlx::raw_sql("SET ROLE daybook_app").execute(&mut owner).await.unwrap();
    sqlx::raw_sql(FILL_READ_MODEL).execute(&mut owner).await.unwrap();
    sqlx::raw_sql("RESET ROLE").execute(&mut owner).await.unwrap();

    MIGRATOR.run(&mut owner).await.unwrap();
    let query = "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM reservations),
            (SELECT count(*) FROM subject_keys WHERE id IS NOT NULL AND erased_at IS NULL),
            (SELECT count(*) FROM read_models.bookings WHERE NOT no_show), (SELECT count(*) FROM users)";
    let kept: (i64, i64, i64, i64, i64) = sqlx::query_as(query).fetch_one(&mut owner).await.unwrap();
    assert_eq!(kept, (1, 1, 1, 1, 1));
    owner.close().await.unwrap();
    sqlx::raw_sql(&format!("DROP DATABASE {name}")).execute(&mut superuser).await.unwrap();
}
