//! What the application's role may not do, whatever the program says (E1's separation of roles, for accounts).

use crate::world::World;

#[tokio::test]
async fn the_application_may_not_rewrite_what_never_changes() {
    let world = World::new().await;
    world.register("anna").await;
    for statement in [
        "UPDATE users SET id = gen_random_uuid()",
        "UPDATE users SET created_at = now()",
        "UPDATE users SET opening_time_zone = 'UTC'",
        "UPDATE sessions SET token_hash = sha256('x')",
        "UPDATE sessions SET user_id = gen_random_uuid()",
        "UPDATE api_keys SET scopes = ARRAY['analytics']",
        "UPDATE api_keys SET user_id = gen_random_uuid()",
        "UPDATE api_keys SET secret_hash = sha256('x')",
        "TRUNCATE users CASCADE",
        "TRUNCATE sessions",
        "DROP TABLE api_keys",
        "ALTER TABLE users DISABLE TRIGGER ALL",
    ] {
        let error = sqlx::query(statement).execute(&world.pool()).await.expect_err(statement);
        let code = error.as_database_error().and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn the_tables_refuse_what_the_program_would_never_write() {
    let world = World::new().await;
    world.register("anna").await;
    for statement in [
        "UPDATE users SET username = 'Not A Slug'",
        "UPDATE users SET role = 'root'",
        "UPDATE users SET name = ''",
        "INSERT INTO sessions SELECT 'short', id, now(), now() FROM users",
        "INSERT INTO api_keys SELECT gen_random_uuid(), id, 'x', sha256('x'), '{}', now() FROM users",
        "INSERT INTO api_keys SELECT gen_random_uuid(), id, 'x', sha256('x'), '{everything}', now() FROM users",
    ] {
        let error = sqlx::query(statement).execute(&world.pool()).await.expect_err(statement);
        let code = error.as_database_error().and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("23514"), "{statement}: {error}");
    }
}
