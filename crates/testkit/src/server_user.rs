//! The user as which PostgreSQL runs: ourselves, or `postgres` when we are root.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, symlink},
        process::CommandExt as _,
    },
    path::Path,
    process::Command,
};

use nix::unistd::{Gid, Uid, User, chown};

use crate::error::{Error, Tried as _};

const SERVER_USER: &str = "postgres";

/// Where a server's files go when its user cannot reach the directory asked for.
const ELSEWHERE: &str = "/var/lib/daybook";

/// The user that a server runs as when we are root, because it refuses to run as root.
#[derive(Debug, Clone)]
pub(crate) struct ServerUser {
    name: String,
    uid: Uid,
    gid: Gid,
}

impl ServerUser {
    /// The user for a server whose files are in `data`; `None` when we are not root and so run it ourselves.
    pub(crate) fn for_data(data: &Path) -> Result<Option<Self>, Error> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        // Files that an ordinary user made earlier stay that user's.
        let owner = fs::metadata(data).ok().map(|metadata| Uid::from_raw(metadata.uid()));
        let user = match owner {
            Some(owner) if !owner.is_root() => User::from_uid(owner),
            _ => User::from_name(SERVER_USER),
        };
        let user = user.tried(|| "look up the server's user".into())?;
        let user = user.ok_or(Error::NoServerUser { user: SERVER_USER })?;
        Ok(Some(Self { name: user.name, uid: user.uid, gid: user.gid }))
    }

    /// The place for a server's directory: the one asked for or, where the user cannot reach a new one, a link to another.
    ///
    /// The home of root is closed to others on most systems, and a clone there should work all the same.
    pub(crate) fn place(&self, directory: &Path) -> Result<(), Error> {
        let create = || format!("create {}", directory.display());
        if fs::symlink_metadata(directory).is_ok() {
            return Ok(());
        }
        let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).tried(create)?;
        let parent = parent.canonicalize().tried(create)?;
        let Some(barrier) = self.barrier(&parent) else { return Ok(()) };

        let elsewhere = Path::new(ELSEWHERE).join(format!("{}-{:08x}", self.name, rand::random::<u32>()));
        fs::create_dir_all(&elsewhere).tried(|| format!("create {}", elsewhere.display()))?;
        symlink(&elsewhere, directory).tried(create)?;
        tracing::warn!(
            "PostgreSQL runs as the user {}, who may not enter {}: its files are in {}, with a link from {}",
            self.name,
            barrier.display(),
            elsewhere.display(),
            directory.display()
        );
        Ok(())
    }

    /// Refuses a directory that the user cannot get to.
    pub(crate) fn must_reach(&self, directory: &Path) -> Result<(), Error> {
        match directory.parent().and_then(|parent| self.barrier(parent)) {
            None => Ok(()),
            Some(barrier) => Err(Error::NotReachable {
                user: self.name.clone(),
                barrier: barrier.to_owned(),
                directory: directory.to_owned(),
            }),
        }
    }

    /// The topmost directory on the way here that the user may not enter.
    fn barrier<'a>(&self, directory: &'a Path) -> Option<&'a Path> {
        directory.ancestors().filter(|ancestor| !self.may_enter(ancestor)).last()
    }

    fn may_enter(&self, directory: &Path) -> bool {
        let Ok(metadata) = fs::metadata(directory) else { return false };
        let enter = match () {
            () if metadata.uid() == self.uid.as_raw() => 0o100,
            () if metadata.gid() == self.gid.as_raw() => 0o010,
            () => 0o001,
        };
        metadata.permissions().mode() & enter != 0
    }

    /// Gives a file or directory to the user.
    pub(crate) fn take(&self, path: &Path) -> Result<(), Error> {
        chown(path, Some(self.uid), Some(self.gid)).tried(|| format!("give {} to {}", path.display(), self.name))
    }
}

/// A command that runs as the server's user.
pub(crate) fn command(program: &Path, user: Option<&ServerUser>) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = user {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}
