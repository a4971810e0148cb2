//! Every query that serves a request has its index, and uses it (EXPLAIN on filled tables).

use daybook_testkit::TestDatabase;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, PgPool, Row};
use uuid::Uuid;

use crate::support::now;

/// Two thousand hosts with fifteen bookings each, but one with ten thousand; few are pending.
const FILL: &str = "
    INSERT INTO read_models.bookings
    SELECT gen_random_uuid(),
        ('00000000-0000-0000-0000-' || lpad(to_hex(CASE WHEN n > 30000 THEN 7 ELSE n % 2000 END), 12, '0'))::uuid,
        ('00000000-0000-0000-0001-' || lpad(to_hex(n % 7), 12, '0'))::uuid, gen_random_uuid(),
        CASE WHEN n % 97 = 0 THEN 'pending' WHEN n % 3 = 0 THEN 'cancelled' ELSE 'confirmed' END,
        '2027-01-11Z'::timestamptz + n % 3001 * interval '1 hour', '2027-01-11Z'::timestamptz + (n % 3001 + 1) * interval '1 hour',
        NULL, 'guest:1', 'Ada', 'ada@example.org', NULL, '[]', 'ada ada@example.org', 'Etc/UTC', NULL, 1, n, now(), now()
    FROM generate_series(1, 40000) n;
    INSERT INTO read_models.busy_times
    SELECT host_id, id, session_id, meeting_type_id, start_time, end_time, 0, 0 FROM read_models.bookings;
    INSERT INTO read_models.availability_hosts SELECT host_id, 1, '{}'::json FROM read_models.bookings GROUP BY host_id;
    INSERT INTO read_models.checkpoints SELECT 'p' || n, 0, '1', 1 FROM generate_series(1, 1000) n;";

async fn filled() -> (TestDatabase, PgPool) {
    let database = TestDatabase::create().await.unwrap();
    let pool = database.pool();
    sqlx::raw_sql(FILL).execute(&pool).await.unwrap();
    for table in ["bookings", "busy_times", "availability_hosts", "checkpoints"] {
        sqlx::raw_sql(&format!("ANALYZE read_models.{table}")).execute(&pool).await.unwrap();
    }
    (database, pool)
}

