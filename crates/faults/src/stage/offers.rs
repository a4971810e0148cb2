//! Hosts, teams, and what they offer.

use daybook_black_box::http::Http;
use daybook_black_box::people::{Host, unique};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::history::Offered;

/// Hosts; few enough that guests get in each other's way.
const HOSTS: usize = 10;
/// Teams. Each shares a member with the next, and the last one with the first.
const TEAMS: usize = 5;
/// Members of each.
const MEMBERS: usize = 3;
/// Seats of a group session.
const SEATS: usize = 3;

/// A host who looks at their bookings.
#[derive(Clone, Debug)]
pub(crate) struct HostAtWork {
    /// They talk to a node, logged in.
    pub(crate) http: Http,
    /// Their id.
    pub(crate) id: String,
}

/// A short, a long and a group meeting of each host, then a collective and a round-robin one of each team.
pub(super) async fn make(http: &Http) -> (Vec<HostAtWork>, Vec<Offered>) {
    let (hosts, offers): (Vec<_>, Vec<_>) = join_all((0..HOSTS).map(|_| host(http.clone()))).await.into_iter().unzip();
    let mut offers: Vec<_> = offers.into_iter().flatten().collect();
    for first in 0..TEAMS {
        let members = std::array::from_fn(|member| &hosts[(first * (MEMBERS - 1) + member) % HOSTS]);
        offers.extend(team(members).await);
    }
    (hosts.into_iter().map(|host| HostAtWork { http: host.http, id: host.id }).collect(), offers)
}

async fn host(http: Http) -> (Host, Vec<Offered>) {
    let host = Host::register(&http).await;
    let all_day = |day| json!({"day_of_week": day, "start_time": "00:00", "end_time": "24:00"});
    let rules: Vec<Value> = (0..7).map(all_day).collect();
    host.http.put("/api/availability/rules", &json!({"rules": rules})).await.ok();
    let mut offers = Vec::new();
    for (minutes, capacity) in [(30, 1), (60, 1), (30, SEATS)] {
        let terms = if capacity > 1 {
            json!({"kind": "group", "capacity": capacity, "duration_minutes": minutes})
        } else {
            json!({"duration_minutes": minutes})
        };
        let id = host.offer_with(&terms).await.id;
        offers.push(Offered { id, hosts: vec![host.id.clone()], takes: 1, minutes, capacity });
    }
    (host, offers)
}

async fn team(hosts: [&Host; MEMBERS]) -> [Offered; 2] {
    let (owner, ids) = (hosts[0], hosts.map(|host| host.id.clone()));
    let members: Vec<Value> = ids.iter().map(|id| json!({"user_id": id})).collect();
    let body = json!({"name": "Support", "slug": unique("team"), "members": members});
    let team = owner.http.post("/api/teams", &body).await.created();
    let offer = async |kind, takes| {
        let offer = owner.offer_with(&json!({"kind": kind, "team_id": team["id"]})).await;
        Offered { id: offer.id, hosts: ids.to_vec(), takes, minutes: 30, capacity: 1 }
    };
    [offer("collective", MEMBERS).await, offer("round_robin", 1).await]
}
