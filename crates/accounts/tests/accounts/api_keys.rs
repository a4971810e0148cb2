//! API keys (A1, A2).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use daybook_accounts::fields::ApiKeyName;
use daybook_accounts::{
    AccountsError, ApiKey, ApiKeyId, ApiKeyToken, Cursor, NewApiKey, PageLimit, Role, Scope, Scopes, User, UserId,
};
use uuid::Uuid;

use crate::world::{World, later, noon};

fn key(name: &str, scopes: &[&str]) -> NewApiKey {
    NewApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        name: ApiKeyName::parse(name).unwrap(),
        scopes: Scopes::parse(scopes.iter().copied()).unwrap(),
    }
}

impl World {
    async fn make_key(&self, owner: &User, scopes: &[&str]) -> (ApiKey, ApiKeyToken) {
        self.accounts.create_api_key(owner, &key("CRM", scopes), noon()).await.unwrap()
    }

    async fn last_used(&self, owner: &User) -> Option<DateTime<Utc>> {
        let page = self.accounts.list_api_keys(owner.id, PageLimit::default(), None).await.unwrap();
        page.items[0].last_used_at
    }
}

#[tokio::test]
async fn a_key_acts_for_its_owner_until_it_is_deleted() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (made, token) = world.make_key(&anna, &["calendar"]).await;
    assert_eq!((made.name.as_str(), made.created_at, made.last_used_at), ("CRM", noon(), None));

    let presented = ApiKeyToken::parse(&token.expose()).unwrap();
    let holder = world.accounts.authenticate_api_key(&presented, noon()).await.unwrap().unwrap();
    assert_eq!((holder.user, holder.key, holder.scopes), (anna.clone(), made.id, Scopes::default()));

    assert!(world.accounts.delete_api_key(anna.id, made.id).await.unwrap());
    assert!(world.accounts.authenticate_api_key(&presented, noon()).await.unwrap().is_none());
    assert!(!world.accounts.delete_api_key(anna.id, made.id).await.unwrap());
}

#[tokio::test]
async fn another_secret_with_the_same_id_is_no_key() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (_, token) = world.make_key(&anna, &["calendar"]).await;
    let (_, other) = world.make_key(&anna, &["calendar"]).await;
    let forged = format!("{}{}", &token.expose()[..37], &other.expose()[37..]);
    let forged = ApiKeyToken::parse(&forged).unwrap();
    assert!(world.accounts.authenticate_api_key(&forged, noon()).await.unwrap().is_none());
    assert_eq!(world.last_used(&anna).await, None, "a refused key was not used");
}

#[tokio::test]
async fn somebody_elses_key_can_neither_be_seen_nor_deleted() {
    let world = World::new().await;
    let (anna, bert) = (world.register("anna").await, world.register("bert").await);
    let (annas, token) = world.make_key(&anna, &["calendar"]).await;
    assert!(!world.accounts.delete_api_key(bert.id, annas.id).await.unwrap());
    let berts = world.accounts.list_api_keys(bert.id, PageLimit::default(), None).await.unwrap();
    assert_eq!(berts.items, []);
    assert!(world.accounts.authenticate_api_key(&token, noon()).await.unwrap().is_some());
}

#[tokio::test]
async fn the_key_is_never_readable_from_the_table() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (made, token) = world.make_key(&anna, &["calendar"]).await;
    let text = token.expose();
    let secret = &text[37..];
    let bytes: String = sqlx::query_scalar("SELECT encode(decode(translate($1, '-_', '+/') || '=', 'base64'), 'hex')")
        .bind(secret)
        .fetch_one(&world.pool())
        .await
        .unwrap();
    let dump = world.dump("api_keys").await;
    assert!(dump.contains(&made.id.to_string()));
    assert!(!dump.contains(secret) && !dump.contains(&bytes), "{dump}");
}

#[tokio::test]
async fn only_admins_make_keys_to_the_analytics_feed_and_only_while_they_are_admins() {
    let world = World::new().await;
    let (anna, root) = (world.register("anna").await, world.register_admin("berta").await);
    let both = key("feed", &["calendar", "analytics"]);
    let refused = world.accounts.create_api_key(&anna, &both, noon()).await;
    assert!(matches!(refused, Err(AccountsError::AnalyticsNeedsAdmin)));
    let listed = world.accounts.list_api_keys(anna.id, PageLimit::default(), None).await.unwrap();
    assert_eq!(listed.items, []);

    let (_, token) = world.accounts.create_api_key(&root, &both, noon()).await.unwrap();
    let holder = world.accounts.authenticate_api_key(&token, noon()).await.unwrap().unwrap();
    assert!(holder.scopes.contains(Scope::Analytics) && holder.scopes.contains(Scope::Calendar));

    world.accounts.set_role(root.id, Role::User, noon()).await.unwrap();
    let holder = world.accounts.authenticate_api_key(&token, noon()).await.unwrap().unwrap();
    assert_eq!(holder.scopes, Scopes::default());
}

#[tokio::test]
async fn a_use_is_noted_to_within_ten_minutes_and_does_not_write_each_time() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let (_, token) = world.make_key(&anna, &["calendar"]).await;
    for (minute, noted) in [(1, 1), (5, 1), (10, 1), (11, 11), (20, 11), (60, 60), (59, 60)] {
        world.accounts.authenticate_api_key(&token, later(minute)).await.unwrap().unwrap();
        assert_eq!(world.last_used(&anna).await, Some(later(noted)), "after a use at minute {minute}");
    }
}

#[tokio::test]
async fn the_pages_of_a_list_are_complete_and_without_repeats_while_keys_come_and_go() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let mut made = Vec::new();
    for _ in 0..11 {
        made.push(world.make_key(&anna, &["calendar"]).await.0.id);
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let limit = PageLimit::new(3).unwrap();
        let page = world.accounts.list_api_keys(anna.id, limit, cursor.as_ref()).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|key| key.id));
        // Meanwhile keys are added in front, and the one that the cursor stands on goes.
        world.make_key(&anna, &["calendar"]).await;
        if let Some(last) = page.items.last() {
            world.accounts.delete_api_key(anna.id, last.id).await.unwrap();
        }
        let Some(next) = page.next_cursor else { break };
        // As it comes back in a query string.
        cursor = Some(Cursor::parse(&next.to_string()).unwrap());
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "no key twice");
    made.reverse();
    assert_eq!(seen, made, "every key that was there, newest first");
}

#[tokio::test]
async fn a_key_for_nobody_is_not_made() {
    let world = World::new().await;
    let anna = world.register("anna").await;
    let nobody = User { id: UserId(Uuid::now_v7()), ..anna };
    let outcome = world.accounts.create_api_key(&nobody, &key("CRM", &["calendar"]), noon()).await;
    assert!(matches!(outcome, Err(AccountsError::UserNotFound)));
}
