//! Free ports on loopback, held for their owner while its server is down.

use std::{
    fs::{self, DirBuilder},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::PathBuf,
};

use nix::unistd::Uid;

use crate::{error::Error, lock::FileLock};

/// A port that no other test process chooses while this value lives.
///
/// A server that is killed and started again needs the port it had. Two things would take it away meanwhile: the kernel,
/// which hands out ports of the ephemeral range to outgoing connections (even to a client that dials the dead server,
/// which then talks to itself), and another test that looks for a free port. So free ports are chosen below that range
/// and each is held by a lock file.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _held: Option<FileLock>,
}

impl Port {
    /// A port that was asked for by number.
    pub(crate) fn given(number: u16) -> Self {
        Self { number, _held: None }
    }

    /// The ports to try in turn: the one asked for and no other, or a few free ones, since somebody may be quicker.
    pub(crate) fn candidates(wanted: Option<u16>) -> impl Iterator<Item = Result<Self, Error>> {
        const ATTEMPTS: usize = 5;
        let given = wanted.map(|number| Ok(Self::given(number)));
        let free = std::iter::repeat_with(Self::free).take(if wanted.is_some() { 0 } else { ATTEMPTS });
        given.into_iter().chain(free)
    }

    /// Finds a port on which nobody listens.
    pub fn free() -> Result<Self, Error> {
        let locks = lock_directory();
        let below = ephemeral_from();
        loop {
            let number = rand::random_range(10_240..below);
            let held = match &locks {
                Some(directory) => match FileLock::try_exclusive(&directory.join(number.to_string()))? {
                    Some(lock) => Some(lock),
                    None => continue,
                },
                None => None,
            };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Ok(Self { number, _held: held });
            }
        }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// The first port that the kernel gives to outgoing connections.
fn ephemeral_from() -> u16 {
    const LINUX_DEFAULT: u16 = 32_768;
    fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|range| range.split_whitespace().next()?.parse().ok())
        .filter(|first| *first > 12_000)
        .unwrap_or(LINUX_DEFAULT)
}

/// The directory of lock files, unless somebody else owns it: then ports are chosen without holding them.
fn lock_directory() -> Option<PathBuf> {
    let user = Uid::effective();
    let directory = std::env::temp_dir().join(format!("daybook-ports-{user}"));
    let _ = DirBuilder::new().mode(0o700).create(&directory);
    let metadata = fs::symlink_metadata(&directory).ok()?;
    (metadata.is_dir() && metadata.uid() == user.as_raw()).then_some(directory)
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn a_held_port_is_not_given_to_another() {
        let ports: Vec<Port> = (0..50).map(|_| Port::free().unwrap()).collect();
        let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 50);
    }
}
