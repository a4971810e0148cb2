//! Makes a new data directory.

use std::{fs, path::Path, process::Stdio, time::Duration};

use super::installation::Installation;
use crate::{
    directory,
    error::{Error, Tried as _},
    passwords::write_secret,
    process_table,
    server_user::{self, ServerUser},
};

/// Makes `data` as a whole: a run that is killed midway leaves an initdb, which the next one ends, and a directory, which it
/// removes.
pub(crate) async fn run(
    installation: &Installation,
    data: &Path,
    user: Option<&ServerUser>,
    superuser_password: &str,
    durable: bool,
) -> Result<(), Error> {
    let unfinished = data.with_extension("new");
    let password_file = data.with_extension("password");
    process_table::end_all_within(&unfinished, Duration::from_secs(2));
    directory::remove(&unfinished)?;
    write_secret(&password_file, superuser_password)?;
    if let Some(user) = user {
        user.take(&password_file)?;
    }

    let mut command = server_user::command(&installation.program("initdb"), user);
    command
        .arg("--pgdata")
        .arg(&unfinished)
        .arg("--pwfile")
        .arg(&password_file)
        .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"])
        .args(["--locale=C", &format!("--lc-ctype={UNICODE}")])
        .current_dir(data.parent().unwrap_or(data))
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    if !durable {
        command.arg("--no-sync");
    }
    let made = tokio::task::spawn_blocking(move || command.output()).await;
    let output = made.map_err(std::io::Error::other).and_then(|output| output).tried(|| "run initdb".into())?;
    fs::remove_file(&password_file).tried(|| format!("remove {}", password_file.display()))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        return Err(Error::ProgramFailed { program: "initdb", output: said.join("") });
    }
    fs::rename(&unfinished, data).tried(|| format!("create {}", data.display()))
}

/// Sorting by bytes (fast, and the same everywhere), letters by Unicode (so that searches ignore case beyond ASCII).
const UNICODE: &str = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };
