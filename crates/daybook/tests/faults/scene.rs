//! Two nodes on a PostgreSQL and a NATS of their own, and hosts and teams to be booked.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_event_store::MasterKeys;
use daybook_testkit::{Role, TestNats, TestPostgres};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::http::Http;
use crate::support::log::Log;
use crate::support::node::{Node, Serve};
use crate::support::people::{Host, unique};

const DATABASE: &str = "daybook";
/// Hosts; few enough that guests get in each other's way.
const HOSTS: usize = 10;
/// Teams. Each shares a member with the next, and the last one with the first.
const TEAMS: usize = 5;
/// Members of each.
const MEMBERS: usize = 3;

/// Everything that can be killed.
pub(crate) struct Scene {
    pub(crate) postgres: TestPostgres,
    pub(crate) nats: TestNats,
    pub(crate) serve: Serve,
    pub(crate) nodes: [Option<Node>; 2],
    pub(crate) doors: Doors,
    /// A short and a long meeting type of each host, then a collective and a round-robin one of each team.
    pub(crate) offers: Vec<Offered>,
}

/// A meeting type, and whose time it takes.
#[derive(Clone)]
pub(crate) struct Offered {
    pub(crate) id: String,
    /// Who may be booked.
    pub(crate) hosts: Vec<String>,
    /// How many of them each booking takes.
    pub(crate) takes: usize,
}

impl Offered {
    /// Whether a booking stands in several calendars.
    pub(crate) const fn is_collective(&self) -> bool {
        self.takes > 1
    }
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
    /// Starts everything, registers hosts who can be met at any time, and forms teams of them.
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
        let mut offers: Vec<_> = offers.into_iter().flatten().collect();
        for first in 0..TEAMS {
            let members = std::array::from_fn(|member| &hosts[(first * (MEMBERS - 1) + member) % HOSTS]);
            offers.extend(team(members).await);
        }
        Self { postgres, nats, serve, nodes: [Some(one), Some(other)], doors, offers }
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

async fn host(http: Http) -> (Host, [Offered; 2]) {
    let host = Host::register(&http).await;
    let all_day = |day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"});
    let rules: Vec<Value> = (0..7).map(all_day).collect();
    host.http.put("/api/availability/rules", &json!({"rules": rules})).await.ok();
    let short = host.offer().await;
    let long = host.offer_with(&json!({"duration_minutes": 60})).await;
    let offers = [short, long].map(|offer| Offered { id: offer.id, hosts: vec![host.id.clone()], takes: 1 });
    (host, offers)
}

async fn team(hosts: [&Host; MEMBERS]) -> [Offered; 2] {
    let (owner, ids) = (hosts[0], hosts.map(|host| host.id.clone()));
    let members: Vec<Value> = ids.iter().map(|id| json!({"user_id": id})).collect();
    let body = json!({"name": "Support", "slug": unique("team"), "members": members});
    let team = owner.http.post("/api/teams", &body).await.created();
    let offer = async |kind, takes| {
        let offer = owner.offer_with(&json!({"kind": kind, "team_id": team["id"]})).await;
        Offered { id: offer.id, hosts: ids.to_vec(), takes }
    };
    [offer("collective", MEMBERS).await, offer("round_robin", 1).await]
}
