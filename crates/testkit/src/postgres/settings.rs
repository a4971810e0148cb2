//! The server's configuration file.

use std::{fs, path::Path};

use super::PostgresOptions;
use crate::error::{Error, Tried as _};

const FILE: &str = "postgresql.conf";
const TEMPLATE: &str = include_str!("postgresql.conf");

/// Survives a power cut.
const DURABLE: &str = "fsync = on\nfull_page_writes = on\nsynchronous_commit = on";

/// Survives a crash of the server, which is all that a test can bring about, but not of the machine. A commit still means
/// that the operating system has the bytes, so `kill -9` loses nothing.
const THROW_AWAY: &str =
    "fsync = off\nfull_page_writes = off\nsynchronous_commit = on\ncheckpoint_timeout = '30min'\nlog_checkpoints = off";

pub(crate) fn write(data: &Path, options: &PostgresOptions, port: u16) -> Result<(), Error> {
    let file = data.join(FILE);
    fs::write(&file, render(options, port)).tried(|| format!("write {}", file.display()))
}

/// Whether the server in this directory was started with these settings.
pub(crate) fn are_those_of(data: &Path, options: &PostgresOptions, port: u16) -> bool {
    fs::read_to_string(data.join(FILE)).is_ok_and(|text| text == render(options, port))
}

fn render(options: &PostgresOptions, port: u16) -> String {
    let settings = options.settings.iter().map(|(name, value)| format!("{name} = '{value}'\n"));
    // Of a setting that stands twice, the last one counts.
    let more: String = settings.collect();
    TEMPLATE
        .replace("{port}", &port.to_string())
        .replace("{max_connections}", &options.max_connections.to_string())
        .replace("{durability}", if options.durable { DURABLE } else { THROW_AWAY })
        + &more
}

#[cfg(test)]
mod tests {
    use super::{PostgresOptions, render};

    #[test]
    fn every_place_of_the_template_is_filled() {
        let options = PostgresOptions::in_directory("unused").setting("shared_buffers", "1GB");
        let settings = render(&options, 5432);
        assert!(settings.ends_with("shared_buffers = '1GB'\n"), "{settings}");
        assert!(!settings.contains(['{', '}']), "{settings}");
        assert!(settings.contains("port = 5432") && settings.contains("fsync = on"), "{settings}");
    }
}
