//! Whom a key is asked for, and how a guest is found by their address.

use std::fmt;

use daybook_domain::personal::Subject;
use daybook_domain::text::EmailAddress;

use super::subject::SubjectKey;

/// The subject whose key hashes the addresses of guests. Made with the first of them, wrapped like any other, and as old as
/// the deployment: it outlives every master key.
pub(super) const ADDRESSES: &str = "deployment:guest-addresses";

/// A keyed hash of a guest's e-mail address, whatever its case. Leads to their subject for as long as they are not erased.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Lookup(pub(super) [u8; 32]);

impl Lookup {
    /// The hash of an address under the key of [`ADDRESSES`].
    pub(super) fn of(email: &EmailAddress, addresses: &SubjectKey) -> Self {
        Self(addresses.derived().hmac(&[b"guest", email.key().as_bytes()]))
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup(…)")
    }
}

/// Whom a key is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Person {
    /// Somebody whose subject is known.
    Known(Subject),
    /// The guest with this address.
    Guest(Lookup),
}

impl Person {
    /// The name under which their key is made if there is none: a guest gets a random one.
    pub(super) fn new_subject(&self) -> Subject {
        match self {
            Self::Known(subject) => subject.clone(),
            Self::Guest(_) => Subject(format!("guest:{}", uuid::Uuid::new_v4().simple())),
        }
    }
}
