//! What became of a command that may be a repetition (B4).

use sqlx::PgPool;

use crate::database::{DatabaseError, within_limit};
use crate::keys::{DerivedKey, MasterKeys};
use crate::recorded::RecordedEvent;

const PURPOSE: &str = "idempotency";

/// Keyed hashes of an idempotency key and of the request that came with it. The log holds these and nothing of either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHash {
    pub(crate) key: String,
    pub(crate) body: String,
}

impl IdempotencyHash {
    /// The hash of the key and its scope.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A request with an idempotency key: its hashes under the master key in use, and under the older ones.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    hashes: Vec<IdempotencyHash>,
}

impl IdempotentRequest {
    /// What goes with the command, as [`Metadata::idempotency`](crate::Metadata).
    pub fn hash(&self) -> IdempotencyHash {
        self.hashes[0].clone()
    }
}

/// A command that came earlier under the same idempotency key.
#[derive(Clone, Debug)]
pub struct EarlierCommand {
    /// Whether its request was the same.
    pub same_request: bool,
    /// The events it caused, in order; personal data is sealed.
    pub events: Vec<RecordedEvent>,
}

/// Finds earlier commands by their idempotency key. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Idempotency {
    pool: PgPool,
    keys: Vec<DerivedKey>,
}

impl Idempotency {
    /// Looks commands up in this database.
    pub fn new(pool: PgPool, masters: &MasterKeys) -> Self {
        Self { pool, keys: masters.derive_all(PURPOSE) }
    }

    /// The hashes of a request. `scope` separates callers, so that one cannot meet the key of another.
    pub fn request(&self, scope: &str, key: &str, body: &[u8]) -> IdempotentRequest {
        let hash = |secret: &DerivedKey| IdempotencyHash {
            key: secret.hmac_hex(&[b"key", scope.as_bytes(), key.as_bytes()]),
            body: secret.hmac_hex(&[b"body", body]),
        };
        IdempotentRequest { hashes: self.keys.iter().map(hash).collect() }
    }

    /// The command that came under the same key, if there was one that succeeded.
    pub async fn find(&self, request: &IdempotentRequest) -> Result<Option<EarlierCommand>, DatabaseError> {
        let keys: Vec<&str> = request.hashes.iter().map(|hash| hash.key.as_str()).collect();
        let query = sqlx::query(include_str!("find_command.sql")).bind(&keys[..]);
        let rows = within_limit(query.fetch_all(&self.pool)).await?;
        let events = rows.iter().map(RecordedEvent::from_row).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = events.first() else { return Ok(None) };
        let same_request = request.hashes.iter().any(|hash| first.carries(hash));
        Ok(Some(EarlierCommand { same_request, events }))
    }
}

impl RecordedEvent {
    fn carries(&self, hash: &IdempotencyHash) -> bool {
        #[derive(serde::Deserialize)]
        struct Carried {
            idempotency_key: String,
            idempotency_body: String,
        }
        serde_json::from_str(self.metadata.get())
            .is_ok_and(|c: Carried| c.idempotency_key == hash.key && c.idempotency_body == hash.body)
    }
}
