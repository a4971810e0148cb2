//! What a back-up of a database would hold.

use std::process::{Command, Stdio};

use super::installation::Installation;
use crate::error::{Error, Tried as _};

/// Everything in the database at a URL, as `pg_dump` writes it.
pub(crate) async fn dump(url: String) -> Result<String, Error> {
    // Whichever server is installed: the clusters of tests are made by the same one.
    let program = Installation::find("".as_ref())?.program("pg_dump");
    let mut command = Command::new(program);
    command.arg("--dbname").arg(url).stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    let output = ended.map_err(std::io::Error::other).and_then(|output| output).tried(|| "run pg_dump".into())?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Error::ProgramFailed { program: "pg_dump", output });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
