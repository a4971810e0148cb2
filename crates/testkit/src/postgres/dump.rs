//! Back-ups, as PostgreSQL's own programs make and restore them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::installation::Installation;
use crate::{
    error::{Error, Tried as _},
    server_user::{self, ServerUser},
};

/// Everything in the database at a URL, as `pg_dump` writes it.
pub(crate) async fn dump(url: String) -> Result<String, Error> {
    run("pg_dump", &["--dbname", &url], String::new()).await
}

/// The roles of a cluster and the database at a URL, each as a script for `psql`.
pub(crate) async fn back_up(url: String) -> Result<[String; 2], Error> {
    let roles = run("pg_dumpall", &["--roles-only", "--no-role-passwords", "--dbname", &url], String::new()).await?;
    Ok([roles, run("pg_dump", &["--create", "--dbname", &url], String::new()).await?])
}

/// Runs a script in the database at a URL; to its end, whatever fails, or only as far as nothing does.
pub(crate) async fn restore(url: String, script: String, to_its_end: bool) -> Result<(), Error> {
    let stop = if to_its_end { "ON_ERROR_STOP=0" } else { "ON_ERROR_STOP=1" };
    run("psql", &["--no-psqlrc", "--quiet", "--set", stop, "--dbname", &url], script).await.map(drop)
}

/// Runs a client program of whichever server is installed (the clusters of tests are made by the same one).
async fn run(program: &'static str, arguments: &[&str], input: String) -> Result<String, Error> {
    let mut command = Command::new(Installation::find("".as_ref())?.program(program));
    command.args(arguments);
    complete(program, command, input).await
}

/// Runs a program on a data directory, as the server's user.
pub(crate) async fn on_data(
    installation: &Installation,
    program: &'static str,
    data: &Path,
    user: Option<&ServerUser>,
    arguments: &[&str],
) -> Result<(), Error> {
    let mut command = server_user::command(&installation.program(program), user);
    command.arg("-D").arg(data).args(arguments).current_dir(data.parent().unwrap_or(data));
    complete(program, command, String::new()).await.map(drop)
}

/// What a program prints, once it has ended well.
async fn complete(program: &'static str, mut command: Command, input: String) -> Result<String, Error> {
    let ended = tokio::task::spawn_blocking(move || {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn()?;
        let mut stdin = child.stdin.take().ok_or_else(|| std::io::Error::other("no standard input"))?;
        // Beside the reading of what it prints: neither pipe may fill up.
        let feeding = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output();
        // One that has ended early says so itself.
        drop(feeding.join());
        output
    })
    .await;
    let output = ended.map_err(std::io::Error::other).and_then(|output| output).tried(|| format!("run {program}"))?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::ProgramFailed { program, output });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
