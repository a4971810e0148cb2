//! One key per person. Destroying it erases the person from the log (E9).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::personal::Subject;
use moka::sync::Cache;
use sqlx::{PgPool, Row};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::aead::{self, Damaged};
use super::master::MasterKeys;
use super::mint::Mint;
use super::wrapping::{Wrapped, WrappingKeys};
use crate::database::{self, DatabaseError};

/// Keys kept in memory.
const CACHED: u64 = 100_000;
/// How long another node may still know a key that was destroyed, unless it is told to forget it.
const CACHED_FOR: Duration = Duration::from_mins(5);

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

    pub(crate) fn seal(&self, context: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        aead::seal(self.bytes(), context, plain)
    }

    pub(crate) fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, Damaged> {
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
    /// The program is shutting down.
    #[error("the key store has been closed")]
    Closed,
}

/// The keys of all persons: made when somebody first appears, cached, and gone for good once erased. Cloning shares it.
#[derive(Clone)]
pub struct SubjectKeys {
    pool: PgPool,
    wrapping: Arc<WrappingKeys>,
    cache: Cache<Subject, SubjectKey>,
    mint: Mint,
}

impl SubjectKeys {
    /// Starts the task that makes new keys; it ends with `token`.
    pub fn start(pool: PgPool, masters: MasterKeys, token: CancellationToken, tasks: &TaskTracker) -> Self {
        let wrapping = Arc::new(WrappingKeys::new(masters));
        let mint = Mint::start(&pool, Arc::clone(&wrapping), token, tasks);
        let cache = Cache::builder().max_capacity(CACHED).time_to_live(CACHED_FOR).build();
        Self { pool, wrapping, cache, mint }
    }

    /// The keys of these persons; makes those that are missing. A key that was made just now may be lost in a crash of
    /// PostgreSQL, so an append names the keys its events are sealed with, and is refused where one of them is not there.
    pub async fn for_sealing(&self, subjects: &[&Subject]) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let (mut keys, missing) = self.cached(subjects);
        if !missing.is_empty() {
            let made = self.mint.keys(missing).await?;
            self.remember(&made);
            keys.extend(made);
        }
        Ok(keys)
    }

    /// The keys of these persons, without those who were erased.
    pub async fn for_opening(&self, subjects: &[&Subject]) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let (mut keys, missing) = self.cached(subjects);
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|subject| subject.0.as_str()).collect();
            let query = sqlx::query("SELECT subject, id, key_id, wrapped FROM subject_keys WHERE subject = ANY($1)");
            let rows = database::within_limit(query.bind(&names[..]).fetch_all(&self.pool)).await?;
            let mut found = HashMap::with_capacity(rows.len());
            for row in rows {
                let subject: String = row.get("subject");
                let wrapped = Wrapped { id: row.get("id"), key_id: row.get("key_id"), bytes: row.get("wrapped") };
                let key = self.wrapping.unwrap(&subject, &wrapped)?;
                found.insert(Subject(subject), key);
            }
            self.remember(&found);
            keys.extend(found);
        }
        Ok(keys)
    }

    /// Destroys a person's key; whether there was one. Other nodes [`forget`](Self::forget) it when they hear of it, or
    /// after five minutes.
    pub async fn erase(&self, subject: &Subject) -> Result<bool, KeyError> {
        let query = sqlx::query("DELETE FROM subject_keys WHERE subject = $1").bind(&subject.0);
        let deleted = database::within_limit(query.execute(&self.pool)).await?;
        self.forget(subject);
        Ok(deleted.rows_affected() > 0)
    }

    /// Drops a key from memory, after it was destroyed on another node or turned out to be gone.
    pub fn forget(&self, subject: &Subject) {
        self.cache.invalidate(subject);
    }

    /// Wraps up to `limit` keys anew that are under an older master key; how many there were. At 0 the older master keys
    /// are no longer needed for personal data.
    pub async fn rewrap(&self, limit: u32) -> Result<u64, KeyError> {
        let query = sqlx::query("SELECT subject, id, key_id, wrapped FROM subject_keys WHERE key_id <> $1 LIMIT $2");
        let query = query.bind(self.wrapping.current_id()).bind(i64::from(limit));
        let rows = database::within_limit(query.fetch_all(&self.pool)).await?;
        let (mut subjects, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let subject: String = row.get("subject");
            let before = Wrapped { id: row.get("id"), key_id: row.get("key_id"), bytes: row.get("wrapped") };
            new.push(self.wrapping.wrap(&subject, &self.wrapping.unwrap(&subject, &before)?).bytes);
            old.push(before.bytes);
            subjects.push(subject);
        }
        // Compared with what was read: a key that was erased meanwhile stays erased.
        let query = sqlx::query(
            "UPDATE subject_keys k SET key_id = $1, wrapped = n.new
             FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS n (subject, old, new)
             WHERE k.subject = n.subject AND k.wrapped = n.old",
        );
        let query = query.bind(self.wrapping.current_id()).bind(&subjects).bind(&old).bind(&new);
        Ok(database::within_limit(query.execute(&self.pool)).await?.rows_affected())
    }

    fn cached(&self, subjects: &[&Subject]) -> (HashMap<Subject, SubjectKey>, Vec<Subject>) {
        let mut keys = HashMap::with_capacity(subjects.len());
        let mut missing = Vec::new();
        for &subject in subjects {
            match self.cache.get(subject) {
                Some(key) => drop(keys.insert(subject.clone(), key)),
                None => missing.push(subject.clone()),
            }
        }
        (keys, missing)
    }

    fn remember(&self, keys: &HashMap<Subject, SubjectKey>) {
        for (subject, key) in keys {
            self.cache.insert(subject.clone(), key.clone());
        }
    }
}
