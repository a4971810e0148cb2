//! CPU time and memory of the processes that take part in a measurement, as /proc tells.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use nix::unistd::{SysconfVar, sysconf};
use serde::Serialize;

/// Whose CPU time is measured.
pub struct Meter {
    parts: Vec<(&'static str, Part)>,
}

#[derive(Clone, Copy)]
enum Part {
    /// This process, without the servers it started.
    Own,
    /// A server with all of its processes.
    Tree(i32),
}

/// CPU seconds, by part.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Used(pub BTreeMap<String, f64>);

impl Used {
    /// What has been used since an earlier reading.
    pub fn since(mut self, before: &Self) -> Self {
        for (part, seconds) in &mut self.0 {
            *seconds -= before.0.get(part).copied().unwrap_or_default();
        }
        self
    }

    /// Adds what was used at another time.
    pub fn add(&mut self, other: &Self) {
        for (part, seconds) in &other.0 {
            *self.0.entry(part.clone()).or_default() += seconds;
        }
    }

    /// Microseconds of each part for one of so many operations.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn micros_per(&self, operations: u64) -> Self {
        let each = |seconds: &f64| seconds * 1_000_000.0 / operations.max(1) as f64;
        Self(self.0.iter().map(|(part, seconds)| (part.clone(), each(seconds))).collect())
    }

    /// The shares of the largest parts in all of them, in words.
    pub fn shares(&self) -> String {
        let mut parts: Vec<_> = self.0.iter().map(|(part, seconds)| (part, 100.0 * seconds / self.sum())).collect();
        parts.sort_by(|one, other| other.1.total_cmp(&one.1));
        let parts = parts.iter().take_while(|(_, share)| *share >= 1.0);
        parts.map(|(part, share)| format!("{part} {share:.0} %")).collect::<Vec<_>>().join(", ")
    }

    /// All parts together.
    pub fn sum(&self) -> f64 {
        self.0.values().sum()
    }
}

impl Meter {
    /// Measures this process under a name: what it is in the measurement.
    pub fn own(name: &'static str) -> Self {
        Self { parts: vec![(name, Part::Own)] }
    }

    /// Measures a server too, if it runs.
    #[must_use]
    pub fn and(mut self, name: &'static str, server: Option<i32>) -> Self {
        self.parts.extend(server.map(|pid| (name, Part::Tree(pid))));
        self
    }

    /// CPU time used so far.
    pub fn read(&self) -> Result<Used> {
        let (processes, tick) = (processes()?, tick()?);
        let own = i32::try_from(std::process::id())?;
        let used = self.parts.iter().map(|(name, part)| {
            let ticks = match part {
                Part::Own => processes.get(&own).map_or(0, |process| process.own),
                Part::Tree(root) => tree(&processes, *root),
            };
            ((*name).to_owned(), seconds(ticks, tick))
        });
        Ok(Used(used.collect()))
    }
}

/// CPU time used so far by processes that several names share.
pub fn by_name(named: &[(i32, String)]) -> Result<Used> {
    let (processes, tick) = (processes()?, tick()?);
    let mut used = BTreeMap::<String, f64>::new();
    for (pid, name) in named {
        let ticks = processes.get(pid).map_or(0, |process| process.own);
        *used.entry(name.clone()).or_default() += seconds(ticks, tick);
    }
    Ok(Used(used))
}

/// The length of a tick, in seconds.
fn tick() -> Result<f64> {
    let ticks = sysconf(SysconfVar::CLK_TCK)?.context("the length of a tick is known")?;
    Ok(1.0 / f64::from(u32::try_from(ticks)?))
}

fn seconds(ticks: u64, tick: f64) -> f64 {
    f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) * tick
}

/// Memory that a process has in RAM, in bytes.
pub fn resident(pid: i32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

struct Process {
    parent: i32,
    /// Ticks of its own.
    own: u64,
    /// Ticks of children that have ended.
    of_ended: u64,
}

/// All processes. One that ends while we look is left out.
fn processes() -> Result<BTreeMap<i32, Process>> {
    let mut processes = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("/proc, of Linux, is needed to measure CPU time")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let fields = stat.rsplit_once(')').context("stat has a name in brackets")?.1;
        // proc(5): ppid is field 4; utime, stime, cutime, cstime are fields 14 to 17. Field 3 is the first here.
        let fields: Vec<u64> = fields.split_whitespace().map(|field| field.parse().unwrap_or_default()).collect();
        let process = Process {
            parent: i32::try_from(fields[1])?,
            own: fields[11] + fields[12],
            of_ended: fields[13] + fields[14],
        };
        processes.insert(pid, process);
    }
    Ok(processes)
}

fn tree(processes: &BTreeMap<i32, Process>, root: i32) -> u64 {
    let children = processes.iter().filter(|(_, process)| process.parent == root).map(|(pid, _)| *pid);
    let own = processes.get(&root).map_or(0, |process| process.own + process.of_ended);
    own + children.map(|child| tree(processes, child)).sum::<u64>()
}
