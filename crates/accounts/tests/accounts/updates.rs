//! Changing accounts (A1).

use std::time::Duration;

use daybook_accounts::fields::{Password, PersonName};
use daybook_accounts::{Accounts, AccountsError, LogInRefusal, PasswordChange, Role, User, UserChanges, UserId};
use daybook_testkit::{Role as Login, TestPostgres};
use sqlx::PgPool;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::world::{PASSWORD, World, attempt, email, later, noon, person, username};

const OTHER: &str = "another horse battery";

fn to_password(current: &str, new: &str) -> UserChanges {
    let change = PasswordChange { current: attempt(current), new: Password::parse(new).unwrap() };
    UserChanges { password: Some(change), ..UserChanges::default() }
}

#[tokio::test]
async fn a_change_changes_what_it_names_and_nothing_else() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let rename = UserChanges { name: Some(PersonName::parse("Anna Berg").unwrap()), ..UserChanges::default() };
    let renamed = world.accounts.update(anna.id, &rename, None, later(5)).await.unwrap();
    assert_eq!(renamed, User { name: rename.name.clone().unwrap(), updated_at: later(5), ..anna.clone() });
    assert_eq!(world.accounts.by_id(anna.id).await.unwrap(), Some(renamed.clone()));

    let move_house = UserChanges {
        email: Some(email("Berg@Example.com")),
        username: Some(username("berg")),
        ..UserChanges::default()
    };
    let moved = world.accounts.update(anna.id, &move_house, None, later(6)).await.unwrap();
    assert_eq!(
        moved,
        User { email: email("Berg@Example.com"), username: username("berg"), updated_at: later(6), ..renamed }
    );
    world.log_in(&moved).await;
    assert_eq!(world.accounts.by_username(&anna.username).await.unwrap(), None, "the old name is free");
}

#[tokio::test]
async fn a_change_to_what_another_has_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let (anna, bert) = (world.register("anna").await, world.register("bert").await);
    let name = PersonName::parse("Somebody").unwrap();
    let taken = UserChanges { email: Some(email("BERT@example.com")), name: Some(name.clone()), ..Default::default() };
    let outcome = world.accounts.update(anna.id, &taken, None, later(1)).await;
    assert!(matches!(outcome, Err(AccountsError::EmailTaken)), "{outcome:?}");
    let taken = UserChanges { username: Some(bert.username), name: Some(name), ..to_password(PASSWORD, OTHER) };
    let outcome = world.accounts.update(anna.id, &taken, None, later(1)).await;
    assert!(matches!(outcome, Err(AccountsError::UsernameTaken)), "{outcome:?}");
    assert_eq!(world.accounts.by_id(anna.id).await.unwrap().as_ref(), Some(&anna));
    world.log_in(&anna).await;

    let same = UserChanges { email: Some(email("Anna@example.com")), ..UserChanges::default() };
    let changed = world.accounts.update(anna.id, &same, None, later(1)).await.unwrap();
    assert_eq!(changed.email.as_str(), "Anna@example.com", "one's own address in another case is not taken");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_old_password() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (own, other) = (world.log_in(&anna).await.session, world.log_in(&anna).await.session);
    world.accounts.update(anna.id, &to_password(PASSWORD, OTHER), Some(&own), noon()).await.unwrap();

    assert!(world.accounts.authenticate_session(&own, noon()).await.unwrap().is_some());
    assert!(world.accounts.authenticate_session(&other, noon()).await.unwrap().is_none());
    let refused = world.accounts.log_in("anna@example.com", &attempt(PASSWORD), None, noon()).await.unwrap_err();
    assert!(matches!(refused, AccountsError::LogInRefused(LogInRefusal::WrongPassword)));
    assert!(world.accounts.log_in("anna@example.com", &attempt(OTHER), None, noon()).await.is_ok());
}

