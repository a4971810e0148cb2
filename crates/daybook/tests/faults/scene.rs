//! Two nodes on a PostgreSQL and a NATS of their own, and hosts to be booked.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_event_store::MasterKeys;
use daybook_testkit::{Role, TestNats, TestPostgres};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::http::Http;
use crate::support::log::Log;
use crate::support::node::{Node, Serve};
use crate::support::people::Host;

const DATABASE: &str = "daybook";
/// Hosts; few enough that guests get in each other's way.
const HOSTS: usize = 10;

/// Everything that can be killed.
pub(crate) struct Scene {
    pub(crate) postgres: TestPostgres,
    pub(crate) nats: TestNats,
    pub(crate) serve: Serve,
    pub(crate) nodes: [Option<Node>; 2],
    pub(crate) doors: Doors,
    pub(crate) hosts: Vec<Host>,
    /// The ids of the meeting types: a short and a long one for each host.
    pub(crate) offers: Vec<String>,
}

/// Where the nodes can be found at the moment. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Doors(Arc<Mutex<[Http; 2]>>);

impl Doors {
    /// A node, up or not.
    pub(crate) fn get(&self, index: usize) -> Http {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index].clone()
    }

    fn set(&self, index: usize, http: Http) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[index] = http;
    }
}

impl Scene {
    /// Starts everything and registers hosts who can be met at any time.
    pub(crate) async fn set() -> Self {
        let (postgres, nats) = tokio::try_join!(TestPostgres::start(), TestNats::start()).unwrap();
        postgres.prepare_database(DATABASE).await.unwrap();
        let serve = Serve {
            database_url: postgres.url(DATABASE, Role::Application),
            nats_url: nats.service_url(),
            master_key: MasterKeys::generate("test").to_string(),
            rate_limit: false,
            more: Vec::new(),
        };
        let (one, other) = tokio::join!(serve.start(), serve.start());
        let doors = Doors(Arc::new(Mutex::new([one.http(), other.http()])));
        let (hosts, offers): (Vec<_>, Vec<_>) =
            join_all((0..HOSTS).map(|_| host(one.http()))).await.into_iter().unzip();
        let offers = offers.into_iter().flatten().collect();
        Self { postgres, nats, serve, nodes: [Some(one), Some(other)], doors, hosts, offers }
    }

    /// What stands in the database.
    pub(crate) fn log(&self) -> Log {
        Log::at(&self.serve.database_url)
    }

    /// Starts a node again where one was killed.
    pub(crate) async fn start_node(&mut self, index: usize) {
        let node = self.serve.launch().await;
        self.doors.set(index, node.http());
        self.nodes[index] = Some(node);
    }

    /// Waits until bookings could be made on every node.
    pub(crate) async fn until_ready(&mut self) {
        for node in self.nodes.iter_mut().flatten() {
            node.until_ready().await;
        }
    }
}

async fn host(http: Http) -> (Host, [String; 2]) {
    let host = Host::register(&http).await;
    let all_day = |day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"});
    let rules: Vec<Value> = (0..7).map(all_day).collect();
    host.http.put("/api/availability/rules", &json!({"rules": rules})).await.ok();
    let short = host.offer().await;
    let long = host.offer_with(&json!({"duration_minutes": 60})).await;
    (host, [short.id, long.id])
}