/// The plan of a statement of the crate for these arguments, run as the crate runs it.
async fn plan(pool: &PgPool, sql: &str, arguments: PgArguments) -> String {
    let sql = format!("EXPLAIN {sql}");
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("SET search_path = read_models, public").execute(&mut *connection).await.unwrap();
    let rows = sqlx::query_with(&sql, arguments).persistent(false).fetch_all(&mut *connection).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

fn host(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

macro_rules! arguments {
    ($($argument:expr),* $(,)?) => {{
        let mut arguments = PgArguments::default();
        $(arguments.add($argument).unwrap();)*
        arguments
    }};
}

fn assert_uses(plan: &str, indexes: &[&str]) {
    assert!(!plan.contains("Seq Scan"), "{plan}");
    for index in indexes {
        assert!(plan.contains(index), "{index} is not used:\n{plan}");
    }
}

/// A list by a host, a status and a meeting type, with a search or without, from a cursor on or from the start.
async fn list_plan(pool: &PgPool, status: Option<&str>, kind: Option<Uuid>, q: Option<&str>, cursor: bool) -> String {
    let none = None::<chrono::DateTime<chrono::Utc>>;
    let (start, id) = (cursor.then(now), cursor.then(|| Uuid::from_u128(1)));
    let arguments = arguments!(host(7), status, none, none, kind, q, start, id, 51_i64, now());
    plan(pool, include_str!("../../src/bookings/list.sql"), arguments).await
}

#[tokio::test]
async fn every_query_of_bookings_uses_its_index() {
    let (_database, pool) = filled().await;
    let by_id = include_str!("../../src/bookings/by_id.sql");
    assert_uses(&plan(&pool, by_id, arguments!(Uuid::from_u128(1))).await, &["bookings_default_pkey"]);

    let (of_host, by_status, by_meeting_type) = (
        "bookings_default_host_id_start_time_id_idx",
        "bookings_default_host_id_status_start_time_id_idx",
        "bookings_default_host_id_meeting_type_id_start_time_id_idx",
    );
    for cursor in [false, true] {
        assert_uses(&list_plan(&pool, None, None, None, cursor).await, &[of_host]);
        assert_uses(&list_plan(&pool, None, None, Some("ada"), cursor).await, &[of_host]);
        assert_uses(&list_plan(&pool, Some("pending"), None, None, cursor).await, &[by_status]);
        let kind = Some(Uuid::from_u128((1 << 64) + 3));
        assert_uses(&list_plan(&pool, None, kind, None, cursor).await, &[by_meeting_type]);
    }

    let of_invitee = include_str!("../../src/bookings/of_invitee.sql");
    let none = None::<chrono::DateTime<chrono::Utc>>;
    let first = arguments!("guest:7", none, None::<Uuid>, 51_i64);
    assert_uses(&plan(&pool, of_invitee, first).await, &["bookings_default_invitee_subject_start_time_id_idx"]);
    let scrub = include_str!("../../src/bookings/scrub.sql");
    let scrubbed = plan(&pool, scrub, arguments!("guest:7", now())).await;
    assert_uses(&scrubbed, &["bookings_default_invitee_subject_start_time_id_idx"]);

    let read = include_str!("../../src/bookings/read.sql");
    assert_uses(&plan(&pool, read, arguments!(vec![host(1), host(2)])).await, &["bookings_default_pkey"]);
    let by_ids = include_str!("../../src/bookings/by_ids.sql");
    assert_uses(&plan(&pool, by_ids, arguments!(host(7), vec![host(1), host(2)])).await, &["bookings_default_pkey"]);
    let move_away = include_str!("../../src/bookings/move_away.sql");
    let moved = arguments!(vec![host(1), host(2)], vec![host(3), host(4)], vec![now(), now()]);
    assert_uses(&plan(&pool, move_away, moved).await, &["bookings_default_pkey"]);
    let holds = include_str!("../../src/bookings/next_holds.sql");
    assert_uses(&plan(&pool, holds, arguments!(10_i64)).await, &["bookings_default_hold_until_idx"]);
}

#[tokio::test]
async fn every_query_of_availability_uses_its_index() {
    let (_database, pool) = filled().await;
    let load = include_str!("../../src/availability/load.sql");
    let keys = ["availability_hosts_pkey", "busy_times_pkey"];
    assert_uses(&plan(&pool, load, arguments!(host(7), now())).await, &keys);

    let hosts = || vec![host(1), host(2)];
    let read = include_str!("../../src/availability/read_hosts.sql");
    assert_uses(&plan(&pool, read, arguments!(hosts(), hosts())).await, &keys[..1]);
    let versions = include_str!("../../src/availability/write_versions.sql");
    let written = arguments!(hosts(), vec![2_i64, 2], vec![Some(now()), None]);
    assert_uses(&plan(&pool, versions, written).await, &keys[..1]);
    let forget = include_str!("../../src/availability/forget_times.sql");
    assert_uses(&plan(&pool, forget, arguments!(hosts(), vec![now(), now()])).await, &keys[1..]);
    let free = include_str!("../../src/availability/free_times.sql");
    assert_uses(&plan(&pool, free, arguments!(hosts(), hosts())).await, &keys[1..]);
}

#[tokio::test]
async fn a_checkpoint_is_read_by_its_key() {
    let (_database, pool) = filled().await;
    let read = include_str!("../../src/checkpoint/read.sql");
    assert_uses(&plan(&pool, read, arguments!("p7", 0_i16)).await, &["checkpoints_pkey"]);
}
