//! Which subject a guest is, by their e-mail address.

use daybook_domain::personal::Subject;
use daybook_domain::text::EmailAddress;
use sqlx::Executor;

use super::person::{ADDRESSES, Lookup, Person};
use super::subject::{KeyError, SubjectKey, SubjectKeys};
use crate::database;

impl SubjectKeys {
    /// The subject of the guest with this address, whatever its case; one with a key of its own if they are new.
    ///
    /// They stay the same subject across master keys, until they are erased: whoever comes back then is somebody new.
    pub async fn guest(&self, email: &EmailAddress) -> Result<Subject, KeyError> {
        let lookup = self.lookup(email).await?;
        if let Some(subject) = self.memory.guest(lookup) {
            return Ok(subject);
        }
        let (read, person) = (self.memory.now(), Person::Guest(lookup));
        let mut made = self.mint.keys(vec![person.clone()]).await?;
        let (subject, key) = made.remove(&person).ok_or(KeyError::Closed)?;
        if let Some(key) = key {
            self.memory.keep_keys(&[(subject.clone(), key)].into(), read);
        }
        self.memory.keep_guest(lookup, &subject, read);
        Ok(subject)
    }

    /// The subject of the guest with this address, if anything is held about them. Makes nothing.
    pub async fn known_guest(&self, email: &EmailAddress) -> Result<Option<Subject>, KeyError> {
        let lookup = self.lookup(email).await?;
        if let Some(subject) = self.memory.guest(lookup) {
            return Ok(Some(subject));
        }
        let read = self.memory.now();
        let query = sqlx::query_scalar("SELECT subject FROM subject_keys WHERE lookup = $1").bind(lookup.0);
        let known = database::within_limit(query.fetch_optional(&self.pool)).await?.map(Subject);
        if let Some(subject) = &known {
            self.memory.keep_guest(lookup, subject, read);
        }
        Ok(known)
    }

    pub(super) async fn lookup(&self, email: &EmailAddress) -> Result<Lookup, KeyError> {
        Ok(Lookup::of(email, self.addresses().await?))
    }

    /// The key that hashes the addresses of guests. Never forgotten: there is no person behind it.
    async fn addresses(&self) -> Result<&SubjectKey, KeyError> {
        let made = async || {
            let subject = Subject(ADDRESSES.to_owned());
            loop {
                let mut keys = self.for_sealing(&[&subject]).await?;
                let key = keys.remove(&subject).ok_or_else(|| KeyError::Damaged { subject: subject.0.clone() })?;
                if self.is_on_disk(&subject, &key).await? {
                    return Ok(key);
                }
                self.forget_key(&subject);
            }
        };
        self.addresses.get_or_try_init(made).await
    }

    /// Flushes the write-ahead log behind a key that is there. No append does that for this one, and guests who were hashed
    /// with a key that was lost in a crash would never be found again.
    async fn is_on_disk(&self, subject: &Subject, key: &SubjectKey) -> Result<bool, KeyError> {
        let touched = async {
            let mut transaction = self.pool.begin().await?;
            transaction.execute("SET LOCAL synchronous_commit = on").await?;
            let query = sqlx::query("UPDATE subject_keys SET key_id = key_id WHERE subject = $1 AND id = $2");
            let touched = query.bind(&subject.0).bind(key.id()).execute(&mut *transaction).await?.rows_affected();
            transaction.commit().await?;
            Ok(touched > 0)
        };
        Ok(database::within_limit(touched).await?)
    }
}
