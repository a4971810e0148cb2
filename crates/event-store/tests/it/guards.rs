//! What PostgreSQL itself refuses, whoever writes (invariants of the log).

use daybook_testkit::TestDatabase;
use sqlx::PgPool;
use sqlx::postgres::PgDatabaseError;
use uuid::Uuid;

pub(crate) async fn database() -> TestDatabase {
    TestDatabase::create().await.unwrap()
}

/// The SQLSTATE and, where there is one, the constraint with which a statement is refused.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, sqlx::Error>) -> (String, Option<String>) {
    match result.unwrap_err() {
        sqlx::Error::Database(error) => {
            let error = error.downcast_ref::<PgDatabaseError>();
            (error.code().to_owned(), error.constraint().map(str::to_owned))
        }
        other => panic!("not refused by the database: {other}"),
    }
}

fn code(code: &str) -> (String, Option<String>) {
    (code.to_owned(), None)
}

pub(crate) fn constraint(code: &str, constraint: &str) -> (String, Option<String>) {
    (code.to_owned(), Some(constraint.to_owned()))
}

/// Events as plain SQL writes them: stream, version, type, payload.
pub(crate) type Row = (Uuid, i64, &'static str, String);

fn event(stream: Uuid, version: i64) -> Row {
    (stream, version, "TimeZoneChanged", "{}".to_owned())
}

/// One INSERT statement with these rows.
pub(crate) async fn insert<'e>(to: impl sqlx::PgExecutor<'e>, rows: &[Row]) -> Result<(), sqlx::Error> {
    let streams: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let versions: Vec<i64> = rows.iter().map(|row| row.1).collect();
    let types: Vec<&str> = rows.iter().map(|row| row.2).collect();
    let payloads: Vec<&str> = rows.iter().map(|row| row.3.as_str()).collect();
    let query = sqlx::query(
        "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         SELECT 'calendar', stream::text, version, type, '1', payload::json, '{}'
         FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS t (stream, version, type, payload, n)
         ORDER BY n",
    );
    query.bind(&streams).bind(&versions).bind(&types).bind(&payloads).execute(to).await.map(drop)
}

pub(crate) async fn count(pool: &PgPool, table: &str) -> i64 {
    sqlx::query_scalar(&format!("SELECT count(*) FROM {table}")).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn nobody_can_change_or_remove_an_event() {
    let database = database().await;
    insert(&database.pool(), &[event(Uuid::now_v7(), 1)]).await.unwrap();
    for statement in ["UPDATE events SET event_type = 'X'", "DELETE FROM events", "TRUNCATE events CASCADE"] {
        let by_app = sqlx::query(statement).execute(&database.pool()).await;
        assert_eq!(refusal(by_app), code("42501"), "the application has no right: {statement}");
        let by_owner = sqlx::query(statement).execute(&database.owner_pool()).await;
        assert_eq!(refusal(by_owner), code("DB001"), "the owner meets the guard: {statement}");
    }
    assert_eq!(count(&database.pool(), "events").await, 1);
}

#[tokio::test]
async fn history_stays_as_it_is_even_where_replication_switches_triggers_off() {
    let database = database().await;
    insert(&database.pool(), &[event(Uuid::now_v7(), 1)]).await.unwrap();
    let superuser = PgPool::connect(&database.superuser_url()).await.unwrap();
    let mut connection = superuser.acquire().await.unwrap();
    sqlx::query("SET session_replication_role = replica").execute(&mut *connection).await.unwrap();
    let deleted = sqlx::query("DELETE FROM events").execute(&mut *connection).await;
    assert_eq!(refusal(deleted), code("DB001"));
}

#[tokio::test]
async fn the_application_cannot_say_where_or_when_an_event_stands_in_the_log() {
    let database = database().await;
    for (column, value) in [("position", "1"), ("transaction_id", "'1'"), ("recorded_at", "now()")] {
        let statement = format!(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, {column})
             OVERRIDING SYSTEM VALUE VALUES ('calendar', $1, 1, 'X', '1', '{{}}', {value})"
        );
        let inserted = sqlx::query(&statement).bind(Uuid::now_v7().to_string()).execute(&database.pool()).await;
        assert_eq!(refusal(inserted), code("42501"), "{column}");
    }
}

#[tokio::test]
async fn the_application_cannot_write_reservations_nor_touch_the_guards() {
    let database = database().await;
    for statement in [
        "DELETE FROM reservations",
        "INSERT INTO reservations VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '[2027-01-01,2027-01-02)')",
        "DELETE FROM streams",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "DROP TRIGGER events_are_immutable ON events",
        "CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        "SET session_replication_role = replica",
    ] {
        let done = sqlx::raw_sql(statement).execute(&database.pool()).await;
        assert_eq!(refusal(done).0, "42501", "{statement}");
    }
}

#[tokio::test]
async fn a_version_is_written_once() {
    let database = database().await;
    let stream = Uuid::now_v7();
    insert(&database.pool(), &[event(stream, 1), event(stream, 2)]).await.unwrap();
    let again = insert(&database.pool(), &[event(stream, 2)]).await;
    assert_eq!(refusal(again), constraint("23505", "events_version_key"));
}

