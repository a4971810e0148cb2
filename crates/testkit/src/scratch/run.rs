//! One run of a test process: its name, and how others see that it still lives.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    error::{Error, Tried as _},
    lock::FileLock,
};

static CURRENT: Mutex<Option<&'static Run>> = Mutex::new(None);

/// This process, alive in the eyes of others as long as it holds its file locked.
#[derive(Debug)]
pub(crate) struct Run {
    id: String,
    things: AtomicU64,
    _alive: FileLock,
}

impl Run {
    /// The run of this process.
    pub(crate) fn current() -> Result<&'static Self, Error> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = *current {
            return Ok(run);
        }
        let id = format!("{}x{:08x}", std::process::id(), rand::random::<u32>());
        let alive = FileLock::born_locked(&super::root()?.join("runs").join(&id))?;
        // For the rest of the process's life, as its purpose demands.
        let run: &'static Self = Box::leak(Box::new(Self { id, things: AtomicU64::new(0), _alive: alive }));
        *current = Some(run);
        Ok(run)
    }

    /// A name for something that this run makes, of letters, digits and underscores.
    pub(crate) fn unique_name(&self) -> String {
        format!("run_{}_{}", self.id, self.things.fetch_add(1, Ordering::Relaxed))
    }
}

/// The run that made a thing of this name, if the name is one of [`Run::unique_name`].
pub(crate) fn maker_of(name: &str) -> Option<&str> {
    let (id, number) = name.strip_prefix("run_")?.split_once('_')?;
    number.parse::<u64>().ok().map(|_| id)
}

/// The ids of all test processes that live; forgets those that do not.
pub(crate) fn living(root: &Path) -> Result<Vec<String>, Error> {
    let runs = root.join("runs");
    let mut living = Vec::new();
    for entry in fs::read_dir(&runs).tried(|| format!("list {}", runs.display()))?.flatten() {
        let Ok(id) = entry.file_name().into_string() else { continue };
        // A file that is not yet renamed belongs to a run that is about to begin; it owns nothing yet.
        if entry.path().extension().is_some() {
            continue;
        }
        match FileLock::try_exclusive(&entry.path())? {
            None => living.push(id),
            Some(_dead) => fs::remove_file(entry.path()).tried(|| format!("remove {}", entry.path().display()))?,
        }
    }
    Ok(living)
}

#[cfg(test)]
mod tests {
    use super::{Run, living, maker_of};

    #[test]
    fn a_run_is_alive_and_the_maker_of_what_it_names() {
        let run = Run::current().unwrap();
        assert_eq!(maker_of(&run.unique_name()), Some(run.id.as_str()));
        assert_ne!(run.unique_name(), run.unique_name());
        assert!(living(&super::super::root().unwrap()).unwrap().contains(&run.id));
    }

    #[test]
    fn other_names_have_no_maker() {
        for name in ["postgres", "template_12ab", "run_", "run_7x1_a"] {
            assert_eq!(maker_of(name), None, "{name}");
        }
    }
}
