//! The routes over a real database, with a host, a meeting type and a booking to ask about.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Uri, header};
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
use daybook_api::state::{Api, Parts};
use daybook_api::users::Profiles;
use daybook_event_store::{
    CalendarStore, Codec, Directory, EventStoreMetrics, Feed, History, Idempotency, MasterKeys, StoreOptions, Wakeups,
};
use daybook_projections::ReadModels;
use daybook_testkit::TestDatabase;
use prometheus::Registry;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::routes::{Answer, RUNTIME, Routes, routes, send};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A node without projectors: calendars are answered from the log.
pub(crate) struct World {
    routes: Routes,
    codec: Codec,
    database: TestDatabase,
    /// What inputs may name, such as `{booking}`.
    names: Mutex<HashMap<&'static str, String>>,
}

impl World {
    /// The one world of this process.
    pub(crate) fn get() -> &'static Self {
        &WORLD
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.database.pool()
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec.clone()
    }

    fn new() -> Self {
        let _inside = RUNTIME.enter();
        let database = RUNTIME.block_on(TestDatabase::create()).expect("a database");
        let (pool, token, tasks) = (database.pool(), CancellationToken::new(), TaskTracker::new());
        let registry = Registry::new();
        let counted = EventStoreMetrics::register(&registry).expect("counters");
        let keys: MasterKeys = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().expect("keys");
        let options = StoreOptions::default();
        let store = CalendarStore::start(pool.clone(), keys.clone(), options, counted.clone(), &token, &tasks);
        let codec = store.codec().clone();
        let wakeups = Wakeups::listen(pool.clone(), token.clone(), &tasks);
        let api = Api::new(Parts {
            accounts: Accounts::new(pool.clone()),
            store,
            history: History::new(pool.clone()),
            events: EventStreams::start(Feed::new(pool.clone()), wakeups, token.clone(), &tasks),
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
            metrics: Metrics::register(&registry, &counted, Lags::default()).expect("counters"),
            metrics_are_public: true,
            health: Health::new(Vec::new(), token),
            secure_cookies: true,
            clock: clock(),
            public_url: "https://book.example.org".parse().expect("an address"),
        });
        let world = Self { routes: routes(Front::new(api)), codec, database, names: Mutex::new(HashMap::new()) };
        world.mend();
        world
    }

    /// The input with `{booking}`, `{key}` and the like replaced by what they stand for.
    pub(crate) fn fill(&self, input: &[u8]) -> Vec<u8> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut filled = Vec::with_capacity(input.len());
        let mut rest = input;
        while let Some(brace) = rest.iter().position(|byte| *byte == b'{') {
            filled.extend_from_slice(&rest[..brace]);
            rest = &rest[brace + 1..];
            let end = rest.iter().position(|byte| *byte == b'}').unwrap_or_default();
            match std::str::from_utf8(&rest[..end]).ok().and_then(|name| names.get(name)) {
                Some(meant) => {
                    filled.extend_from_slice(meant.as_bytes());
                    rest = &rest[end + 1..];
                }
                None => filled.push(b'{'),
            }
        }
        filled.extend_from_slice(rest);
        filled
    }

    /// Sends a request as somebody on the network does.
    pub(crate) fn send(&self, method: Method, target: Uri, headers: HeaderMap, body: Vec<u8>) -> Answer {
        let peer: SocketAddr = ([192, 0, 2, 1], 4711).into();
        let request = Request::builder().method(method).uri(target).extension(ConnectInfo(peer)).body(Body::from(body));
        let mut request = request.expect("a method and an address make a request");
        *request.headers_mut() = headers;
        send(&self.routes, request)
    }

    /// After something has changed: makes a meeting type and a booking to ask about, of a new host if the last one is gone.
    pub(crate) fn mend(&self) {
        if !self.is_equipped() {
            self.register();
            assert!(self.is_equipped(), "a new host offers a meeting");
        }
    }

    fn register(&self) {
        let name = format!("u{}", uuid::Uuid::now_v7().simple());
        let registration = json!({
            "email": format!("{name}@example.org"), "password": "correct horse battery", "name": "Ada Lovelace",
            "username": name, "time_zone": "Europe/London",
        });
        let user = self.ask("POST", "/api/users", &[], Some(registration)).expect("an account");
        let log_in = json!({ "email": user["email"], "password": "correct horse battery" });
        let answer = self.request("POST", "/api/auth/login", &[], Some(log_in));
        let cookie = answer.headers["set-cookie"].to_str().ok().and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.expect("a session").to_owned();
        let key = json!({ "name": "fuzz" });
        let key = self.ask("POST", "/api/api-keys", &[("cookie", &cookie)], Some(key)).expect("a key");
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert("user", text(&user["username"]));
        names.insert("host", text(&user["id"]));
        names.insert("cookie", cookie);
        names.insert("key", text(&key["secret"]));
    }

    /// Makes a meeting type and a booking; `None` if the host cannot.
    fn is_equipped(&self) -> bool {
        self.equip().is_some()
    }

    fn equip(&self) -> Option<()> {
        let key = self.names.lock().unwrap_or_else(PoisonError::into_inner).get("key").cloned()?;
        let bearer = format!("Bearer {key}");
        let host = [("authorization", bearer.as_str())];
        let slug = uuid::Uuid::now_v7().to_string();
        let offer = json!({ "name": "Intro", "slug": slug, "duration_minutes": 30 });
        let meeting_type = text(&self.ask("POST", "/api/meeting-types", &host, Some(offer))?["id"]);
        let range = format!("meeting_type_id={meeting_type}&start_date=2027-01-04&end_date=2027-02-01");
        let offered = self.ask("GET", &format!("/api/availability?{range}"), &[], None)?;
        let day = offered["slots"].as_object()?.values().next_back()?.as_array()?;
        let booking = json!({
            "meeting_type_id": meeting_type, "start_time": day.last()?["start_time"], "invitee_name": "Bob",
            "invitee_email": "bob@example.org", "invitee_timezone": "Europe/Berlin",
        });
        let booked = self.ask("POST", "/api/bookings", &[], Some(booking))?;
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert("slot", text(&day.first()?["start_time"]));
        names.insert("slug", slug);
        names.insert("type", meeting_type);
        names.insert("booking", text(&booked["booking"]["id"]));
        names.insert("token", text(&booked["manage_token"]));
        Some(())
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&'static str, &str)], body: Option<Value>) -> Option<Value> {
        let answer = self.request(method, path, headers, body);
        answer.status.is_success().then(|| serde_json::from_slice(&answer.body).ok()).flatten()
    }

    fn request(&self, method: &str, path: &str, headers: &[(&'static str, &str)], body: Option<Value>) -> Answer {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, value.parse().expect("a header"));
        }
        if body.is_some() {
            all.insert(header::CONTENT_TYPE, "application/json".parse().expect("a media type"));
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(method.parse().expect("a method"), path.parse().expect("a path"), all, body)
    }
}

/// A clock that goes as clocks do, but starts at noon of a Monday, so that the dates in the inputs stay ahead of it.
fn clock() -> Clock {
    let begun = Instant::now();
    let noon: DateTime<Utc> = "2027-01-04T12:00:00Z".parse().expect("an instant");
    Clock::reading(move || noon + begun.elapsed())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
