//! Logging in (A1): what it takes, and what it does not tell.

use daybook_accounts::{AccountsError, LogInRefusal, SESSION_LIFETIME};

use crate::world::{PASSWORD, World, attempt, noon};

fn refusal(error: &AccountsError) -> LogInRefusal {
    match error {
        AccountsError::LogInRefused(refusal) => *refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_owner_logs_in_with_the_address_in_any_case_for_seven_days() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let log_in = world.accounts.log_in(" ANNA@Example.com", &attempt(PASSWORD), None, noon()).await.unwrap();
    assert_eq!(log_in.user, anna);
    assert_eq!(log_in.expires_at, noon() + SESSION_LIFETIME);
    assert_eq!(SESSION_LIFETIME.num_days(), 7);
    assert_eq!(world.accounts.authenticate_session(&log_in.session, noon()).await.unwrap(), Some(anna));
}

#[tokio::test]
async fn a_wrong_password_an_unknown_address_and_no_address_at_all_take_the_same_path() {
    let world = World::new().await;
    world.register("anna").await;
    let mut told = Vec::new();
    for (email, password, reason) in [
        ("anna@example.com", "wrong horse battery", LogInRefusal::WrongPassword),
        ("nobody@example.com", PASSWORD, LogInRefusal::UnknownEmail),
        ("no address\0", PASSWORD, LogInRefusal::UnknownEmail),
        ("anna@example.com", "", LogInRefusal::WrongPassword),
    ] {
        let before = world.accounts.password_checks();
        let error = world.accounts.log_in(email, &attempt(password), None, noon()).await.unwrap_err();
        assert_eq!(refusal(&error), reason);
        assert_eq!(world.accounts.password_checks(), before + 1, "one hash, whatever is wrong");
        told.push(error.to_string());
    }
    assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
    assert_eq!(world.dump("sessions").await, "");
}

#[tokio::test]
async fn the_reasons_have_labels_for_counters() {
    assert_eq!(LogInRefusal::WrongPassword.label(), "wrong_password");
    assert_eq!(LogInRefusal::UnknownEmail.label(), "unknown_email");
}

#[tokio::test]
async fn a_log_in_replaces_the_session_that_the_browser_had() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let planted = world.log_in(&anna).await;
    let fresh =
        world.accounts.log_in("anna@example.com", &attempt(PASSWORD), Some(&planted.session), noon()).await.unwrap();
    assert_eq!(world.accounts.authenticate_session(&planted.session, noon()).await.unwrap(), None);
    assert!(world.accounts.authenticate_session(&fresh.session, noon()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_refused_log_in_leaves_the_session_that_the_browser_had() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let session = world.log_in(&anna).await.session;
    let refused = world.accounts.log_in("anna@example.com", &attempt("wrong"), Some(&session), noon()).await;
    assert_eq!(refusal(&refused.unwrap_err()), LogInRefusal::WrongPassword);
    assert!(world.accounts.authenticate_session(&session, noon()).await.unwrap().is_some());
}
