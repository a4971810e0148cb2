//! Finds the installed PostgreSQL.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{error::Error, version::Version};

/// The oldest major version that Daybook runs on.
const NEEDED: u32 = 15;

/// A PostgreSQL whose server programs are installed.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    bin: PathBuf,
    version: Version,
}

impl Installation {
    /// The PostgreSQL to run: the one that made the data directory, or, for a new one, the first new enough.
    pub(crate) fn find(data: &Path) -> Result<Self, Error> {
        let installed = installed(&candidates());
        match major_of(data) {
            Some(made_by) => installed.iter().find(|one| one.version.major == made_by).cloned().ok_or_else(|| {
                Error::PostgresMajorDiffers { directory: data.to_owned(), made_by, found: list(&installed) }
            }),
            None => choose(&installed),
        }
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// The first that is new enough; the order is that of [`candidates`].
fn choose(installed: &[Installation]) -> Result<Installation, Error> {
    if let Some(good) = installed.iter().find(|one| one.version.major >= NEEDED) {
        return Ok(good.clone());
    }
    match installed.iter().max_by_key(|one| one.version) {
        Some(old) => Err(Error::PostgresTooOld { path: old.program("postgres"), found: old.version, needed: NEEDED }),
        None => Err(Error::PostgresMissing { needed: NEEDED }),
    }
}

/// Directories that may hold the server programs: the one named, the PATH, then where packages put them, newest first.
fn candidates() -> Vec<PathBuf> {
    let named = env::var_os("DAYBOOK_POSTGRES_BIN").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let mut packaged: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .into_iter()
        .filter_map(|root| fs::read_dir(root).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path().join("bin")))
        .collect();
    packaged.extend(fs::read_dir("/usr").into_iter().flatten().flatten().filter_map(|entry| {
        // Fedora and openSUSE: /usr/pgsql-17/bin.
        entry.file_name().to_str()?.starts_with("pgsql-").then(|| entry.path().join("bin"))
    }));
    packaged.sort_by_key(|bin| std::cmp::Reverse(number_in(bin)));
    named.into_iter().chain(env::split_paths(&path)).chain(packaged).collect()
}

/// The major version in the name of a package's directory.
fn number_in(bin: &Path) -> u32 {
    let digits: String = bin.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// The candidates that hold a PostgreSQL server and say so.
fn installed(candidates: &[PathBuf]) -> Vec<Installation> {
    candidates
        .iter()
        .filter_map(|bin| {
            // A link on the PATH may stand alone; its companions are beside the program it points to.
            let postgres = bin.join("postgres").canonicalize().ok()?;
            let bin = postgres.parent()?.to_owned();
            let version = bin.join("initdb").exists().then(|| Version::of(&postgres))?.ok()?;
            Some(Installation { bin, version })
        })
        .collect()
}

/// The major version of the PostgreSQL that made a data directory.
fn major_of(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

fn list(installed: &[Installation]) -> String {
    let versions: Vec<String> = installed.iter().map(|one| one.version.to_string()).collect();
    if versions.is_empty() { "none".into() } else { versions.join(", ") }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Installation, Version, choose};
    use crate::Error;

    fn installed(major: u32) -> Installation {
        Installation { bin: PathBuf::from(format!("/usr/lib/postgresql/{major}/bin")), version: Version::new(major, 3) }
    }

    #[test]
    fn the_first_new_enough_is_chosen() {
        let chosen = choose(&[installed(13), installed(16), installed(17)]).unwrap();
        assert_eq!(chosen.version.major, 16);
    }

    #[test]
    fn a_missing_postgres_says_what_to_install() {
        let refused = choose(&[]).unwrap_err();
        assert!(matches!(refused, Error::PostgresMissing { .. }));
        assert!(refused.to_string().contains("apt-get install postgresql"), "{refused}");
    }

    #[test]
    fn a_postgres_that_is_too_old_is_named_with_its_version() {
        let refused = choose(&[installed(11), installed(13)]).unwrap_err();
        assert!(refused.to_string().contains("/13/bin/postgres is 13.3"), "{refused}");
    }
}
