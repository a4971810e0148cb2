//! `daybook slots FILE.json`: computes the slots of cases, offline.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use chrono::SecondsFormat;
use daybook_domain::slots::cases::{self, Case, Choice};
use serde_json::{Map, Value, json};

/// A case carries `expected`, and the engine says otherwise.
const DIFFERS: u8 = 1;
/// A file cannot be read as cases.
const BAD_INPUT: u8 = 2;

/// Prints `{id: [starts]}`, and names every difference from what a case expects on standard error. With `hosts`, the starts
/// of a round-robin come with who is free.
pub fn run(path: &Path, hosts: bool) -> Result<ExitCode> {
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let cases = match read.and_then(|json| cases::read(&json).map_err(|error| error.to_string())) {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return Ok(ExitCode::from(BAD_INPUT));
        }
    };
    let mut answers = Map::new();
    let mut differs = false;
    for case in &cases {
        for field in &case.unknown_fields {
            eprintln!("case {}: {field}: ignored, there is no such field", case.id);
        }
        let answer = case.answer();
        for difference in case.differences(&answer) {
            differs = true;
            eprintln!("case {}: {difference}", case.id);
        }
        answers.insert(case.id.clone(), answer.iter().map(|choice| start(case, choice, hosts)).collect());
    }
    let mut output = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut output, &answers)?;
    writeln!(output)?;
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

fn start(case: &Case, choice: &Choice, hosts: bool) -> Value {
    let start = choice.start.to_rfc3339_opts(SecondsFormat::Secs, true);
    if hosts && case.is_round_robin() { json!({ "start": start, "hosts": choice.hosts }) } else { Value::String(start) }
}
