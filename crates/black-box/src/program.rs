//! The built program as a process.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::eventually;
use super::watchdog::Watchdog;

/// The program, running. Killed when dropped; says what it logged if the test has failed.
#[derive(Debug)]
pub struct Program {
    child: Child,
    said: Said,
    printed: Said,
    // Stands down before the process is reaped, so that it never meets another one of the same number.
    watchdog: Option<Watchdog>,
}

/// What a program has written to a stream so far.
#[derive(Clone, Default)]
pub struct Said(Arc<Mutex<String>>);

/// A command of the program, with nothing inherited that would configure it.
pub fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    configured(Command::new(path()), arguments, environment)
}

/// The built program: the one that cargo names to a test, or the one beside this program.
fn path() -> PathBuf {
    std::env::var_os("CARGO_BIN_EXE_daybook").map_or_else(beside_this_one, PathBuf::from)
}

fn beside_this_one() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let places = this.ancestors().skip(1).take(2).map(|directory| directory.join("daybook"));
    let found = places.into_iter().find(|place| place.is_file());
    found.unwrap_or_else(|| panic!("no program `daybook` beside {}: build it first", this.display()))
}

fn configured(mut command: Command, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    for (name, _) in std::env::vars() {
        if name.starts_with("DAYBOOK_") || name.starts_with("NATS_") || name.starts_with("DATABASE_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    command
}

impl Program {
    /// Starts it.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(command(arguments, environment))
    }

    /// Starts it through a command that becomes it, such as `ip netns exec NAME`.
    pub fn start_through(launcher: &[String], arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let Some((launcher, before)) = launcher.split_first() else { return Self::start(arguments, environment) };
        let mut command = Command::new(launcher);
        command.args(before).arg(path());
        Self::spawn(configured(command, arguments, environment))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (said, printed) = (Said::default(), Said::default());
        said.listen_to(child.stderr.take().unwrap());
        printed.listen_to(child.stdout.take().unwrap());
        let watchdog = Some(Watchdog::over([child.id()]));
        Self { child, said, printed, watchdog }
    }

    /// What it has logged.
    pub const fn said(&self) -> &Said {
        &self.said
    }

    /// What it has printed.
    pub const fn printed(&self) -> &Said {
        &self.printed
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Kills it, as a crash would.
    pub fn kill_9(&mut self) {
        self.watchdog = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How it ended, once it has.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let ended = eventually("the program ends", || {
            let status = child.try_wait().unwrap();
            async move { status }
        })
        .await;
        self.watchdog = None;
        ended
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Waits for something that it logs; fails if it ends first.
    pub async fn until_said(&mut self, what: &str) {
        assert!(self.says_or_ends(what).await, "the program ended before it said {what}: {}", self.said);
    }

    /// Waits for something that it logs; false if it ends first.
    pub async fn says_or_ends(&mut self, what: &str) -> bool {
        let said = self.said.clone();
        let child = &mut self.child;
        eventually(&format!("the program says {what}"), || {
            let ended = !matches!(child.try_wait(), Ok(None));
            let found = said.contains(what).then_some(true).or(ended.then_some(false));
            async move { found }
        })
        .await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_9();
        if std::thread::panicking() {
            eprintln!("the program printed: {}\nand logged: {}", self.printed.tail(20), self.said.tail(60));
        }
    }
}

impl Said {
    /// Copies the stream until it ends.
    fn listen_to(&self, stream: impl Read + Send + 'static) {
        let text = self.0.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    /// All of it.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it contains this.
    pub fn contains(&self, what: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(what)
    }

    /// The lines that contain this.
    pub fn lines_with(&self, what: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(what)).map(str::to_owned).collect()
    }

    fn tail(&self, lines: usize) -> String {
        let text = self.text();
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tail(60))
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}
