//! An account that is deleted takes everything with it (A4).

use daybook_accounts::fields::ApiKeyName;
use daybook_accounts::{ApiKeyId, NewApiKey, Scopes};
use uuid::Uuid;

use crate::world::{World, later, noon, person};

#[tokio::test]
async fn a_deleted_account_leaves_nothing_behind() {
    let world = World::new().await;
    let (anna, bert) = (world.register("anna").await, world.register("bert").await);
    let session = world.log_in(&anna).await.session;
    world.log_in(&bert).await;
    let key =
        NewApiKey { id: ApiKeyId(Uuid::now_v7()), name: ApiKeyName::parse("CRM").unwrap(), scopes: Scopes::default() };
    let (_, token) = world.accounts.create_api_key(&anna, &key, noon()).await.unwrap();

    assert!(world.accounts.delete(anna.id).await.unwrap());
    assert!(!world.accounts.delete(anna.id).await.unwrap(), "there is nothing left to delete");
    assert!(world.accounts.authenticate_session(&session, noon()).await.unwrap().is_none());
    assert!(world.accounts.authenticate_api_key(&token, noon()).await.unwrap().is_none());
    let left = world.dump("users").await + &world.dump("sessions").await + &world.dump("api_keys").await;
    assert!(!left.contains(&anna.id.to_string()) && !left.contains("anna@") && left.contains("bert@"), "{left}");
    assert_ne!(world.register("anna").await.id, anna.id, "the address and the username are free");
}

#[tokio::test]
async fn statistics_keep_no_samples_of_accounts() {
    let world = World::new().await;
    for n in 0..20 {
        world.register(&format!("guest{n}")).await;
    }
    sqlx::query("ANALYZE users").execute(&world.owner_pool()).await.unwrap();
    let samples = "SELECT coalesce(string_agg(s::text, ' '), '') FROM pg_stats s WHERE tablename LIKE 'users%'";
    let samples: String = sqlx::query_scalar(samples).fetch_one(&world.owner_pool()).await.unwrap();
    assert!(samples.contains("created_at") && !samples.contains("guest1"), "{samples}");
}

#[tokio::test]
async fn sessions_are_told_by_their_times() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    world.log_in(&anna).await;
    let sessions = world.accounts.sessions(anna.id, noon()).await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.created_at).collect::<Vec<_>>(), [noon()]);
    assert_eq!(world.accounts.sessions(anna.id, later(8 * 24 * 60)).await.unwrap(), [], "it has expired");
    assert_eq!(world.accounts.sessions(person("bert").id, noon()).await.unwrap(), []);
}
