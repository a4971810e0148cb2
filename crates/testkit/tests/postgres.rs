//! A private PostgreSQL through kills, restarts and left-over files.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up should fail")]

use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

use daybook_testkit::{Error, PostgresOptions, PrivatePostgres, Role, ScratchDirectory, TestPostgres};
use sqlx::{Connection as _, PgConnection};

async fn connect(server: &PrivatePostgres) -> PgConnection {
    PgConnection::connect(&server.url("notes", Role::Owner)).await.unwrap()
}

async fn write(server: &PrivatePostgres, line: &str) {
    let mut connection = connect(server).await;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS note (line text)").execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO note VALUES ($1)").bind(line).execute(&mut connection).await.unwrap();
}

async fn lines(server: &PrivatePostgres) -> Vec<String> {
    let mut connection = connect(server).await;
    sqlx::query_scalar("SELECT line FROM note ORDER BY line").fetch_all(&mut connection).await.unwrap()
}

/// A server in this directory; the blanks are there to be survived.
fn options(scratch: &ScratchDirectory) -> PostgresOptions {
    PostgresOptions::in_directory(scratch.path().join("post gres")).throw_away()
}

#[tokio::test]
async fn what_was_committed_survives_kill_9_at_the_same_address() {
    let mut server = TestPostgres::start().await.unwrap();
    server.prepare_database("notes").await.unwrap();
    let url = server.url("notes", Role::Owner);
    for round in 0..3 {
        write(&server, &format!("line {round}")).await;
        server.kill_9().await.unwrap();
        assert!(PgConnection::connect(&url).await.is_err());
        server.restart().await.unwrap();
        assert_eq!(server.url("notes", Role::Owner), url);
        assert_eq!(lines(&server).await.len(), round + 1);
    }
}

#[tokio::test]
async fn a_server_left_running_is_adopted_and_one_left_dead_is_recovered() {
    let scratch = ScratchDirectory::make().unwrap();
    let server = PrivatePostgres::start(options(&scratch)).await.unwrap();
    assert!(!server.was_adopted());
    server.prepare_database("notes").await.unwrap();
    write(&server, "before").await;
    let (pid, url) = (server.pid(), server.url("notes", Role::Application));
    server.leave_running();

    let mut adopted = PrivatePostgres::start(options(&scratch)).await.unwrap();
    assert!(adopted.was_adopted());
    assert_eq!((adopted.pid(), adopted.url("notes", Role::Application)), (pid, url));
    adopted.kill_9().await.unwrap();
    drop(adopted);

    // The pid file of the dead server is still there.
    assert!(scratch.path().join("post gres/data/postmaster.pid").exists());
    let recovered = PrivatePostgres::start(options(&scratch)).await.unwrap();
    assert!(!recovered.was_adopted());
    assert_eq!(lines(&recovered).await, ["before"]);
}

#[tokio::test]
async fn a_pid_file_whose_number_is_another_programs_now_is_no_obstacle() {
    let scratch = ScratchDirectory::make().unwrap();
    let mut server = PrivatePostgres::start(options(&scratch)).await.unwrap();
    server.kill_9().await.unwrap();
    drop(server);

    let pid_file = scratch.path().join("post gres/data/postmaster.pid");
    let text = std::fs::read_to_string(&pid_file).unwrap();
    let rest = text.split_once('\n').unwrap().1;
    std::fs::write(&pid_file, format!("{}\n{rest}", std::process::id())).unwrap();
    PrivatePostgres::start(options(&scratch)).await.unwrap();
}

#[tokio::test]
async fn a_directory_in_use_and_a_port_in_use_are_refused_with_their_names() {
    let scratch = ScratchDirectory::make().unwrap();
    let server = PrivatePostgres::start(options(&scratch)).await.unwrap();

    let refused = PrivatePostgres::start(options(&scratch)).await.unwrap_err();
    assert!(matches!(refused, Error::DirectoryInUse { .. }), "{refused}");

    let elsewhere = PostgresOptions::in_directory(scratch.path().join("other")).throw_away().on_port(server.port());
    let refused = PrivatePostgres::start(elsewhere).await.unwrap_err();
    assert!(matches!(refused, Error::PortTaken { port, .. } if port == server.port()), "{refused}");
}

