//! Programs that only tests use; `scripts/setup tests` puts them into `.tools` where they are missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A program, in the places where `scripts/setup` looks for it: the one that the variable names, ours, or the system's.
pub fn tool(name: &str, variable: &str) -> PathBuf {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let ours = Some(repository().join(".tools").join(name)).filter(|file| file.exists());
    named.or(ours).unwrap_or_else(|| OsString::from(name).into())
}
