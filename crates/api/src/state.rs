//! What handlers share.

use std::ops::Deref;
use std::sync::Arc;

use daybook_accounts::Accounts;
use daybook_event_store::{CalendarStore, Directory, History, Idempotency, MasterKeys};
use daybook_projections::ReadModels;
use url::Url;

use crate::availability::AvailabilityCache;
use crate::bookings::ManageTokens;
use crate::bookings::idempotency::InFlight;
use crate::bookings::reading::OwnWrites;
use crate::clock::Clock;
use crate::events::EventStreams;
use crate::health::Health;
use crate::metrics::Metrics;
use crate::middleware::limits::{RateLimits, TrustedProxies};
use crate::users::Profiles;

/// Everything that handlers need; cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

/// The parts, wired by the binary.
pub struct Parts {
    /// Users, sessions and API keys.
    pub accounts: Accounts,
    /// Commands, and the state of calendars.
    pub store: CalendarStore,
    /// What happened to calendars.
    pub history: History,
    /// The log as streams of events.
    pub events: EventStreams,
    /// Whose meeting type or booking something is.
    pub directory: Directory,
    /// Commands that came before.
    pub idempotency: Idempotency,
    /// The keys everything secret hangs on.
    pub master_keys: MasterKeys,
    /// What the projectors fill.
    pub read_models: ReadModels,
    /// What this node remembers of calendars.
    pub availability: AvailabilityCache,
    /// What this node has written and must not fail to see.
    pub own_writes: OwnWrites,
    /// Makes and checks the tokens of guests.
    pub manage_tokens: ManageTokens,
    /// Requests with an idempotency key that are being answered right now.
    pub in_flight: InFlight,
    /// What this node remembers of people.
    pub profiles: Profiles,
    /// How many requests anybody may make.
    pub limits: RateLimits,
    /// The proxies whose word on client addresses is taken.
    pub trusted_proxies: TrustedProxies,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether the public listener shows the counters, too: in `daybook dev`, which has no other.
    pub metrics_are_public: bool,
    /// How the parts are that this node depends on.
    pub health: Health,
    /// Whether browsers may send the session cookie over TLS only: in production.
    pub secure_cookies: bool,
    /// The time.
    pub clock: Clock,
    /// Where the outside finds this service; links are made from it.
    pub public_url: Url,
}

impl Api {
    /// The shared state.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
