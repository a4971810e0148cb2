//! Subject keys as the database holds them: encrypted under a master key.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::aead;
use super::master::MasterKeys;
use super::subject::{KeyError, SubjectKey};

const PURPOSE: &str = "subject-key-wrapping";

/// The keys that wrap subject keys, one per master key.
pub(super) struct WrappingKeys(MasterKeys);

/// A subject key encrypted under the master key `key_id`.
pub(super) struct Wrapped {
    pub(super) id: Uuid,
    pub(super) key_id: String,
    pub(super) bytes: Vec<u8>,
}

impl WrappingKeys {
    pub(super) fn new(keys: MasterKeys) -> Self {
        Self(keys)
    }

    pub(super) fn current_id(&self) -> &str {
        self.0.current_id()
    }

    /// Encrypts a key under the master key in use.
    pub(super) fn wrap(&self, subject: &str, key: &SubjectKey) -> Wrapped {
        let key_id = self.0.current_id();
        let bytes = aead::seal(self.0.derive(PURPOSE).bytes(), &[subject.as_bytes(), key_id.as_bytes()], key.bytes());
        Wrapped { id: key.id(), key_id: key_id.to_owned(), bytes }
    }

    /// Decrypts a key under whichever master key wrapped it.
    pub(super) fn unwrap(&self, subject: &str, wrapped: &Wrapped) -> Result<SubjectKey, KeyError> {
        let Wrapped { id, key_id, bytes } = wrapped;
        let master =
            self.0.derive_with(key_id, PURPOSE).ok_or_else(|| KeyError::MasterKeyMissing { key_id: key_id.clone() })?;
        let damaged = || KeyError::Damaged { subject: subject.to_owned() };
        let key = aead::open(master.bytes(), &[subject.as_bytes(), key_id.as_bytes()], bytes).map_err(|_| damaged())?;
        let key: [u8; 32] = Zeroizing::new(key).as_slice().try_into().map_err(|_| damaged())?;
        Ok(SubjectKey::new(*id, key))
    }
}
