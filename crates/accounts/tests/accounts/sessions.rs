//! The life of a session (A1).

use chrono::TimeDelta;
use daybook_accounts::{Role, SESSION_LIFETIME, SessionToken};

use crate::world::{World, noon};

#[tokio::test]
async fn a_session_lives_until_it_is_ended_and_not_a_moment_longer() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (one, two) = (world.log_in(&anna).await.session, world.log_in(&anna).await.session);

    assert!(world.accounts.log_out(&one).await.unwrap());
    assert_eq!(world.accounts.authenticate_session(&one, noon()).await.unwrap(), None);
    assert_eq!(world.accounts.authenticate_session(&two, noon()).await.unwrap(), Some(anna));
    assert!(!world.accounts.log_out(&one).await.unwrap(), "it is over already");
}

#[tokio::test]
async fn a_session_ends_by_itself_after_seven_days_however_much_it_is_used() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let session = world.log_in(&anna).await.session;
    let end = noon() + SESSION_LIFETIME;
    let moment = TimeDelta::microseconds(1);
    assert!(world.accounts.authenticate_session(&session, end - moment).await.unwrap().is_some());
    assert!(world.accounts.authenticate_session(&session, end).await.unwrap().is_none());
}

#[tokio::test]
async fn logging_out_everywhere_keeps_only_the_session_named_and_other_peoples() {
    let world = World::new().await;
    let (anna, bert) = (world.register("anna").await, world.register("bert").await);
    let [here, there, elsewhere] = [world.log_in(&anna).await, world.log_in(&anna).await, world.log_in(&anna).await];
    let berts = world.log_in(&bert).await;

    assert_eq!(world.accounts.log_out_everywhere(anna.id, Some(&here.session)).await.unwrap(), 2);
    for (log_in, lives) in [(&here, true), (&there, false), (&elsewhere, false), (&berts, true)] {
        let found = world.accounts.authenticate_session(&log_in.session, noon()).await.unwrap();
        assert_eq!(found.is_some(), lives);
    }
    assert_eq!(world.accounts.log_out_everywhere(anna.id, None).await.unwrap(), 1);
    assert_eq!(world.accounts.authenticate_session(&here.session, noon()).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_of_role_is_seen_by_the_next_request() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let session = world.log_in(&anna).await.session;
    world.accounts.set_role(anna.id, Role::Admin, noon()).await.unwrap();
    let found = world.accounts.authenticate_session(&session, noon()).await.unwrap().unwrap();
    assert_eq!(found.role, Role::Admin);
}

#[tokio::test]
async fn the_table_does_not_hold_what_the_cookie_holds() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let cookie = world.log_in(&anna).await.session.expose();
    let bytes: String = sqlx::query_scalar("SELECT encode(decode(translate($1, '-_', '+/') || '=', 'base64'), 'hex')")
        .bind(cookie.as_str())
        .fetch_one(&world.pool())
        .await
        .unwrap();
    let dump = world.dump("sessions").await;
    assert_eq!(dump.lines().count(), 1);
    assert!(!dump.contains(cookie.as_str()) && !dump.contains(&bytes), "{dump}");
    // Nor is what the table holds of any use as a cookie.
    let hash: String =
        sqlx::query_scalar("SELECT translate(rtrim(encode(token_hash, 'base64'), '='), '+/', '-_') FROM sessions")
            .fetch_one(&world.pool())
            .await
            .unwrap();
    let stolen = SessionToken::parse(&hash).unwrap();
    assert_eq!(world.accounts.authenticate_session(&stolen, noon()).await.unwrap(), None);
}

#[tokio::test]
async fn a_sweep_removes_the_expired_in_batches_and_leaves_the_rest() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let session = world.log_in(&anna).await.session;
    sqlx::query(
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at)
         SELECT sha256(n::text::bytea), $1, $2, $2 + n * interval '1 second' FROM generate_series(1, 2600) n",
    )
    .bind(anna.id.0)
    .bind(noon())
    .execute(&world.pool())
    .await
    .unwrap();

    let at = noon() + TimeDelta::seconds(2500);
    let sweeps = tokio::join!(world.accounts.sweep_sessions(at), world.accounts.sweep_sessions(at));
    let (one, other) = (sweeps.0.unwrap(), sweeps.1.unwrap());
    // Two nodes at once share the work: neither waits for the other, none is counted twice.
    let rest = world.accounts.sweep_sessions(at).await.unwrap();
    assert_eq!(one + other + rest, 2500);
    assert_eq!(world.dump("sessions").await.lines().count(), 101);
    assert!(world.accounts.authenticate_session(&session, at).await.unwrap().is_some());
}
