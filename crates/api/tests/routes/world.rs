//! What every test starts from: the routes over a database of its own, and clients that talk to them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use chrono::{DateTime, Utc};
use daybook_accounts::Accounts;
use daybook_api::availability::AvailabilityCache;
use daybook_api::bookings::ManageTokens;
use daybook_api::bookings::idempotency::InFlight;
use daybook_api::bookings::reading::OwnWrites;
use daybook_api::clock::Clock;
use daybook_api::events::EventStreams;
use daybook_api::front::Front;
use daybook_api::health::Health;
use daybook_api::metrics::{Lags, Metrics};
use daybook_api::middleware::limits::{RateLimits, TrustedProxies};
use daybook_api::router::internal_router;
use daybook_api::state::{Api, Parts};
use daybook_api::users::Profiles;
use daybook_event_store::{
    CalendarStore, Directory, EventStoreMetrics, Feed, History, Idempotency, MasterKeys, StoreOptions, Wakeups,
};
use daybook_projections::ReadModels;
use daybook_testkit::TestDatabase;
use prometheus::Registry;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What a listener serves.
type Routes = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

pub(crate) struct World {
    routes: Routes,
    internal: Routes,
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) stopping: CancellationToken,
    _tasks: DropGuard,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world that differs in these parts.
    pub(crate) async fn with(change: impl FnOnce(&mut Parts)) -> Self {
        Self::over(Arc::new(TestDatabase::create().await.unwrap()), change)
    }

    /// Another node over the same database.
    pub(crate) fn over(database: Arc<TestDatabase>, change: impl FnOnce(&mut Parts)) -> Self {
        let (pool, token, stopping) = (database.pool(), CancellationToken::new(), CancellationToken::new());
        let registry = Registry::new();
        let store_metrics = EventStoreMetrics::register(&registry).unwrap();
        let keys: MasterKeys = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap();
        let (options, tasks) = (StoreOptions::default(), TaskTracker::new());
        let mut parts = Parts {
            accounts: Accounts::new(pool.clone()),
            store: CalendarStore::start(pool.clone(), keys.clone(), options, store_metrics.clone(), &token, &tasks),
            history: History::new(pool.clone()),
            events: EventStreams::start(
                Feed::new(pool.clone()),
                Wakeups::listen(pool.clone(), token.clone(), &tasks),
                stopping.clone(),
                &tasks,
            ),
            directory: Directory::new(pool.clone()),
            idempotency: Idempotency::new(pool.clone(), &keys),
            manage_tokens: ManageTokens::new(&keys),
            master_keys: keys,
            read_models: ReadModels::new(pool),
            availability: AvailabilityCache::default(),
            own_writes: OwnWrites::default(),
            in_flight: InFlight::default(),
            profiles: Profiles::default(),
            limits: RateLimits::off(),
            trusted_proxies: TrustedProxies::default(),
            metrics: Metrics::register(&registry, &store_metrics, Lags::default()).unwrap(),
            metrics_are_public: false,
            health: Health::new(Vec::new(), stopping.clone()),
            secure_cookies: true,
            clock: clock(),
            public_url: "https://book.example.org".parse().unwrap(),
        };
        change(&mut parts);
        let api = Api::new(parts);
        Self {
            routes: Routes::new(Front::new(api.clone())),
            internal: Routes::new(internal_router(api)),
            database,
            stopping,
            _tasks: token.drop_guard(),
        }
    }

    /// Somebody without credentials.
    pub(crate) fn guest(&self) -> Client<'_> {
        Client { routes: &self.routes, headers: HeaderMap::new(), peer: ([192, 0, 2, 1], 4711).into() }
    }

    /// Somebody on the internal network.
    pub(crate) fn operator(&self) -> Client<'_> {
        Client { routes: &self.internal, ..self.guest() }
    }

    /// Registers somebody called this, as `<name>@example.org`, and logs them in.
    pub(crate) async fn host(&self, name: &str) -> Client<'_> {
        self.guest().post("/api/users", registration(name)).await.expect(StatusCode::CREATED);
        self.logged_in(name).await
    }

    /// Logs somebody in.
    pub(crate) async fn logged_in(&self, name: &str) -> Client<'_> {
        let body = json!({ "email": format!("{name}@example.org"), "password": PASSWORD });
        let answer = self.guest().post("/api/auth/login", body).await.expect(StatusCode::OK);
        self.guest().with("cookie", answer.header("set-cookie").split(';').next().unwrap())
    }

    /// Gives somebody the role of an admin.
    pub(crate) async fn promote(&self, name: &str) {
        let update =
            sqlx::query("UPDATE users SET role = 'admin' WHERE email = $1").bind(format!("{name}@example.org"));
        update.execute(&self.database.owner_pool()).await.unwrap();
    }
}

/// A clock that goes as clocks do, but starts at noon of a Monday, so that the dates in the tests stay ahead of it.
fn clock() -> Clock {
    let begun = Instant::now();
    let noon: DateTime<Utc> = "2027-01-04T12:00:00Z".parse().unwrap();
    Clock::reading(move || noon + begun.elapsed())
}

/// Who registers under this name.
pub(crate) fn registration(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.org"), "password": PASSWORD, "name": name, "username": name,
        "time_zone": "Europe/London",
    })
}

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    routes: &'a Routes,
    headers: HeaderMap,
    peer: SocketAddr,
}

impl Client<'_> {
    /// The same client, with another header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// The same client, calling from elsewhere.
    pub(crate) fn at_address(mut self, peer: &str) -> Self {
        self.peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(self.peer));
        request.headers_mut().unwrap().extend(self.headers.clone());
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.routes.clone().oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Checks the status.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Checks that it is a problem of this kind.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        let body = self.json();
        assert_eq!((self.status.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["request_id"], self.header("x-request-id"));
        self
    }

    /// The rules that were broken, by field.
    #[track_caller]
    pub(crate) fn broken_rules(self) -> Value {
        self.expect_problem(400, "VALIDATION_ERROR").json()["details"].clone()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }
}
