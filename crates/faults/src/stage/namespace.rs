//! A network namespace for a node: a machine of its own as far as the network goes, with one cable to this one.
//!
//! At this end of the cable are three addresses: guests come from the first, PostgreSQL and NATS are behind the others. So a
//! black-hole route in the namespace cuts the node off from any of them, and the cable can be pulled.

use std::net::Ipv4Addr;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nix::unistd::Uid;

use crate::faults::Far;

/// The first name of all namespaces of this kind.
const FAMILY: &str = "daybook-faults";
/// The network of all of them; each has the /24 of its number.
const NETWORK: [u8; 2] = [10, 219];

/// A network namespace, removed with this value.
#[derive(Debug)]
pub(crate) struct Namespace {
    name: String,
    number: u8,
}

/// Why there are no namespaces here; none if there can be.
pub(crate) fn obstacle() -> Option<String> {
    if !Uid::effective().is_root() {
        return Some("only root can make network namespaces".to_owned());
    }
    match ip(&["netns", "list"]) {
        Ok(_) => None,
        Err(error) => Some(format!("{error:#} (on Debian: apt-get install iproute2)")),
    }
}

impl Namespace {
    /// Makes the namespace of a node. What killed runs have left is removed first.
    pub(super) fn make(node: usize) -> Result<Self> {
        sweep()?;
        let id = std::process::id();
        let taken = |number: u8| ip(&["-o", "address", "show", "to", &format!("{}/24", address(number, 0))]);
        let number = (0..=250).find(|number| taken(*number).is_ok_and(|found| found.trim().is_empty()));
        let number = number.context("every network of 10.219.0.0/16 is in use")?;
        let namespace = Self { name: format!("{FAMILY}-{id}-{node}"), number };
        let name = namespace.name.as_str();
        let (here, there) = (namespace.cable(), "cable");
        ip(&["netns", "add", name])?;
        ip(&["link", "add", &here, "type", "veth", "peer", "name", there, "netns", name])?;
        for last in [254, 1, 2] {
            ip(&["address", "add", &format!("{}/24", address(number, last)), "dev", &here])?;
        }
        ip(&["link", "set", &here, "up"])?;
        let inside: [&[&str]; 3] = [
            &["address", "add", &format!("{}/24", namespace.node()), "dev", there],
            &["link", "set", there, "up"],
            &["link", "set", "lo", "up"],
        ];
        for arguments in inside {
            namespace.ip(arguments)?;
        }
        Ok(namespace)
    }

    /// Where the node is.
    pub(super) const fn node(&self) -> Ipv4Addr {
        address(self.number, 10)
    }

    /// Where the way to PostgreSQL begins.
    pub(super) const fn postgres(&self) -> Ipv4Addr {
        address(self.number, 1)
    }

    /// Where the way to NATS begins.
    pub(super) const fn nats(&self) -> Ipv4Addr {
        address(self.number, 2)
    }

    /// The command that becomes a program in it.
    pub(super) fn launcher(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    /// Cuts the node off.
    pub(crate) fn cut(&self, from: Far) -> Result<()> {
        self.each_way(from, "add", "down")
    }

    /// Connects it again.
    pub(crate) fn mend(&self, from: Far) -> Result<()> {
        self.each_way(from, "del", "up")
    }

    fn each_way(&self, from: Far, route: &str, cable: &str) -> Result<()> {
        let far: &[u8] = match from {
            Far::Postgres => &[1],
            Far::Nats => &[2],
            Far::Servers => &[1, 2],
            Far::Guests => &[254],
            Far::All => return self.ip(&["link", "set", "cable", cable]),
        };
        far.iter().try_for_each(|last| {
            self.ip(&["route", route, "blackhole", &format!("{}/32", address(self.number, *last))])
        })
    }

    fn ip(&self, arguments: &[&str]) -> Result<()> {
        ip(&[&["-n", self.name.as_str()], arguments].concat()).map(drop)
    }

    fn cable(&self) -> String {
        format!("dbf{}-{}", std::process::id(), self.number)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The cable goes with either of its ends.
        let _ = ip(&["link", "del", &self.cable()]);
        let _ = ip(&["netns", "del", &self.name]);
    }
}

const fn address(number: u8, last: u8) -> Ipv4Addr {
    Ipv4Addr::new(NETWORK[0], NETWORK[1], number, last)
}

/// Removes the namespaces of runs that no longer run.
fn sweep() -> Result<()> {
    for line in ip(&["netns", "list"])?.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let owner = name.strip_prefix(FAMILY).and_then(|rest| rest.split('-').nth(1)?.parse::<u32>().ok());
        if owner.is_some_and(|owner| !std::path::Path::new(&format!("/proc/{owner}")).exists()) {
            ip(&["netns", "del", name])?;
        }
    }
    Ok(())
}

fn ip(arguments: &[&str]) -> Result<String> {
    let output = Command::new("ip").args(arguments).output().context("cannot run the program `ip`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ip {} failed: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
