//! Cases in the format of the conformance suite: a host's hours and bookings, and the starts to expect.
//!
//! The suite's rules S1–S10 are the contract of the slot engine; `daybook slots FILE.json` answers cases of anybody's own.

mod answer;
mod bookings;
mod expectation;
mod field;
mod host;
mod hours;
mod read;

pub use answer::Choice;
pub use read::read;

use expectation::Expectation;
use host::Host;

use crate::time::Interval;

/// A question about slots, and the answer it expects, if it names one.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the case is called; without an `id`, its place in the file, such as `#3`.
    pub id: String,
    /// Names of fields that mean nothing here.
    pub unknown_fields: Vec<String>,
    question: Question,
    hosts: Vec<Host>,
    /// The starts asked for; `None` if the range is empty.
    range: Option<Interval>,
    expectation: Option<Expectation>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// One host.
    Alone,
    /// Several, all of whom must be free.
    Collective,
    /// Several, one of whom must be free.
    RoundRobin,
}

/// Why a case cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCase {
    /// The file is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// A field breaks a rule.
    #[error("{}: {field}: {rule}", if case == "file" { "file".to_owned() } else { format!("case {case}") })]
    Field {
        /// The case's id.
        case: String,
        /// The field, as a path such as `bookings[2].start`.
        field: String,
        /// What the field must be; reads on from its name.
        rule: String,
    },
}