#[tokio::test]
async fn a_gap_in_a_stream_is_refused() {
    let database = database().await;
    let stream = Uuid::now_v7();
    assert_eq!(refusal(insert(&database.pool(), &[event(stream, 2)]).await), code("DB003"), "a stream begins at 1");
    assert_eq!(refusal(insert(&database.pool(), &[event(stream, 1), event(stream, 3)]).await), code("DB003"));
    assert_eq!(refusal(insert(&database.pool(), &[event(stream, 0)]).await).0, "23514");
    insert(&database.pool(), &[event(stream, 1)]).await.unwrap();
    assert_eq!(refusal(insert(&database.pool(), &[event(stream, 3)]).await), code("DB003"));
}

#[tokio::test]
async fn a_stream_is_written_in_the_order_of_its_versions() {
    let database = database().await;
    let stream = Uuid::now_v7();
    assert_eq!(refusal(insert(&database.pool(), &[event(stream, 2), event(stream, 1)]).await), code("DB004"));
}

#[tokio::test]
async fn an_event_id_is_used_once() {
    let database = database().await;
    let (id, query) = (
        Uuid::now_v7(),
        "
        INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, event_id)
        VALUES ('calendar', $1, 1, 'X', '1', '{}', $2)",
    );
    let insert = async || sqlx::query(query).bind(Uuid::now_v7().to_string()).bind(id).execute(&database.pool()).await;
    insert().await.unwrap();
    assert_eq!(refusal(insert().await), constraint("23505", "events_id_key"));
}

#[tokio::test]
async fn a_stream_that_no_program_could_load_is_refused() {
    let database = database().await;
    for id in ["", "x", "0190A5B2-7C1E-7000-8000-000000000000", "{0190a5b2-7c1e-7000-8000-000000000000}"] {
        let query = sqlx::query(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
             VALUES ('calendar', $1, 1, 'X', '1', '{}')",
        );
        let (code, _) = refusal(query.bind(id).execute(&database.pool()).await);
        assert!(code == "22P02" || code == "DB005", "{id}: {code}");
    }
}

/// A write before the append would give its transaction an id older than the version it follows.
#[tokio::test]
async fn nothing_may_be_written_before_the_append_in_its_transaction() {
    let database = database().await;
    let first_write = "INSERT INTO subject_keys (subject, key_id, wrapped) VALUES ('x', 'k', '')";

    let mut transaction = database.pool().begin().await.unwrap();
    sqlx::query(first_write).execute(&mut *transaction).await.unwrap();
    assert_eq!(refusal(insert(&mut *transaction, &[event(Uuid::now_v7(), 1)]).await), code("DB002"));
    transaction.rollback().await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    sqlx::query("SAVEPOINT a").execute(&mut *transaction).await.unwrap();
    sqlx::query(first_write).execute(&mut *transaction).await.unwrap();
    sqlx::query("ROLLBACK TO SAVEPOINT a").execute(&mut *transaction).await.unwrap();
    let undone = insert(&mut *transaction, &[event(Uuid::now_v7(), 1)]).await;
    assert_eq!(refusal(undone), code("DB002"), "the id was given, although the write was undone");
    transaction.rollback().await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    insert(&mut *transaction, &[event(Uuid::now_v7(), 1)]).await.unwrap();
    let second = insert(&mut *transaction, &[event(Uuid::now_v7(), 1)]).await;
    assert_eq!(refusal(second), code("DB002"), "nor may it append twice");
    transaction.rollback().await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM events").execute(&mut *transaction).await.unwrap();
    insert(&mut *transaction, &[event(Uuid::now_v7(), 1)]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// A writer that guesses a version before it is committed has an older transaction id than the version it follows.
#[tokio::test]
async fn an_event_cannot_stand_before_its_predecessor_in_the_log() {
    let database = database().await;
    let stream = Uuid::now_v7();
    // The guard against earlier writes is out of the way here, to show that this one holds by itself.
    sqlx::query("ALTER TABLE events DISABLE TRIGGER events_are_written_first")
        .execute(&database.owner_pool())
        .await
        .unwrap();
    let mut older = database.pool().begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *older).await.unwrap();
    insert(&database.pool(), &[event(stream, 1)]).await.unwrap();
    assert_eq!(refusal(insert(&mut *older, &[event(stream, 2)]).await), code("DB004"));
}

#[tokio::test]
async fn streams_follow_a_writer_that_inserts_events_alone() {
    let database = database().await;
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    insert(&database.pool(), &[event(one, 1), event(two, 1), event(one, 2)]).await.unwrap();
    insert(&database.pool(), &[event(one, 3)]).await.unwrap();
    let versions: Vec<(Uuid, i64)> = sqlx::query_as("SELECT aggregate_id, version FROM streams ORDER BY version DESC")
        .fetch_all(&database.pool())
        .await
        .unwrap();
    assert_eq!(versions, [(one, 3), (two, 1)]);
}

#[tokio::test]
async fn one_idempotency_key_is_good_for_one_command_over_all_calendars() {
    let database = database().await;
    let insert = async |stream: Uuid| {
        let query = sqlx::query(
            r#"INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
               VALUES ('calendar', $1, 1, 'X', '1', '{}', '{"idempotency_key":"k"}')"#,
        );
        query.bind(stream.to_string()).execute(&database.pool()).await
    };
    insert(Uuid::now_v7()).await.unwrap();
    assert_eq!(refusal(insert(Uuid::now_v7()).await), constraint("23505", "events_idempotency_key"));
}
