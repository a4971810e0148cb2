//! Commands of the program that end on their own.

use std::process::Output;

use super::program::command;

/// What a command left behind.
#[derive(Debug)]
pub struct Done {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub printed: String,
    /// Standard error.
    pub said: String,
}

/// Runs a command of the program to its end.
pub async fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Done {
    let mut command = command(arguments, environment);
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: status.code().unwrap_or(-1), printed: text(stdout), said: text(stderr) }
}

impl Done {
    /// What it printed; fails if the command did.
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, 0, "the command failed: {}{}", self.printed, self.said);
        self.printed
    }
}
