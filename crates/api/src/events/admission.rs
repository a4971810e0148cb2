//! How many streams there may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daybook_accounts::UserId;

use crate::problem::{Code, Problem};

/// Streams that one account may have open.
const OF_ACCOUNT: usize = 16;
/// Streams that a node serves.
const OF_NODE: usize = 1_000;
/// When to try again.
const WAIT: Duration = Duration::from_secs(10);

/// Counts the open streams. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Admission {
    open: Arc<Mutex<Open>>,
    of_account: usize,
    of_node: usize,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of_accounts: HashMap<UserId, usize>,
}

/// A stream's place among those that may be open; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    account: UserId,
    open: Arc<Mutex<Open>>,
}

/// Why there may be no other stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The account has enough of them.
    Account,
    /// The node has.
    Node,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(OF_ACCOUNT, OF_NODE)
    }
}

impl Admission {
    /// So many streams of one account, and of all.
    pub fn new(of_account: usize, of_node: usize) -> Self {
        Self { open: Arc::default(), of_account, of_node }
    }

    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).all
    }

    /// Lets another stream of an account in.
    pub fn admit(&self, account: UserId) -> Result<Permit, Full> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_account = open.of_accounts.get(&account).copied().unwrap_or(0);
        // First what is the asker's own doing.
        if of_account >= self.of_account {
            return Err(Full::Account);
        }
        if open.all >= self.of_node {
            return Err(Full::Node);
        }
        open.all += 1;
        open.of_accounts.insert(account, of_account + 1);
        Ok(Permit { account, open: Arc::clone(&self.open) })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        if let Some(count) = open.of_accounts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.of_accounts.remove(&self.account);
            }
        }
    }
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        let problem = match full {
            Full::Account => {
                Self::new(Code::RateLimited, "the account has as many event streams open as it may; end one first")
            }
            Full::Node => Self::new(Code::Unavailable, "this node serves as many event streams as it can"),
        };
        problem.retry_after(WAIT)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_account_and_a_node_have_so_many_streams_and_get_them_back() {
        let admission = Admission::new(2, 3);
        let [one, other] = [1, 2].map(|id| UserId(Uuid::from_u128(id)));
        let first = admission.admit(one).unwrap();
        let _second = admission.admit(one).unwrap();
        assert_eq!(admission.admit(one).unwrap_err(), Full::Account);
        let third = admission.admit(other).unwrap();
        assert_eq!(admission.open(), 3);
        assert_eq!(admission.admit(other).unwrap_err(), Full::Node);
        drop(first);
        let _fourth = admission.admit(other).unwrap();
        assert_eq!(admission.admit(one).unwrap_err(), Full::Node);
        drop(third);
        assert!(admission.admit(one).is_ok());
        assert_eq!(admission.open.lock().unwrap().of_accounts.len(), 2);
    }

    #[test]
    fn one_too_many_is_told_when_to_come_back() {
        assert_eq!(Problem::from(Full::Account).code(), Code::RateLimited);
        assert_eq!(Problem::from(Full::Node).code(), Code::Unavailable);
    }
}
