//! Making accounts, and finding them (A1).

use std::collections::BTreeSet;

use daybook_accounts::fields::PersonName;
use daybook_accounts::{AccountsError, NewUser, Role, UserId};
use futures::future::join_all;
use uuid::Uuid;

use crate::world::{PASSWORD, World, email, noon, person, username};

#[tokio::test]
async fn an_account_is_found_by_id_by_username_and_by_address_in_any_case() {
    let world = World::new().await;
    let new = NewUser { email: email("Anna.Berg@Example.com"), username: Some(username("anna-b")), ..person("Anna") };
    let anna = world.accounts.register(&new, noon()).await.unwrap();

    assert_eq!((anna.id, &anna.email, &anna.name), (new.id, &new.email, &new.name));
    assert_eq!(
        (anna.username.as_str(), anna.role, anna.opening_time_zone.as_str()),
        ("anna-b", Role::User, "Europe/Berlin")
    );
    assert_eq!((anna.created_at, anna.updated_at), (noon(), noon()));
    assert_eq!(world.accounts.by_id(anna.id).await.unwrap(), Some(anna.clone()));
    assert_eq!(world.accounts.by_username(&username("ANNA-B")).await.unwrap(), Some(anna.clone()));
    assert_eq!(world.accounts.by_email(&email("anna.BERG@example.COM")).await.unwrap(), Some(anna));
}

#[tokio::test]
async fn nobody_is_found_where_nobody_is() {
    let world = World::new().await;
    assert_eq!(world.accounts.by_id(UserId(Uuid::now_v7())).await.unwrap(), None);
    assert_eq!(world.accounts.by_username(&username("anna")).await.unwrap(), None);
    assert_eq!(world.accounts.by_email(&email("anna@example.com")).await.unwrap(), None);
}

#[tokio::test]
async fn an_address_is_taken_in_whatever_case_it_is_typed() {
    let world = World::new().await;
    world.register("anna").await;
    let again = NewUser { email: email("ANNA@example.com"), username: Some(username("other")), ..person("Other") };
    assert!(matches!(world.accounts.register(&again, noon()).await, Err(AccountsError::EmailTaken)));
    let unnamed = NewUser { username: None, ..again };
    assert!(matches!(world.accounts.register(&unnamed, noon()).await, Err(AccountsError::EmailTaken)));
    assert_eq!(world.accounts.by_username(&username("other")).await.unwrap(), None);
}

#[tokio::test]
async fn a_username_that_was_chosen_is_given_or_refused_but_never_changed() {
    let world = World::new().await;
    world.register("anna").await;
    let namesake = NewUser { email: email("other@example.com"), username: Some(username("anna")), ..person("Anna") };
    assert!(matches!(world.accounts.register(&namesake, noon()).await, Err(AccountsError::UsernameTaken)));
}

#[tokio::test]
async fn who_chooses_no_username_gets_the_first_free_one_of_their_name() {
    let world = World::new().await;
    let berg = PersonName::parse("Anna Berg").unwrap();
    let mut given = Vec::new();
    for n in 0..3 {
        let new = NewUser { email: email(&format!("anna{n}@example.com")), name: berg.clone(), ..person("Anna") };
        given.push(world.accounts.register(&new, noon()).await.unwrap().username.to_string());
    }
    assert_eq!(given, ["anna-berg", "anna-berg-2", "anna-berg-3"]);
}

#[tokio::test]
async fn of_simultaneous_registrations_of_one_address_exactly_one_wins() {
    let world = World::new().await;
    let attempts = (0..8).map(|n| NewUser {
        email: email(if n % 2 == 0 { "anna@example.com" } else { "Anna@Example.com" }),
        // Half choose a username, half leave it to us: no way past the other constraint either.
        username: (n < 4).then(|| username(&format!("anna-no-{n}"))),
        ..person("Anna")
    });
    let attempts: Vec<_> = attempts.collect();
    let outcomes = join_all(attempts.iter().map(|new| world.accounts.register(new, noon()))).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(AccountsError::EmailTaken))), "{outcomes:?}");
    assert_eq!(world.dump("users").await.lines().count(), 1);
}

#[tokio::test]
async fn simultaneous_namesakes_all_get_usernames_of_their_own() {
    let world = World::new().await;
    let namesakes: Vec<_> =
        (0..8).map(|n| NewUser { email: email(&format!("anna{n}@example.com")), ..person("Anna") }).collect();
    let outcomes = join_all(namesakes.iter().map(|new| world.accounts.register(new, noon()))).await;

    let given: BTreeSet<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().username.to_string()).collect();
    assert_eq!(given.len(), 8, "{given:?}");
    assert!(given.contains("anna"));
}

#[tokio::test]
async fn the_table_holds_an_argon2id_hash_and_no_password() {
    let world = World::new().await;
    world.register("anna").await;
    let dump = world.dump("users").await;
    assert!(dump.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{dump}");
    assert!(!dump.contains(PASSWORD));
}

#[tokio::test]
async fn a_database_that_is_gone_makes_accounts_unavailable_and_not_faulty() {
    let world = World::new().await;
    world.pool().close().await;
    let outcome = world.accounts.register(&person("anna"), noon()).await;
    assert!(matches!(outcome, Err(AccountsError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_fault_quotes_neither_the_address_nor_the_hash() {
    let world = World::new().await;
    let new = NewUser { opening_time_zone: "x".repeat(65), ..person("anna") };
    let fault = world.accounts.register(&new, noon()).await.unwrap_err();
    assert!(matches!(fault, AccountsError::Internal(_)));
    let (debug, cause) = (format!("{fault:?}"), std::error::Error::source(&fault).unwrap().to_string());
    assert!(cause.contains("users_opening_time_zone_check"), "{cause}");
    for text in [&debug, &cause] {
        assert!(!text.contains("anna") && !text.contains("argon2"), "{text}");
    }
}
