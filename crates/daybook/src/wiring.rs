//! The parts of a node, made in the order in which a booking passes through them.

use anyhow::{Context, Result, anyhow};
use axum::Router;
use daybook_accounts::Accounts;
use daybook_api::availability::AvailabilityCache;
use daybook_api::bookings::ManageTokens;
use daybook_api::bookings::idempotency::InFlight;
use daybook_api::bookings::reading::OwnWrites;
use daybook_api::clock::Clock;
use daybook_api::events::EventStreams;
use daybook_api::front::Front;
use daybook_api::health::{Health, Probe, watch::watch};
use daybook_api::metrics::{Lag, Lags, Metrics};
use daybook_api::middleware::limits::RateLimits;
use daybook_api::router;
use daybook_api::state::{Api, Parts};
use daybook_api::users::Profiles;
use daybook_event_store::{
    CalendarStore, Directory, EventStoreMetrics, Feed, History, Idempotency, StoreOptions, Wakeups,
};
use daybook_messaging::relay::RelayMetrics;
use daybook_messaging::runner::ProjectionMetrics;
use daybook_messaging::usage::UsageMetrics;
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::bookings::BookingsProjection;
use daybook_projections::{Projection, ReadModels, Replica};
use prometheus::Registry;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::{Role, Switch};
use crate::door::Ending;
use crate::node::NodeConfiguration;
use crate::readers::{MaybeNats, Readers};
use crate::{gauges, processes, replica, samples, upkeep};

/// What a node shows.
pub struct Wired {
    /// The API's state.
    pub api: Api,
    /// For everybody.
    pub public: Front,
    /// For operators.
    pub internal: Router,
    /// The connections of all of them, to be closed at the end.
    pub pool: PgPool,
}

/// What ends a group of tasks, and who counts them.
pub type Group<'a> = (&'a CancellationToken, &'a TaskTracker);

/// Makes and starts the parts. `store` ends last, after the appends that are waiting then; `background` reads the log. Once
/// its end has begun, the node says that it is not ready; event streams end when its doors do.
pub async fn wire(
    configuration: &NodeConfiguration,
    store: Group<'_>,
    background: Group<'_>,
    ending: &Ending,
) -> Result<Wired> {
    let registry = Registry::new();
    let clock = Clock::system();

    // The log: commands are decided and appended.
    let pool = configuration.database.connect().await?;
    daybook_event_store::check(&pool).await.context("the database at DATABASE_URL will not do")?;
    gauges::register(&registry, &pool)?;
    let store_metrics = EventStoreMetrics::register(&registry)?;
    let calendars = CalendarStore::start(
        pool.clone(),
        configuration.master_keys.clone(),
        StoreOptions::default(),
        store_metrics.clone(),
        store.0,
        store.1,
    );

    // What reads the log: the relay, the projectors, event streams, and this node's caches.
    let wakeups = Wakeups::listen(pool.clone(), background.0.clone(), background.1);
    let replica = replica::connect(configuration, &registry)?;
    if let Some(replica) = &replica {
        background.1.spawn(replica.clone().watch(pool.clone(), background.0.clone()));
    }
    let readers = Readers {
        pool: pool.clone(),
        replica: replica.clone(),
        wakeups: wakeups.clone(),
        store: calendars.clone(),
        availability: AvailabilityCache::default(),
        relay: RelayMetrics::register(&registry)?,
        projections: ProjectionMetrics::register(&registry)?,
        usage: UsageMetrics::register(&registry)?,
    };
    let availability = readers.availability.clone();
    let relay_lag = readers.relay.lag.clone();
    let projection_lag = |name| {
        let metrics = readers.projections.clone();
        Lag::reading(move || Some(metrics.lag(name)))
    };
    // Nodes that do not look do not know.
    let mut lags = Lags::default();
    if configuration.does(Role::Relay) {
        lags = lags.relay(Lag::reading(move || Some(relay_lag.get())));
    }
    if configuration.does(Role::Projectors) {
        for name in [AvailabilityProjection::NAME, BookingsProjection::NAME] {
            lags = lags.projection(name, projection_lag(name));
        }
    }
    let nats = readers.start(configuration, background).await?;

    // Accounts stand beside the log; what a node remembers of people goes when they are erased.
    let accounts = Accounts::new(pool.clone());
    let profiles = Profiles::default();
    let erasures = calendars.codec().keys().erasures();
    background.1.spawn(profiles.clone().follow(erasures, background.0.clone()));

    // The API: requests become commands and queries.
    let api = Api::new(Parts {
        accounts: accounts.clone(),
        store: calendars,
        history: History::new(pool.clone()),
        events: EventStreams::start(Feed::new(pool.clone()), wakeups, ending.closing.clone(), background.1),
        directory: Directory::new(pool.clone()),
        idempotency: Idempotency::new(pool.clone(), &configuration.master_keys),
        master_keys: configuration.master_keys.clone(),
        read_models: ReadModels::new(pool.clone()).with_replica(replica.clone()),
        availability,
        own_writes: OwnWrites::default(),
        manage_tokens: ManageTokens::new(&configuration.master_keys),
        in_flight: InFlight::default(),
        profiles,
        limits: match configuration.http.rate_limit {
            Switch::On => RateLimits::default(),
            Switch::Off => RateLimits::off(),
        },
        trusted_proxies: configuration.http.trusted_proxies.clone(),
        metrics: Metrics::register(&registry, &store_metrics, lags)?,
        metrics_are_public: configuration.metrics_on_public_listener,
        health: Health::new(probes(&pool, nats, replica), ending.begun.clone()),
        secure_cookies: configuration.secure_cookies,
        clock: clock.clone(),
        public_url: configuration.public_url.clone(),
    });
    if configuration.does(Role::Projectors) {
        processes::start(&pool, api.store.clone(), clock.clone(), background);
    }
    background.1.spawn(watch(api.clone(), configuration.does(Role::Api), background.0.clone()));
    samples::start(&registry, &pool, configuration.database_space, background)?;
    upkeep::start(&registry, pool.clone(), accounts, clock, background)?;
    Ok(Wired { public: Front::new(api.clone()), internal: router::internal_router(api.clone()), api, pool })
}

/// What health asks: PostgreSQL must take writes for a booking to be made; NATS brings the news of it.
fn probes(pool: &PgPool, nats: MaybeNats, replica: Option<Replica>) -> Vec<Probe> {
    let pool = pool.clone();
    let database = move || {
        let pool = pool.clone();
        async move {
            let is_replica: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&pool).await?;
            if is_replica { Err(anyhow!("the database takes no writes: it is a replica")) } else { Ok(()) }
        }
    };
    let nats = move || {
        let connected = nats.borrow().clone();
        async move {
            let reachable = match connected {
                Some(nats) => nats.is_reachable().await,
                None => false,
            };
            if reachable { Ok(()) } else { Err("NATS does not answer") }
        }
    };
    let mut probes = vec![Probe::essential("database", database), Probe::supporting("nats", nats)];
    probes.extend(replica.map(replica::probe));
    probes
}
