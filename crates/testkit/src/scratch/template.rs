//! The migrated database that every test's database is a copy of.

use daybook_migrations::MIGRATOR;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use super::Run;
use crate::{
    error::{Error, Tried as _},
    postgres::{Address, Role, SQL_LIMIT, admin, within},
};

const PREFIX: &str = "template_";

/// The template's name: another for other migrations.
pub(crate) fn name() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATOR.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hash.finalize()[..8].iter().fold(PREFIX.to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

/// Makes the template if it is missing. The caller holds the lock alone.
pub(crate) async fn ensure(address: &Address, superuser: &mut PgConnection) -> Result<(), Error> {
    let template = name();
    if admin::database_exists(superuser, &template).await? {
        return Ok(());
    }
    // Under a name of this run until it is whole: if the run is killed midway, what it leaves is swept like a test's.
    let unfinished = Run::current()?.unique_name();
    admin::ensure_database(address, &unfinished).await?;
    admin::migrate(address, &unfinished).await?;
    // Nobody may connect to it, because a database in use cannot be copied.
    let close = format!("ALTER DATABASE {unfinished} WITH ALLOW_CONNECTIONS false");
    admin::run(superuser, "close the template", &close).await?;
    disconnect(superuser, &unfinished).await?;
    let rename = format!("ALTER DATABASE {unfinished} RENAME TO {template}");
    let renamed = admin::run(superuser, "name the template", &rename).await;
    // A run that was killed may have had the last word after all.
    if renamed.is_err() && !admin::database_exists(superuser, &template).await? {
        return renamed;
    }
    Ok(())
}

/// Ends the sessions of a database and waits until they are gone.
async fn disconnect(superuser: &mut PgConnection, database: &str) -> Result<(), Error> {
    let query = sqlx::query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
    );
    let ended = query.bind(database).execute(superuser);
    within(SQL_LIMIT, "ending the template's sessions", ended).await?.tried(|| "end the template's sessions".into())?;
    Ok(())
}

/// Drops the templates of other migrations. Only when no other test process lives: it may be using one.
pub(crate) async fn drop_others(superuser: &mut PgConnection) -> Result<(), Error> {
    let query = sqlx::query_scalar::<_, String>("SELECT datname FROM pg_database WHERE starts_with(datname, $1)");
    let names = within(SQL_LIMIT, "listing templates", query.bind(PREFIX).fetch_all(&mut *superuser)).await?;
    for other in names.tried(|| "list templates".into())?.iter().filter(|found| **found != name()) {
        let sql = format!("DROP DATABASE IF EXISTS {other} WITH (FORCE)");
        admin::run(superuser, "drop an outdated template", &sql).await?;
    }
    Ok(())
}

/// The statement that makes a copy. The caller shares the lock.
pub(crate) fn copy_to(database: &str) -> String {
    format!("CREATE DATABASE {database} TEMPLATE {} OWNER {}", name(), Role::Owner.user())
}
