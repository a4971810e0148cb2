//! Finds the NATS server program.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{error::Error, version::Version};

/// The oldest version that knows every setting of `nats.conf`.
const NEEDED: Version = Version::new(2, 10);

/// The program to run: the one named in `DAYBOOK_NATS_SERVER`, else the first new enough of `.tools` and the PATH.
pub(crate) fn find() -> Result<PathBuf, Error> {
    match env::var_os("DAYBOOK_NATS_SERVER") {
        // Whoever names a program means that one; another in its place would only confuse.
        Some(named) => first_new_enough([PathBuf::from(named)]),
        None => first_new_enough(in_tools().chain(on_path())),
    }
}

/// `.tools/nats-server` of the working directory and its parents, where the set-up puts it.
fn in_tools() -> impl Iterator<Item = PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let above: Vec<PathBuf> = here.ancestors().map(|directory| directory.join(".tools/nats-server")).collect();
    above.into_iter()
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let programs: Vec<PathBuf> = env::split_paths(&path).map(|bin| bin.join("nats-server")).collect();
    programs.into_iter()
}

fn first_new_enough(candidates: impl IntoIterator<Item = PathBuf>) -> Result<PathBuf, Error> {
    let mut too_old = None;
    for program in candidates.into_iter().filter(|program| program.is_file()) {
        match check(&program) {
            Ok(()) => return Ok(program),
            Err(refused) => too_old = too_old.or(Some(refused)),
        }
    }
    Err(too_old.unwrap_or(Error::NatsMissing { needed: NEEDED }))
}

fn check(program: &Path) -> Result<(), Error> {
    let found = Version::of(program)?;
    if found < NEEDED {
        return Err(Error::NatsTooOld { path: program.to_owned(), found, needed: NEEDED });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::first_new_enough;
    use crate::{Error, scratch::ScratchDirectory};

    /// A program that prints what an installed server of that version would.
    fn pretender(scratch: &ScratchDirectory, version: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let program = scratch.path().join(format!("nats-server-{version}"));
        std::fs::write(&program, format!("#!/bin/sh\necho 'nats-server: v{version}'\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn a_missing_server_says_what_to_run() {
        let refused = first_new_enough([PathBuf::from("/nowhere/nats-server")]).unwrap_err();
        assert!(matches!(refused, Error::NatsMissing { .. }));
        assert!(refused.to_string().contains("scripts/setup"), "{refused}");
    }

    #[test]
    fn a_server_below_the_needed_version_is_refused_by_name_and_version() {
        let scratch = ScratchDirectory::make().unwrap();
        let refused = first_new_enough([pretender(&scratch, "2.9.10")]).unwrap_err();
        let message = refused.to_string();
        assert!(message.contains("nats-server 2.10 or newer is needed") && message.contains("is 2.9"), "{message}");
    }

    #[test]
    fn an_old_server_is_passed_over_for_a_newer_one() {
        let scratch = ScratchDirectory::make().unwrap();
        let newer = pretender(&scratch, "2.11.3");
        assert_eq!(first_new_enough([pretender(&scratch, "2.9.10"), newer.clone()]).unwrap(), newer);
    }
}
