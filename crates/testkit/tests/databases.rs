//! Databases for tests: isolated, migrated, gone afterwards.

use daybook_testkit::TestDatabase;
use sqlx::{Connection as _, PgConnection};

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, other) = tokio::try_join!(TestDatabase::create(), TestDatabase::create()).unwrap();
    sqlx::raw_sql("CREATE TABLE seen_by_one_only (x int)").execute(&one.owner_pool()).await.unwrap();
    let absent = sqlx::query("SELECT * FROM seen_by_one_only").execute(&other.owner_pool()).await;
    assert!(absent.unwrap_err().to_string().contains("does not exist"));
}

#[tokio::test]
async fn a_database_is_gone_when_its_value_is_dropped() {
    let (kept, dropped) = tokio::try_join!(TestDatabase::create(), TestDatabase::create()).unwrap();
    let name = dropped.name().to_owned();
    let mut still_connected = PgConnection::connect(&dropped.app_url()).await.unwrap();
    drop(dropped);

    let mut superuser = PgConnection::connect(&kept.superuser_url()).await.unwrap();
    let query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    let exists: bool = sqlx::query_scalar(query).bind(&name).fetch_one(&mut superuser).await.unwrap();
    assert!(!exists);
    assert!(still_connected.ping().await.is_err());
}

#[tokio::test]
async fn many_databases_can_be_made_at_once() {
    let databases = futures::future::join_all((0..8).map(|_| TestDatabase::create())).await;
    let names: std::collections::HashSet<_> = databases.iter().map(|one| one.as_ref().unwrap().name()).collect();
    assert_eq!(names.len(), 8);
}

#[tokio::test]
async fn the_roles_are_who_they_should_be() {
    let database = TestDatabase::create().await.unwrap();
    let who = "SELECT current_user::text, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user";

    let application: (String, bool, bool) = sqlx::query_as(who).fetch_one(&database.pool()).await.unwrap();
    assert_eq!(application, ("daybook".into(), false, false));
    let owner: (String, bool, bool) = sqlx::query_as(who).fetch_one(&database.owner_pool()).await.unwrap();
    assert_eq!(owner, ("daybook_owner".into(), false, true));
}

#[tokio::test]
async fn the_database_is_migrated_and_the_application_is_in_its_group() {
    let database = TestDatabase::create().await.unwrap();
    let query = "SELECT count(*) FROM _sqlx_migrations WHERE success";
    let migrated: i64 = sqlx::query_scalar(query).fetch_one(&database.owner_pool()).await.unwrap();
    assert_eq!(usize::try_from(migrated).unwrap(), daybook_migrations::MIGRATOR.iter().count());

    let query =
        "SELECT pg_has_role('daybook', 'daybook_app', 'USAGE'), pg_has_role('daybook', 'daybook_owner', 'MEMBER')";
    let (in_group, is_owner): (bool, bool) = sqlx::query_as(query).fetch_one(&database.pool()).await.unwrap();
    assert!(in_group && !is_owner);
}

#[tokio::test]
async fn the_owner_may_create_the_extension_that_exclusion_constraints_need() {
    let database = TestDatabase::create().await.unwrap();
    let sql = "CREATE EXTENSION IF NOT EXISTS btree_gist";
    sqlx::raw_sql(sql).execute(&database.owner_pool()).await.unwrap();
}

#[tokio::test]
async fn a_transaction_left_open_is_ended_by_the_server() {
    let database = TestDatabase::create().await.unwrap();
    let query = "SHOW idle_in_transaction_session_timeout";
    let limit: String = sqlx::query_scalar(query).fetch_one(&database.pool()).await.unwrap();
    assert_eq!(limit, "30s");
}
