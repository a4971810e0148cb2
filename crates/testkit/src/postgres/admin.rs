//! Roles and databases of a private cluster.

use std::time::Duration;

use daybook_migrations::MIGRATOR;
use sqlx::PgConnection;

use super::address::{Address, Role, SQL_LIMIT, within};
use crate::error::{Error, Tried as _};

/// A migration may have a long log to walk through.
const MIGRATION_LIMIT: Duration = Duration::from_mins(30);

/// Runs statements without parameters, in one implicit transaction.
pub(crate) async fn run(connection: &mut PgConnection, action: &str, sql: &str) -> Result<(), Error> {
    within(SQL_LIMIT, action, sqlx::raw_sql(sql).execute(connection)).await?.tried(|| action.to_owned())?;
    Ok(())
}

async fn exists(connection: &mut PgConnection, query: &str, name: &str) -> Result<bool, Error> {
    let found = sqlx::query_scalar::<_, bool>(query).bind(name).fetch_one(connection);
    within(SQL_LIMIT, "looking into the catalogue", found).await?.tried(|| format!("look for {name}"))
}

async fn role_exists(connection: &mut PgConnection, role: &str) -> Result<bool, Error> {
    exists(connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).await
}

pub(crate) async fn database_exists(connection: &mut PgConnection, database: &str) -> Result<bool, Error> {
    exists(connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).await
}

/// Makes the owner's and the application's log-in if they are missing.
///
/// The owner makes the application's group role in a migration, hence CREATEROLE; it is no superuser.
pub(crate) async fn ensure_roles(address: &Address) -> Result<(), Error> {
    let mut connection = address.connect("postgres", Role::Superuser).await?;
    for (role, rights) in [(Role::Owner, "CREATEROLE"), (Role::Application, "")] {
        let user = role.user();
        if !role_exists(&mut connection, user).await? {
            // The password is ours: letters and digits only.
            let password = address.passwords.of(user);
            let sql = format!(
                "DO $$ BEGIN CREATE ROLE {user} LOGIN {rights} PASSWORD '{password}'; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            run(&mut connection, &format!("create the role {user}"), &sql).await?;
        }
    }
    Ok(())
}

/// Makes an empty database that belongs to the owner role, if it is missing.
pub(crate) async fn ensure_database(address: &Address, database: &str) -> Result<(), Error> {
    let mut connection = address.connect("postgres", Role::Superuser).await?;
    if !database_exists(&mut connection, database).await? {
        let sql = format!("CREATE DATABASE \"{database}\" OWNER {}", Role::Owner.user());
        let created = run(&mut connection, &format!("create the database {database}"), &sql).await;
        // The server may still have been busy with the order of a run that was killed.
        if created.is_err() && !database_exists(&mut connection, database).await? {
            return created;
        }
    }
    Ok(())
}

/// Runs the migrations as the owner and lets the application's log-in into the group that they made.
pub(crate) async fn migrate(address: &Address, database: &str) -> Result<(), Error> {
    const GROUP: &str = "daybook_app";
    let mut owner = address.connect(database, Role::Owner).await?;
    within(MIGRATION_LIMIT, "migrating the database", MIGRATOR.run_direct(&mut owner)).await??;

    let mut superuser = address.connect(database, Role::Superuser).await?;
    if role_exists(&mut superuser, GROUP).await? {
        let sql = format!("GRANT {GROUP} TO {}", Role::Application.user());
        run(&mut superuser, "let the application into its group", &sql).await?;
    }
    Ok(())
}
