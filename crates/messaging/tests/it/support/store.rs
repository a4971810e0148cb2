//! The files of a NATS server, which a test sets back to an earlier state.

use std::{
    fs,
    path::{Path, PathBuf},
};

use daybook_testkit::TestNats;

/// The directory in which a server keeps its streams.
pub(crate) struct Store(PathBuf);

impl Store {
    /// Of a server that runs: its command line names the directory.
    pub(crate) fn of(nats: &TestNats) -> Self {
        let command_line = fs::read(format!("/proc/{}/cmdline", nats.pid().unwrap())).unwrap();
        let mut arguments = command_line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        arguments.find(|argument| argument == "--store_dir").unwrap();
        Self(PathBuf::from(arguments.next().unwrap().into_owned()))
    }

    /// Keeps a copy of the files; the server must not run.
    pub(crate) fn save(&self) {
        copy_directory(&self.0, &self.copy());
    }

    /// Sets the files back to the copy; the server must not run.
    pub(crate) fn put_back(&self) {
        fs::remove_dir_all(&self.0).unwrap();
        copy_directory(&self.copy(), &self.0);
    }

    fn copy(&self) -> PathBuf {
        self.0.with_extension("copy")
    }
}

fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
