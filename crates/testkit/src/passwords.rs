//! The passwords of a private server, made once and kept in a file that only its owner can read.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::error::{Error, Tried as _};

/// Passwords by user name, kept as `name=password` lines.
#[derive(Debug, Clone)]
pub(crate) struct Passwords(BTreeMap<String, String>);

impl Passwords {
    /// Reads the passwords of these users, making those that the file does not have yet.
    pub(crate) fn read_or_make(file: &Path, users: &[&str]) -> Result<Self, Error> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(source).tried(|| format!("read {}", file.display())),
        };
        let mut passwords: BTreeMap<String, String> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(user, password)| (user.to_owned(), password.to_owned()))
            .collect();

        let known = passwords.len();
        for user in users {
            passwords.entry((*user).to_owned()).or_insert_with(random);
        }
        let added = passwords.len() > known;
        let passwords = Self(passwords);
        if added {
            passwords.write(file)?;
        }
        Ok(passwords)
    }

    /// Writes them to a file.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Error> {
        let lines: Vec<String> = self.0.iter().map(|(user, password)| format!("{user}={password}\n")).collect();
        write_secret(file, &lines.concat())
    }

    /// The password of a user that was named when they were made.
    pub(crate) fn of(&self, user: &str) -> &str {
        self.0.get(user).map_or("", String::as_str)
    }
}

/// 192 random bits, beginning with a letter so that no configuration language takes them for a number.
fn random() -> String {
    let bytes: [u8; 24] = rand::random();
    bytes.iter().fold(String::from("p"), |text, byte| format!("{text}{byte:02x}"))
}

/// Writes a file that nobody else can read, whole or not at all.
pub(crate) fn write_secret(file: &Path, text: &str) -> Result<(), Error> {
    let unfinished = file.with_extension("new");
    let write = || {
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut out = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unfinished)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&unfinished, file)
    };
    write().tried(|| format!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::random;

    #[test]
    fn passwords_are_long_distinct_and_begin_with_a_letter() {
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert_eq!(one.len(), 49);
        assert!(one.starts_with('p') && one.chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
