//! Removes what dead test runs left behind.

use std::{
    fs::{self, DirEntry},
    path::Path,
    time::Duration,
};

use sqlx::PgConnection;

use super::run::{living, maker_of};
use crate::{
    directory,
    error::{Error, Tried as _},
    postgres::{SQL_LIMIT, admin, within},
    process_table,
};

/// How long servers have to end in order before they are killed.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Ends the servers of dead runs and removes their directories.
pub(crate) fn servers(root: &Path) -> Result<(), Error> {
    let own = root.join("own");
    let directories: Vec<DirEntry> =
        fs::read_dir(&own).tried(|| format!("list {}", own.display()))?.flatten().collect();
    // Asked afterwards: whoever made one of these directories was alive by then, and still is unless it has died.
    let living = living(root)?;
    for entry in directories {
        let name = entry.file_name();
        if is_of_the_dead(&living, &name.to_string_lossy()) {
            process_table::end_all_within(&entry.path(), END_LIMIT);
            directory::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Drops the databases of dead runs.
pub(crate) async fn databases(root: &Path, superuser: &mut PgConnection) -> Result<(), Error> {
    let query = sqlx::query_scalar::<_, String>("SELECT datname FROM pg_database");
    let names = within(SQL_LIMIT, "listing databases", query.fetch_all(&mut *superuser)).await?;
    let living = living(root)?;
    for name in names.tried(|| "list databases".into())? {
        if is_of_the_dead(&living, &name) {
            let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
            admin::run(superuser, "drop the database of a dead test run", &sql).await?;
        }
    }
    Ok(())
}

fn is_of_the_dead(living: &[String], name: &str) -> bool {
    maker_of(name).is_some_and(|maker| !living.iter().any(|run| run == maker))
}