#[tokio::test]
async fn a_server_is_found_on_the_port_that_is_asked_for() {
    let scratch = ScratchDirectory::make().unwrap();
    let first = PrivatePostgres::start(options(&scratch)).await.unwrap();
    let free = first.port();
    first.leave_running();

    // Adopted on its port, moved to another when that is wanted.
    let same = PrivatePostgres::start(options(&scratch).on_port(free)).await.unwrap();
    assert!(same.was_adopted());
    same.leave_running();
    let borrowed = TestPostgres::start().await.unwrap();
    let wanted = borrowed.port();
    drop(borrowed);
    let moved = PrivatePostgres::start(options(&scratch).on_port(wanted)).await.unwrap();
    assert_eq!((moved.was_adopted(), moved.port()), (false, wanted));
}

#[tokio::test]
async fn a_durable_server_is_adopted_only_with_the_settings_of_today() {
    let scratch = ScratchDirectory::make().unwrap();
    let durable = || PostgresOptions::in_directory(scratch.path().join("durable"));
    let before = PrivatePostgres::start(durable()).await.unwrap();
    let pid = before.pid();
    before.leave_running();

    let same = PrivatePostgres::start(durable()).await.unwrap();
    assert_eq!((same.was_adopted(), same.pid()), (true, pid));
    same.leave_running();

    let other = PrivatePostgres::start(durable().max_connections(20)).await.unwrap();
    assert!(!other.was_adopted());
    let mut superuser = PgConnection::connect(&other.url("postgres", Role::Superuser)).await.unwrap();
    let limit: String = sqlx::query_scalar("SHOW max_connections").fetch_one(&mut superuser).await.unwrap();
    let flushing: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut superuser).await.unwrap();
    assert_eq!((limit.as_str(), flushing.as_str()), ("20", "on"));
}

#[tokio::test]
async fn passwords_can_be_read_by_their_owner_only() {
    let scratch = ScratchDirectory::make().unwrap();
    let server = PrivatePostgres::start(options(&scratch)).await.unwrap();
    let mode = std::fs::metadata(scratch.path().join("post gres/passwords")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let url = server.url("postgres", Role::Owner);
    let (before, after) = url.split_once("daybook_owner:").unwrap();
    let (_, host) = after.split_once('@').unwrap();
    let wrong = format!("{before}daybook_owner:guess@{host}");
    assert!(PgConnection::connect(&wrong).await.unwrap_err().to_string().contains("password authentication failed"));
}

#[tokio::test]
async fn a_directory_that_the_servers_user_cannot_reach_is_refused_with_the_barrier() {
    if !nix::unistd::Uid::effective().is_root() {
        // Only root runs PostgreSQL as another user; everyone else reaches what they own.
        return;
    }
    let scratch = ScratchDirectory::make().unwrap();
    std::fs::create_dir(scratch.path().join("post gres")).unwrap();
    std::fs::set_permissions(scratch.path(), Permissions::from_mode(0o700)).unwrap();
    let refused = PrivatePostgres::start(options(&scratch)).await.unwrap_err();
    assert!(matches!(&refused, Error::NotReachable { barrier, .. } if barrier == scratch.path()), "{refused}");
}

#[tokio::test]
async fn a_new_directory_behind_a_barrier_becomes_a_link_to_a_place_without() {
    if !nix::unistd::Uid::effective().is_root() {
        return;
    }
    let scratch = ScratchDirectory::make().unwrap();
    std::fs::set_permissions(scratch.path(), Permissions::from_mode(0o700)).unwrap();
    let mut server = PrivatePostgres::start(options(&scratch)).await.unwrap();
    server.prepare_database("notes").await.unwrap();
    write(&server, "reached").await;
    server.kill_9().await.unwrap();
    drop(server);

    let again = PrivatePostgres::start(options(&scratch)).await.unwrap();
    assert_eq!(lines(&again).await, ["reached"]);
    drop(again);
    let link = scratch.path().join("post gres");
    let files = std::fs::read_link(&link).unwrap();
    std::fs::remove_dir_all(files).unwrap();
}

#[tokio::test]
async fn a_directory_of_another_major_version_is_refused_with_its_number() {
    let scratch = ScratchDirectory::make().unwrap();
    let data = scratch.path().join("post gres/data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let refused = PrivatePostgres::start(options(&scratch)).await.unwrap_err();
    assert!(matches!(refused, Error::PostgresMajorDiffers { made_by: 9, .. }), "{refused}");
}
