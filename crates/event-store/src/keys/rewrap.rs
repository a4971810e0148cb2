//! A new master key takes over from an older one, while the system serves.

use daybook_domain::personal::Subject;
use sqlx::{Executor, Row};

use super::subject::{KeyError, SubjectKeys};
use super::wrapping::Wrapped;
use crate::database;

/// What one batch of rewrapping did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys that were under an older master key and are now under the one in use.
    pub rewrapped: u64,
    /// The last person that was looked at; none behind the last of all.
    pub last: Option<Subject>,
}

/// How many keys are under one master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedUnder {
    /// The master key's id.
    pub key_id: String,
    /// The keys under it.
    pub keys: u64,
}

impl SubjectKeys {
    /// Looks at up to `limit` keys, those that follow `after` in the order of their subjects, and wraps the ones anew that
    /// are under an older master key.
    ///
    /// Each batch is one short write. A pass over all that rewraps nothing says that the older master keys are no longer
    /// needed to read personal data; until then, a node that still works with an older configuration may add to them.
    pub async fn rewrap(&self, after: Option<&Subject>, limit: u32) -> Result<Rewrapped, KeyError> {
        let query = sqlx::query(
            "SELECT subject, id, key_id, wrapped FROM subject_keys
             WHERE subject > $1 AND erased_at IS NULL ORDER BY subject LIMIT $2",
        );
        let query = query.bind(after.map_or("", |subject| subject.0.as_str())).bind(i64::from(limit));
        let rows = database::within_limit(query.fetch_all(&self.pool)).await?;
        let last = rows.last().map(|row| Subject(row.get("subject")));
        let (mut subjects, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let (subject, key_id): (String, String) = (row.get("subject"), row.get("key_id"));
            if key_id == self.wrapping.current_id() {
                continue;
            }
            let before = Wrapped { id: row.get("id"), key_id, bytes: row.get("wrapped") };
            new.push(self.wrapping.wrap(&subject, &self.wrapping.unwrap(&subject, &before)?).bytes);
            old.push(before.bytes);
            subjects.push(subject);
        }
        if subjects.is_empty() {
            return Ok(Rewrapped { rewrapped: 0, last });
        }
        // Compared with what was read: a key that was erased meanwhile stays erased.
        let query = sqlx::query(
            "UPDATE subject_keys k SET key_id = $1, wrapped = n.new
             FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS n (subject, old, new)
             WHERE k.subject = n.subject AND k.wrapped = n.old",
        );
        let query = query.bind(self.wrapping.current_id()).bind(&subjects).bind(&old).bind(&new);
        let rewrapped = database::within_limit(query.execute(&self.pool)).await?.rows_affected();
        Ok(Rewrapped { rewrapped, last })
    }

    /// How many keys each master key wraps, whether it is listed or not.
    pub async fn wrapped_under(&self) -> Result<Vec<WrappedUnder>, KeyError> {
        let count = "SELECT key_id, count(*) AS keys FROM subject_keys WHERE erased_at IS NULL GROUP BY 1 ORDER BY 1";
        // Reads the whole table, which may take longer than anything that somebody waits for; it writes nothing, so the
        // feed does not wait either.
        let mut transaction = self.pool.begin().await.map_err(database::DatabaseError::from)?;
        transaction.execute("SET LOCAL statement_timeout = 0").await.map_err(database::DatabaseError::from)?;
        let rows = sqlx::query(count).fetch_all(&mut *transaction).await.map_err(database::DatabaseError::from)?;
        let counted = |row: &sqlx::postgres::PgRow| WrappedUnder {
            key_id: row.get("key_id"),
            keys: row.get::<i64, _>("keys").cast_unsigned(),
        };
        Ok(rows.iter().map(counted).collect())
    }

    /// The id of the master key in use, which wraps new keys.
    pub fn master_key_in_use(&self) -> &str {
        self.wrapping.current_id()
    }
}
