//! Hashes of passwords: argon2id, on threads of its own and a few at a time, so that log-ins cannot starve bookings.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use tokio::task;
use tokio::time::timeout;

use crate::error::{AccountsError, Unavailable};
use crate::fields::{Password, PasswordAttempt};

/// How long a password waits for its turn, before the caller is told to come again.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Compared with when there is no account: a hash of the same cost that no password is known to have.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$ZGF5Ym9vay1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password's hash as stored: a PHC string. It has no `Debug`, so it cannot be logged.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct StoredHash(String);

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct PasswordHashing {
    permits: Arc<Semaphore>,
    longest_wait: Duration,
    checks: Arc<AtomicU64>,
}

impl PasswordHashing {
    /// Uses half of the machine's cores at most.
    pub(crate) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with((cores / 2).max(1), LONGEST_WAIT)
    }

    fn with(at_once: usize, longest_wait: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once)), longest_wait, checks: Arc::default() }
    }

    /// Checks made since the start.
    pub(crate) fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    /// A hash of the password, with a salt of its own.
    pub(crate) async fn hash(&self, password: &Password) -> Result<StoredHash, AccountsError> {
        let password = password.clone();
        self.in_turn(move || {
            let hash = argon2id().hash_password(password.as_bytes()).map_err(AccountsError::internal)?;
            Ok(StoredHash(hash.to_string()))
        })
        .await
    }

    /// Whether the attempt is the password of this hash. Without a hash the same work is done, and the answer is no.
    pub(crate) async fn check(
        &self,
        attempt: &PasswordAttempt,
        hash: Option<&StoredHash>,
    ) -> Result<bool, AccountsError> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        let attempt = attempt.clone();
        let exists = hash.is_some();
        let hash = hash.map_or_else(|| NOBODY.to_owned(), |hash| hash.0.clone());
        self.in_turn(move || {
            let hash = PasswordHash::new(&hash).map_err(AccountsError::internal)?;
            match argon2id().verify_password(attempt.as_bytes(), &hash) {
                Ok(()) => Ok(exists),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(AccountsError::internal(error)),
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let permit = timeout(self.longest_wait, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| AccountsError::Unavailable(Unavailable::PasswordQueueFull))?
            .map_err(AccountsError::internal)?;
        let hashing = task::spawn_blocking(move || {
            let done = work();
            // Held by the thread, not by the caller: one who hangs up must not let the next one in early.
            drop(permit);
            done
        });
        hashing.await.map_err(AccountsError::internal)?
    }
}

/// m = 19,456 KiB, t = 2, p = 1: the parameters OWASP recommends, which are the crate's own.
fn argon2id() -> Argon2<'static> {
    Argon2::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password() -> Password {
        Password::parse("correct horse").unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_passes() {
        let hashing = PasswordHashing::new();
        let hash = hashing.hash(&password()).await.unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        assert!(hashing.check(&PasswordAttempt::new("correct horse"), Some(&hash)).await.unwrap());
        for attempt in ["", "correct horse ", "Correct horse", &"x".repeat(100_000)] {
            assert!(!hashing.check(&PasswordAttempt::new(attempt), Some(&hash)).await.unwrap());
        }
        assert_eq!(hashing.checks(), 5);
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hashing = PasswordHashing::new();
        assert!(hashing.hash(&password()).await.unwrap() != hashing.hash(&password()).await.unwrap());
    }

    #[tokio::test]
    async fn without_an_account_the_same_work_is_done_and_nothing_passes() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real = PasswordHashing::new().hash(&password()).await.unwrap();
        let real = PasswordHash::new(&real.0).unwrap();
        assert_eq!((nobody.algorithm, nobody.version, &nobody.params), (real.algorithm, real.version, &real.params));
        assert_eq!(nobody.hash.unwrap().len(), real.hash.unwrap().len());
        assert!(!PasswordHashing::new().check(&PasswordAttempt::new("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_damaged_hash_is_a_fault_and_not_a_wrong_password() {
        let damaged = StoredHash("of another program".to_owned());
        let checked = PasswordHashing::new().check(&PasswordAttempt::new("correct horse"), Some(&damaged)).await;
        assert!(matches!(checked, Err(AccountsError::Internal(_))));
    }

    #[tokio::test]
    async fn a_full_queue_answers_instead_of_growing() {
        let hashing = PasswordHashing::with(0, Duration::from_millis(1));
        let checked = hashing.check(&PasswordAttempt::new("correct horse"), None).await;
        assert!(matches!(checked, Err(AccountsError::Unavailable(Unavailable::PasswordQueueFull))));
    }
}