#[tokio::test]
async fn a_password_is_changed_only_by_who_knows_the_current_one() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let session = world.log_in(&anna).await.session;
    let outcome = world.accounts.update(anna.id, &to_password("wrong", OTHER), None, noon()).await;
    assert!(matches!(outcome, Err(AccountsError::WrongCurrentPassword)), "{outcome:?}");
    assert!(world.accounts.authenticate_session(&session, noon()).await.unwrap().is_some());
    assert!(world.accounts.has_password(anna.id, &attempt(PASSWORD)).await.unwrap());
    assert!(!world.accounts.has_password(anna.id, &attempt(OTHER)).await.unwrap());
    assert!(!world.accounts.has_password(UserId(Uuid::now_v7()), &attempt(PASSWORD)).await.unwrap());
}

#[tokio::test]
async fn of_two_simultaneous_changes_of_a_password_one_wins_and_the_other_changes_nothing() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (here, there) = (world.log_in(&anna).await.session, world.log_in(&anna).await.session);
    let (one, two) = (to_password(PASSWORD, "first new password"), to_password(PASSWORD, "second new password"));
    let (first, second) = tokio::join!(
        world.accounts.update(anna.id, &one, Some(&here), noon()),
        world.accounts.update(anna.id, &two, Some(&there), noon()),
    );
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    let (winner, loser, refusal) = if first.is_ok() { (here, there, second) } else { (there, here, first) };
    assert!(matches!(refusal, Err(AccountsError::WrongCurrentPassword)), "{refusal:?}");
    assert!(world.accounts.authenticate_session(&winner, noon()).await.unwrap().is_some());
    assert!(world.accounts.authenticate_session(&loser, noon()).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_cannot_be_changed() {
    let world = World::new().await;
    let nobody = UserId(Uuid::now_v7());
    let rename = UserChanges { username: Some(username("nobody-here")), ..UserChanges::default() };
    for changes in [rename, to_password(PASSWORD, OTHER)] {
        let outcome = world.accounts.update(nobody, &changes, None, noon()).await;
        assert!(matches!(outcome, Err(AccountsError::UserNotFound)), "{outcome:?}");
    }
    assert!(matches!(world.accounts.set_role(nobody, Role::Admin, noon()).await, Err(AccountsError::UserNotFound)));
}

/// A cluster of its own, because the test holds a transaction open.
#[tokio::test]
async fn a_log_in_that_meets_a_change_of_the_password_half_way_begins_no_session() {
    let server = TestPostgres::start().await.unwrap();
    server.prepare_database("race").await.unwrap();
    let pool = PgPool::connect(&server.url("race", Login::Application)).await.unwrap();
    let accounts = Accounts::new(pool.clone());
    let anna = accounts.register(&person("anna"), noon()).await.unwrap();

    let mut change = pool.begin().await.unwrap();
    sqlx::query("UPDATE users SET password_hash = 'another' WHERE id = $1")
        .bind(anna.id.0)
        .execute(&mut *change)
        .await
        .unwrap();
    let racer = tokio::spawn({
        let accounts = accounts.clone();
        async move { accounts.log_in("anna@example.com", &attempt(PASSWORD), None, noon()).await }
    });
    until_a_statement_waits_for_a_lock(&pool).await;
    sqlx::query("DELETE FROM sessions WHERE user_id = $1").bind(anna.id.0).execute(&mut *change).await.unwrap();
    change.commit().await.unwrap();

    let outcome = racer.await.unwrap();
    assert!(matches!(outcome, Err(AccountsError::LogInRefused(LogInRefusal::WrongPassword))), "{outcome:?}");
    let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&pool).await.unwrap();
    assert_eq!(sessions, 0);
}

async fn until_a_statement_waits_for_a_lock(pool: &PgPool) {
    let waiting = async {
        let query =
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user)";
        while !sqlx::query_scalar::<_, bool>(query).fetch_one(pool).await.unwrap() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(30), waiting).await.expect("the log-in waits for the change of the password");
}
