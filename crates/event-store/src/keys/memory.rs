//! What a node remembers of persons, until it hears that they were erased.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daybook_domain::personal::Subject;
use moka::sync::Cache;

use super::news::ErasureNews;
use super::person::Lookup;
use super::subject::SubjectKey;

/// Persons remembered at most.
const PERSONS: u64 = 100_000;
/// How long anything is believed without news: as long as a node may still know a key that was destroyed, should the news
/// not reach it.
const TIME_TO_LIVE: Duration = Duration::from_mins(5);

/// Keys, and the subjects of guests. Cloning shares it.
#[derive(Clone)]
pub(super) struct Memory {
    keys: Cache<Subject, SubjectKey>,
    guests: Cache<Lookup, Subject>,
    /// How guests are found, for a key that has to be made again because it was lost in a crash of PostgreSQL. A crash is
    /// also when news are missed, so this is kept then: of somebody who was erased, no key is made again.
    lookups: Cache<Subject, Lookup>,
    /// How often something was forgotten.
    forgotten: Arc<AtomicU64>,
}

/// A moment between two erasures; taken before something is read that is to be remembered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u64);

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            keys: Cache::builder().max_capacity(PERSONS).time_to_live(TIME_TO_LIVE).build(),
            guests: Cache::builder().max_capacity(PERSONS).time_to_live(TIME_TO_LIVE).build(),
            // Longer than the subject that a guest was found to be.
            lookups: Cache::builder().max_capacity(PERSONS).time_to_live(2 * TIME_TO_LIVE).build(),
            forgotten: Arc::default(),
        }
    }

    pub(super) fn now(&self) -> Moment {
        Moment(self.forgotten.load(Ordering::Acquire))
    }

    pub(super) fn key(&self, subject: &Subject) -> Option<SubjectKey> {
        self.keys.get(subject)
    }

    pub(super) fn guest(&self, lookup: Lookup) -> Option<Subject> {
        self.guests.get(&lookup)
    }

    /// How the guest is found who is this subject.
    pub(super) fn lookup(&self, subject: &Subject) -> Option<Lookup> {
        self.lookups.get(subject)
    }

    pub(super) fn forget_key(&self, subject: &Subject) {
        self.keys.invalidate(subject);
    }

    /// Forgets a subject that a guest no longer is.
    pub(super) fn forget_guest(&self, subject: &Subject) {
        if let Some(lookup) = self.lookups.remove(subject) {
            self.guests.invalidate(&lookup);
        }
    }

    /// Remembers keys that were read after `read`.
    pub(super) fn keep_keys(&self, keys: &HashMap<Subject, SubjectKey>, read: Moment) {
        for (subject, key) in keys {
            self.keys.insert(subject.clone(), key.clone());
        }
        // Somebody may have been erased after we read and before we wrote.
        if self.now() != read {
            for subject in keys.keys() {
                self.keys.invalidate(subject);
            }
        }
    }

    /// Remembers whose address it is, as read after `read`.
    pub(super) fn keep_guest(&self, lookup: Lookup, subject: &Subject, read: Moment) {
        self.lookups.insert(subject.clone(), lookup);
        self.guests.insert(lookup, subject.clone());
        if self.now() != read {
            self.guests.invalidate(&lookup);
        }
    }

    /// Forgets whom the news are about.
    pub(super) fn hear(&self, news: &ErasureNews) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        match news {
            ErasureNews::Erased(subject) => {
                self.keys.invalidate(subject);
                self.lookups.invalidate(subject);
            }
            ErasureNews::Missed => self.keys.invalidate_all(),
        }
        // Erasures are rare, and addresses cheap to look up again.
        self.guests.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ada() -> HashMap<Subject, SubjectKey> {
        HashMap::from([(Subject("guest:ada".into()), SubjectKey::new(Uuid::nil(), [7; 32]))])
    }

    #[test]
    fn whoever_was_erased_is_forgotten() {
        for news in [ErasureNews::Erased(Subject("guest:ada".into())), ErasureNews::Missed] {
            let (memory, lookup) = (Memory::new(), Lookup([1; 32]));
            memory.keep_keys(&ada(), memory.now());
            memory.keep_guest(lookup, &Subject("guest:ada".into()), memory.now());
            assert!(memory.key(&Subject("guest:ada".into())).is_some() && memory.guest(lookup).is_some());
            memory.hear(&news);
            assert!(memory.key(&Subject("guest:ada".into())).is_none() && memory.guest(lookup).is_none());
        }
    }

    #[test]
    fn how_a_guest_is_found_outlives_a_crash_of_the_database_but_not_their_erasure() {
        let (memory, ada) = (Memory::new(), Subject("guest:ada".into()));
        memory.keep_guest(Lookup([1; 32]), &ada, memory.now());
        memory.hear(&ErasureNews::Missed);
        assert_eq!(memory.lookup(&ada), Some(Lookup([1; 32])));
        memory.hear(&ErasureNews::Erased(ada.clone()));
        assert_eq!(memory.lookup(&ada), None);
    }

    #[test]
    fn a_slow_reader_does_not_bring_back_what_was_forgotten() {
        let (memory, lookup) = (Memory::new(), Lookup([1; 32]));
        let read = memory.now();
        memory.hear(&ErasureNews::Erased(Subject("guest:ada".into())));
        memory.keep_keys(&ada(), read);
        memory.keep_guest(lookup, &Subject("guest:ada".into()), read);
        assert!(memory.key(&Subject("guest:ada".into())).is_none() && memory.guest(lookup).is_none());
    }
}
