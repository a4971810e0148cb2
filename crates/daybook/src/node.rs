//! One running node: started in order, stopped in the opposite one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use daybook_api::front::Front;
use daybook_api::state::Api;
use daybook_event_store::{MasterKeys, failpoints};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;
use url::Url;

use crate::configuration::{DatabaseArgs, HttpArgs, ReplicaArgs, Role};
use crate::door::{self, Ending};
use crate::wiring;

/// How long requests that have begun may take to end.
const DRAIN: Duration = Duration::from_secs(25);
/// How long everything behind them may take.
const WIND_DOWN: Duration = Duration::from_secs(10);

/// Everything a node needs to know.
pub struct NodeConfiguration {
    /// The database.
    pub database: DatabaseArgs,
    /// A replica of it, if there is one.
    pub replica: ReplicaArgs,
    /// NATS, as the service's user.
    pub nats_url: String,
    /// The keys everything secret hangs on.
    pub master_keys: MasterKeys,
    /// What this node does.
    pub roles: Vec<Role>,
    /// Where the outside finds it; links are made from it.
    pub public_url: Url,
    /// Whom it believes, and how much it takes.
    pub http: HttpArgs,
    /// Whether the session cookie only travels over TLS.
    pub secure_cookies: bool,
    /// How many NATS servers keep a copy of each stream.
    pub jetstream_replicas: usize,
    /// What the database may fill, in bytes; alerts are about its share.
    pub database_space: u64,
    /// How long it still takes requests after it has said that it is not ready.
    pub stop_delay: Duration,
    /// Whether metrics are shown to whoever reaches the service, too.
    pub metrics_on_public_listener: bool,
}

impl NodeConfiguration {
    /// Whether this node does that.
    pub fn does(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// A node whose parts work; it answers once it runs.
pub struct Node {
    /// The API's state, for whoever starts the node.
    pub api: Api,
    public: Option<(TcpListener, Front)>,
    internal: Option<(TcpListener, Router)>,
    background: (CancellationToken, TaskTracker),
    store: (CancellationToken, TaskTracker),
    ending: Ending,
    stop_delay: Duration,
    pool: PgPool,
}

/// A token that is cancelled by the first SIGINT or SIGTERM; a second one ends the process at once.
pub fn shutdown_on_signal() -> Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        for again in [false, true] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if again {
                std::process::exit(130);
            }
            tracing::info!("stopping; what has begun is finished first");
            token.cancel();
        }
    });
    Ok(shutdown)
}

/// Takes an address.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Starts the parts of a node, for listeners that are taken already: whoever connects before [`Node::run`] waits.
pub async fn start(
    configuration: NodeConfiguration,
    public: TcpListener,
    internal: Option<TcpListener>,
    shutdown: &CancellationToken,
) -> Result<Node> {
    if failpoints::BUILT_IN {
        tracing::warn!("this build has failpoints: it is for tests, and must not serve anybody");
        failpoints::arm();
    }
    let store = (CancellationToken::new(), TaskTracker::new());
    let background = (CancellationToken::new(), TaskTracker::new());
    let ending = Ending { begun: shutdown.clone(), closing: CancellationToken::new() };
    let parts = wiring::wire(&configuration, (&store.0, &store.1), (&background.0, &background.1), &ending).await?;
    let public = configuration.does(Role::Api).then_some((public, parts.public));
    let internal = internal.map(|internal| (internal, parts.internal));
    let stop_delay = configuration.stop_delay;
    Ok(Node { api: parts.api, public, internal, background, store, ending, stop_delay, pool: parts.pool })
}

impl Node {
    /// Runs until the shutdown: then requests end first, next what reads the log, last what appends to it.
    pub async fn run(self) -> Result<()> {
        let requests = TaskTracker::new();
        if let Some((listener, front)) = self.public {
            tracing::info!(address = %listener.local_addr()?, "listening");
            requests.spawn(serve(listener, front, self.ending.clone()));
        }
        if let Some((listener, router)) = self.internal {
            tracing::info!(address = %listener.local_addr()?, "listening for operators");
            requests.spawn(serve(listener, router, self.ending.clone()));
        }
        self.ending.begun.cancelled().await;
        tokio::time::sleep(self.stop_delay).await;
        self.ending.closing.cancel();
        end(&requests, DRAIN, "requests").await;
        for ((stop, tasks), what) in [(self.background, "readers of the log"), (self.store, "the event store")] {
            stop.cancel();
            end(&tasks, WIND_DOWN, what).await;
        }
        if timeout(WIND_DOWN, self.pool.close()).await.is_err() {
            tracing::warn!("connections to the database are still in use and are given up");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

async fn serve<S>(listener: TcpListener, service: S, ending: Ending)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    if let Err(error) = door::serve(listener, service, ending).await {
        tracing::error!(%error, "a listener failed");
    }
}

async fn end(tasks: &TaskTracker, limit: Duration, what: &str) {
    tasks.close();
    if timeout(limit, tasks.wait()).await.is_err() {
        tracing::warn!("{what} did not end within {limit:?} and are given up");
    }
}
