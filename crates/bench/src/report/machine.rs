//! The machine that figures come from.

use std::fs;

use serde::Serialize;

/// The machine that figures come from.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Its processor's name.
    pub processor: String,
    /// Cores that may be used.
    pub cores: usize,
    /// Memory in GiB.
    pub memory_gib: f64,
    /// Its kernel.
    pub kernel: String,
    /// Processes that ran or waited to run in the minute before.
    pub load: f64,
}

impl Machine {
    /// This machine. What it does not tell reads as unknown.
    pub fn this() -> Self {
        let read = |file| fs::read_to_string(file).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let kilobytes = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kilobytes: f64 = kilobytes.trim_end_matches(" kB").parse().unwrap_or_default();
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: (kilobytes / 1024.0 / 1024.0 * 10.0).round() / 10.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default(),
        }
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { processor, cores, memory_gib, kernel, load } = self;
        format!("{cores} cores of {processor}, {memory_gib} GiB, Linux {kernel}; load {load} before")
    }
}
