//! The consumers in `docs/examples`, running.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::report;
use super::watchdog::Watchdog;

/// An example that writes events to a file. Killed when dropped.
#[derive(Debug)]
pub struct Example {
    child: Child,
    _watchdog: Watchdog,
}

/// What an example has written.
#[derive(Clone, Debug)]
pub struct Output(pub PathBuf);

impl Example {
    /// Starts a consumer in Python.
    pub fn python(script: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/python").join(script);
        let mut command = Command::new("python3");
        command.arg(script).args(arguments).envs(environment.iter().copied());
        // Whatever proxy the machine has is not for this.
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        let child = command.stdin(Stdio::null()).spawn().expect("python3 is installed");
        let watchdog = Watchdog::over([child.id()]);
        Self { child, _watchdog: watchdog }
    }

    /// Fails if it has given up.
    #[track_caller]
    pub fn assert_running(&mut self) {
        assert!(self.is_running(), "the consumer gave up");
    }

    /// Whether it has not given up.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills it where it stands.
    pub fn kill_9(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.end();
    }
}

impl Output {
    /// Its length.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.0).map_or(0, |file| file.len())
    }

    /// The events in it; a last line that is not whole is none yet.
    pub fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let events =
            whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
        events.collect()
    }

    /// The positions of the events in it.
    pub fn places(&self) -> Vec<String> {
        self.events().iter().map(|event| event["sequence"].as_str().unwrap().to_owned()).collect()
    }
}

/// Says how a consumer fared.
pub fn report_kills(what: &str, kills: usize, events: usize) {
    report(&format!("{what}: killed {kills} times, {events} events, each once and in order"));
}
