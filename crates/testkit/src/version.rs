//! Versions of installed programs.

use std::{
    fmt,
    path::Path,
    process::{Command, Stdio},
};

use crate::error::{Error, Tried as _};

/// Major and minor version of a program, ordered by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number, 0 where there is none.
    pub minor: u32,
}

impl Version {
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Asks a program for its version.
    pub(crate) fn of(program: &Path) -> Result<Self, Error> {
        let output = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .tried(|| format!("run {}", program.display()))?;
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        Self::found_in(&answer).ok_or_else(|| Error::VersionUnreadable {
            path: program.to_owned(),
            answer: format!("{answer}{}", String::from_utf8_lossy(&output.stderr)),
        })
    }

    /// Reads the first word that begins like a version: `16beta2`, `v2.15.1`, `15.12`.
    fn found_in(answer: &str) -> Option<Self> {
        answer.split_whitespace().find_map(|word| {
            let mut numbers = word.strip_prefix('v').unwrap_or(word).split('.');
            let major = leading_number(numbers.next()?)?;
            let minor = numbers.next().and_then(leading_number).unwrap_or(0);
            Some(Self { major, minor })
        })
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().ok()
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        for (answer, version) in [
            ("postgres (PostgreSQL) 15.12 (Debian 15.12-0+deb12u2)", Version::new(15, 12)),
            ("postgres (PostgreSQL) 18beta1", Version::new(18, 0)),
            ("nats-server: v2.15.1", Version::new(2, 15)),
            ("nats-server: v2.9.10\n", Version::new(2, 9)),
        ] {
            assert_eq!(Version::found_in(answer), Some(version), "{answer}");
        }
        assert_eq!(Version::found_in("command not found"), None);
    }

    #[test]
    fn a_two_digit_minor_version_is_newer_than_a_one_digit_one() {
        assert!(Version::new(2, 10) > Version::new(2, 9));
    }
}
