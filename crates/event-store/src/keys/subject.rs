//! One key per person. Destroying it erases the person from the log (E9).

use std::collections::HashMap;
use std::sync::Arc;

use daybook_domain::personal::Subject;
use sqlx::postgres::{PgExecutor, PgRow};
use sqlx::{PgPool, Row};
use tokio::sync::{OnceCell, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::aead::{self, Damaged};
use super::master::{DerivedKey, MasterKeys};
use super::memory::Memory;
use super::mint::{Known, Mint};
use super::news::{self, ErasureNews};
use super::person::Person;
use super::wrapping::{Wrapped, WrappingKeys};
use crate::database::{self, DatabaseError};

/// A person's key. Cloning shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey {
    id: Uuid,
    bytes: Arc<Zeroizing<[u8; 32]>>,
}

impl SubjectKey {
    pub(super) fn new(id: Uuid, bytes: [u8; 32]) -> Self {
        Self { id, bytes: Arc::new(Zeroizing::new(bytes)) }
    }

    /// A new random key.
    pub(super) fn random() -> Self {
        Self::new(Uuid::new_v4(), rand::random())
    }

    /// Tells it from one that the same person had before, or will have after an erasure.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The key itself, for deriving from it.
    pub(super) fn derived(&self) -> DerivedKey {
        DerivedKey::of_bytes(self.bytes())
    }

    /// Seals something about the person, bound to the place that `context` names.
    pub fn seal(&self, context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        aead::seal(self.bytes(), context, plain)
    }

    /// Opens what [`seal`](Self::seal) made for the same place.
    pub fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
        aead::open(self.bytes(), context, sealed)
    }
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey(…)")
    }
}

/// Why a person's key cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The key is wrapped under a master key that is no longer listed.
    #[error("master key {key_id} is needed and not listed")]
    MasterKeyMissing {
        /// Its id.
        key_id: String,
    },
    /// The row was changed, or the master key of that id is another one.
    #[error("the key of {subject} cannot be unwrapped")]
    Damaged {
        /// Whose key.
        subject: String,
    },
    /// Their key was lost in a crash of PostgreSQL before anything was sealed with it, and the guest is another subject by
    /// now. Asked anew, they are found.
    #[error("{subject} is another subject by now")]
    Replaced {
        /// Who they were.
        subject: String,
    },
    /// The program is shutting down.
    #[error("the key store has been closed")]
    Closed,
}

/// News of erasures that a slow listener may be behind with, before it is told that it has missed some.
const NEWS: usize = 256;

/// The keys of all persons: made when somebody first appears, remembered, and gone for good once erased. Cloning shares it.
///
/// Guests are found by their address ([`guest`](Self::guest)). Whoever writes down what keys open asks for them by
/// [`for_keeping`](Self::for_keeping).
#[derive(Clone)]
pub struct SubjectKeys {
    pub(super) pool: PgPool,
    pub(super) wrapping: Arc<WrappingKeys>,
    pub(super) memory: Memory,
    pub(super) mint: Mint,
    /// The key that hashes the addresses of guests, once it was needed.
    pub(super) addresses: Arc<OnceCell<SubjectKey>>,
    pub(super) news: broadcast::Sender<ErasureNews>,
}

impl SubjectKeys {
    /// Starts the tasks that make new keys and hear of erasures; they end with `token`.
    #[expect(clippy::needless_pass_by_value, reason = "secrets are handed over, not lent")]
    pub fn start(pool: PgPool, masters: MasterKeys, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let wrapping = Arc::new(WrappingKeys::new(&masters));
        let (memory, news) = (Memory::new(), broadcast::Sender::new(NEWS));
        let mint = Mint::start(&pool, Arc::clone(&wrapping), memory.clone(), token.clone(), tasks);
        let (remembered, told) = (memory.clone(), news.clone());
        let hear = move |news| {
            remembered.hear(&news);
            // Nobody may be listening.
            let _ = told.send(news);
        };
        news::listen(&pool, hear, token, tasks);
        Self { pool, wrapping, memory, mint, addresses: Arc::default(), news }
    }

    /// The keys of these persons, without those who were erased; makes those that are missing. A key that was made just now
    /// may be lost in a crash of PostgreSQL, so an append names the keys its events are sealed with, and is refused where one
    /// of them is not there.
    pub async fn for_sealing(&self, subjects: &[&Subject]) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let (mut keys, missing) = self.remembered(subjects);
        if !missing.is_empty() {
            let read = self.memory.now();
            let made = self.mint.keys(missing.iter().cloned().map(Person::Known).collect()).await?;
            if let Some(replaced) =
                missing.into_iter().find(|subject| !made.contains_key(&Person::Known(subject.clone())))
            {
                self.memory.forget_guest(&replaced);
                return Err(KeyError::Replaced { subject: replaced.0 });
            }
            let made = made.into_values().filter_map(|(subject, key): Known| Some((subject, key?))).collect();
            self.memory.keep_keys(&made, read);
            keys.extend(made);
        }
        Ok(keys)
    }

    /// The keys of these persons, without those who were erased.
    pub async fn for_opening(&self, subjects: &[&Subject]) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let (mut keys, missing) = self.remembered(subjects);
        if !missing.is_empty() {
            let read = self.memory.now();
            let found = self.read(&self.pool, &missing.iter().collect::<Vec<_>>()).await?;
            self.memory.keep_keys(&found, read);
            keys.extend(found);
        }
        Ok(keys)
    }

    /// Drops a key from memory that turned out to be gone.
    pub(crate) fn forget_key(&self, subject: &Subject) {
        self.memory.forget_key(subject);
    }

    /// The keys of these persons as the table has them, without those who were erased.
    pub(super) async fn read(
        &self,
        executor: impl PgExecutor<'_>,
        subjects: &[&Subject],
    ) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let names: Vec<&str> = subjects.iter().map(|subject| subject.0.as_str()).collect();
        let query = sqlx::query(
            "SELECT subject, id, key_id, wrapped FROM public.subject_keys WHERE subject = ANY($1) AND erased_at IS NULL",
        );
        let rows = database::within_limit(query.bind(names).fetch_all(executor)).await?;
        rows.iter().map(|row| self.unwrapped(row)).collect()
    }

    /// The key in a row `subject, id, key_id, wrapped`.
    fn unwrapped(&self, row: &PgRow) -> Result<(Subject, SubjectKey), KeyError> {
        let subject: String = row.get("subject");
        let wrapped = Wrapped { id: row.get("id"), key_id: row.get("key_id"), bytes: row.get("wrapped") };
        let key = self.wrapping.unwrap(&subject, &wrapped)?;
        Ok((Subject(subject), key))
    }

    fn remembered(&self, subjects: &[&Subject]) -> (HashMap<Subject, SubjectKey>, Vec<Subject>) {
        let mut keys = HashMap::with_capacity(subjects.len());
        let mut missing = Vec::new();
        for &subject in subjects {
            match self.memory.key(subject) {
                Some(key) => drop(keys.insert(subject.clone(), key)),
                None => missing.push(subject.clone()),
            }
        }
        (keys, missing)
    }
}
