//! What reads the log on this node: the relay, the projectors, and whoever tells the caches what to forget.
//!
//! All of it follows NATS. Commands do not: a node whose NATS is away goes on taking bookings.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use daybook_api::availability::AvailabilityCache;
use daybook_event_store::{CalendarStore, Feed, Wakeups};
use daybook_messaging::announcements::{self, Announcement};
use daybook_messaging::relay::{Relay, RelayMetrics};
use daybook_messaging::runner::{ProjectionMetrics, ProjectionRunner};
use daybook_messaging::streams::StreamOptions;
use daybook_messaging::usage::UsageMetrics;
use daybook_messaging::{ConnectError, Nats};
use daybook_projections::availability::AvailabilityProjection;
use daybook_projections::bookings::BookingsProjection;
use daybook_projections::{Projection, Replica};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::configuration::Role;
use crate::node::NodeConfiguration;
use crate::wiring::Group;

/// Between two attempts to reach NATS for the first time.
const PAUSE: Duration = Duration::from_secs(1);

/// NATS, once it has been reached.
pub type MaybeNats = watch::Receiver<Option<Nats>>;

/// What readers need.
#[derive(Clone)]
pub struct Readers {
    /// The database of the log.
    pub pool: PgPool,
    /// Hears of appends.
    pub wakeups: Wakeups,
    /// Opens personal data for the bookings read model.
    pub store: CalendarStore,
    /// The caches that hear of events.
    pub availability: AvailabilityCache,
    /// The replica, which is believed no more than the caches.
    pub replica: Option<Replica>,
    /// What the relay counts.
    pub relay: RelayMetrics,
    /// What projections count.
    pub projections: ProjectionMetrics,
    /// What JetStream holds.
    pub usage: UsageMetrics,
}

impl Readers {
    /// Starts the readers of this node's roles, at once or as soon as NATS can be reached. Fails only where waiting would not
    /// help: a URL that is none, a server that is too old.
    pub async fn start(self, configuration: &NodeConfiguration, group: Group<'_>) -> Result<MaybeNats> {
        let (found, nats) = watch::channel(None);
        let (stop, tasks) = (group.0.clone(), group.1.clone());
        let url = configuration.nats_url.clone();
        let roles = configuration.roles.clone();
        let streams = StreamOptions { replicas: configuration.jetstream_replicas };
        match Nats::connect(&url, "daybook").await {
            Ok(connected) => {
                self.run(&connected, &roles, streams, (&stop, &tasks));
                found.send_replace(Some(connected));
            }
            Err(error @ (ConnectError::Unreachable(_) | ConnectError::NoJetStream(_))) => {
                tracing::error!(%error, "going on without NATS for now: bookings are taken, but read models fall behind");
                let tracker = tasks.clone();
                tasks.spawn(async move {
                    let connecting = async {
                        loop {
                            sleep(PAUSE).await;
                            match Nats::connect(&url, "daybook").await {
                                Ok(connected) => break connected,
                                Err(error) => tracing::warn!(%error, "NATS is still away"),
                            }
                        }
                    };
                    if let Some(connected) = stop.run_until_cancelled(connecting).await {
                        self.run(&connected, &roles, streams, (&stop, &tracker));
                        found.send_replace(Some(connected));
                    }
                });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(nats)
    }

    fn run(&self, nats: &Nats, roles: &[Role], streams: StreamOptions, group: (&CancellationToken, &TaskTracker)) {
        let wakeups = self.wakeups.clone();
        let spawner = &Spawner { stop: group.0.clone(), tasks: group.1.clone(), wakeups };
        spawner.tasks.spawn(self.usage.clone().watch(nats.clone(), spawner.stop.clone()));
        if roles.contains(&Role::Relay) {
            self.run_relay(nats, streams, spawner);
        }
        if roles.contains(&Role::Projectors) {
            self.run_projection(AvailabilityProjection, nats, spawner);
            self.run_projection(BookingsProjection::new(self.store.codec().clone()), nats, spawner);
        }
        if roles.contains(&Role::Api) {
            self.run_announcements(nats, spawner);
        }
    }

    fn run_relay(&self, nats: &Nats, streams: StreamOptions, spawner: &Spawner) {
        let relay = Relay {
            nats: nats.clone(),
            pool: self.pool.clone(),
            feed: Feed::new(self.pool.clone()),
            wakeups: spawner.wakeups.clone(),
            streams,
            metrics: self.relay.clone(),
        };
        spawner.tasks.spawn(relay.run(spawner.stop.clone()));
    }

    fn run_projection<P: Projection>(&self, projection: P, nats: &Nats, spawner: &Spawner) {
        let runner = ProjectionRunner {
            projection: Arc::new(projection),
            pool: self.pool.clone(),
            feed: Feed::new(self.pool.clone()),
            wakeups: spawner.wakeups.clone(),
            nats: nats.clone(),
            metrics: self.projections.clone(),
        };
        spawner.tasks.spawn(runner.run(spawner.stop.clone()));
    }

    fn run_announcements(&self, nats: &Nats, spawner: &Spawner) {
        let (cache, replica) = (self.availability.clone(), self.replica.clone());
        let hear = move |announcement| match announcement {
            Announcement::Event(event) => cache.hear(event.host, event.version),
            Announcement::Missed => {
                // First: whoever reads in the new epoch must not be shown what came before it.
                replica.iter().for_each(Replica::distrust);
                cache.begin_epoch();
            }
        };
        spawner.tasks.spawn(announcements::listen(nats.clone(), hear, spawner.stop.clone()));
    }
}

/// Starts tasks that end together.
struct Spawner {
    stop: CancellationToken,
    tasks: TaskTracker,
    wakeups: Wakeups,
}
