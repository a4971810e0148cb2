//! Destroying a person's key, on all nodes and against whoever is writing down what they have read (E9).
//!
//! Whoever keeps readable personal data in a table (a read model, say) reads the keys within the transaction that writes it,
//! holding erasures off until that is committed. So an erasure finds everything that was written before it, and whoever
//! comes after it finds no key.

use std::collections::HashMap;
use std::time::Duration;

use daybook_domain::personal::Subject;
use daybook_domain::text::EmailAddress;
use sqlx::PgConnection;
use tokio::sync::broadcast;

use super::news::{CHANNEL, ErasureNews};
use super::subject::{KeyError, SubjectKey, SubjectKeys};
use crate::database::{self, DatabaseError};

/// Names the advisory lock that writers of readable data share, and erasures hold alone.
const LOCK: &str = "daybook erasure";
/// How long an erasure waits for those who are writing: a rebuild's batch may take a while.
const PATIENCE: Duration = Duration::from_secs(30);

impl SubjectKeys {
    /// The keys of these persons, without those who were erased, for writing down what they open within the connection's
    /// transaction. Nobody is erased until it ends.
    pub async fn for_keeping(
        &self,
        connection: &mut PgConnection,
        subjects: &[&Subject],
    ) -> Result<HashMap<Subject, SubjectKey>, KeyError> {
        let query = sqlx::query("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))").bind(LOCK);
        database::within_limit(query.execute(&mut *connection)).await?;
        // Held all the same: somebody who opens nothing may write down again what others have opened before.
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        // A statement of its own: it sees what was committed while the one before waited. Nothing remembered will do.
        self.read(connection, subjects).await
    }

    /// Holds off whoever writes readable data until the connection's transaction ends, after those who are at it. To be
    /// called before the transaction writes anything: it may wait, and a transaction that has written holds up the feed.
    pub async fn hold_off_keepers(&self, connection: &mut PgConnection) -> Result<(), KeyError> {
        let query = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(LOCK);
        let waited = tokio::time::timeout(PATIENCE, query.execute(connection)).await;
        waited.map_err(|_| DatabaseError::TimedOut)?.map_err(DatabaseError::from)?;
        Ok(())
    }

    /// Destroys the key of the guest with this address within the connection's transaction; whose it was, if anything was
    /// held about them. With the commit every node hears of it.
    ///
    /// The transaction has [held off](Self::hold_off_keepers) whoever writes readable data, and removes what they wrote.
    pub async fn erase_guest(
        &self,
        connection: &mut PgConnection,
        email: &EmailAddress,
    ) -> Result<Option<Subject>, KeyError> {
        let lookup = self.lookup(email).await?;
        let query = sqlx::query_scalar(
            "UPDATE public.subject_keys SET lookup = NULL, key_id = NULL, wrapped = NULL, erased_at = now()
             WHERE lookup = $1 RETURNING subject",
        );
        let erased = database::within_limit(query.bind(lookup.0).fetch_optional(&mut *connection)).await?.map(Subject);
        if let Some(subject) = &erased {
            announce(connection, subject).await?;
        }
        Ok(erased)
    }

    /// Destroys the key of a person whose subject is known, and of whom no readable data is kept; whether there was one.
    /// Every node hears of it either way.
    pub async fn erase(&self, subject: &Subject) -> Result<bool, KeyError> {
        let query = sqlx::query_scalar(
            "WITH erased AS (
                 UPDATE subject_keys SET lookup = NULL, key_id = NULL, wrapped = NULL, erased_at = now()
                 WHERE subject = $1 AND erased_at IS NULL RETURNING subject
             )
             SELECT count(*) > 0, pg_notify($2, $1)::text FROM erased",
        );
        let erased = database::within_limit(query.bind(&subject.0).bind(CHANNEL).fetch_one(&self.pool)).await?;
        self.forget(subject);
        Ok(erased)
    }

    /// Drops what this node remembers of a person who was erased: at once, where others wait for the news.
    pub fn forget(&self, subject: &Subject) {
        let news = ErasureNews::Erased(subject.clone());
        self.memory.hear(&news);
        // Nobody may be listening.
        let _ = self.news.send(news);
    }

    /// What is heard of erasures, on whichever node. Whoever falls behind gets an error, and has missed some.
    pub fn erasures(&self) -> broadcast::Receiver<ErasureNews> {
        self.news.subscribe()
    }
}

async fn announce(connection: &mut PgConnection, subject: &Subject) -> Result<(), KeyError> {
    let query = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&subject.0);
    database::within_limit(query.execute(connection)).await?;
    Ok(())
}
