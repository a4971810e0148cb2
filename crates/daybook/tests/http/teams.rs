//! Teams: made, changed and left by those who may; their pages and what they offer (B2).

use serde_json::{Value, json};
use uuid::Uuid;

use crate::shared;
use crate::support::http::Http;
use crate::support::people::{Host, Offer, meeting_type, unique};
use crate::support::times::{at, tuesday};

/// A team, as its owner sees it.
pub(crate) struct Team {
    pub(crate) owner: Host,
    pub(crate) id: String,
    pub(crate) slug: String,
}

impl Team {
    /// A team of these hosts; the first one owns it.
    pub(crate) async fn of(hosts: &[Host]) -> Self {
        let members: Vec<Value> = hosts.iter().map(|host| json!({"user_id": host.id})).collect();
        Self::with(&hosts[0], &json!(members)).await
    }

    pub(crate) async fn with(owner: &Host, members: &Value) -> Self {
        let slug = unique("team");
        let body = json!({"name": "Support", "slug": slug, "members": members});
        let created = owner.http.post("/api/teams", &body).await.created();
        Self { owner: owner.clone(), id: created["id"].as_str().unwrap().to_owned(), slug }
    }

    /// Offers a half-hour meeting of this kind.
    pub(crate) async fn offer(&self, kind: &str, differences: &Value) -> Offer {
        let mut terms = json!({"kind": kind, "team_id": self.id});
        for (name, value) in differences.as_object().unwrap() {
            terms[name] = value.clone();
        }
        self.owner.offer_with(&terms).await
    }

    pub(crate) fn path(&self) -> String {
        format!("/api/teams/{}", self.id)
    }
}

/// So many hosts in UTC.
pub(crate) async fn hosts(http: &Http, count: usize) -> Vec<Host> {
    let mut hosts = Vec::with_capacity(count);
    for _ in 0..count {
        hosts.push(Host::register(http).await);
    }
    hosts
}

fn member(host: &Host) -> Value {
    json!({"user_id": host.id, "weight": 1, "priority": 0, "is_active": true})
}

#[tokio::test]
async fn a_team_is_formed_changed_and_disbanded() {
    let http = shared().await.one.http();
    let people = hosts(&http, 3).await;
    let (owner, other) = (&people[0], &people[1]);
    let slug = unique("team");
    let created = owner.http.post("/api/teams", &json!({"name": "Support", "slug": slug})).await.created();
    let id = created["id"].as_str().unwrap();
    let alone = json!({"id": id, "name": "Support", "slug": slug, "owner_id": owner.id, "members": [member(owner)]});
    assert_eq!(created, alone);
    let path = format!("/api/teams/{id}");
    assert_eq!(owner.http.get(&path).await.ok(), alone);

    let renamed = unique("crew");
    let body = json!({
        "name": "Crew", "slug": renamed,
        "members": [{"user_id": other.id, "weight": 3, "priority": 7, "is_active": false}, {"user_id": owner.id}],
    });
    let replaced = owner.http.put(&path, &body).await.ok();
    assert_eq!((&replaced["name"], &replaced["slug"]), (&json!("Crew"), &json!(renamed)));
    assert_eq!(
        replaced["members"],
        json!([{"user_id": other.id, "weight": 3, "priority": 7, "is_active": false}, member(owner)])
    );
    assert_eq!(other.http.get("/api/teams").await.ok()["items"], json!([replaced]));
    assert_eq!(owner.http.get("/api/teams").await.ok()["items"], json!([replaced]));
    // The old place is free again.
    people[2].http.post("/api/teams", &json!({"name": "Support", "slug": slug})).await.created();

    owner.http.delete(&path).await.nothing();
    for host in [owner, other] {
        host.http.get(&path).await.problem(404, "NOT_FOUND");
        assert_eq!(host.http.get("/api/teams").await.ok()["items"], json!([]));
    }
    owner.http.delete(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn members_come_change_and_go() {
    let http = shared().await.one.http();
    let people = hosts(&http, 3).await;
    let team = Team::of(&people[..1]).await;
    let (owner, other, third) = (&people[0], &people[1], &people[2]);
    let members = format!("{}/members", team.path());
    let added = owner.http.post(&members, &json!({"user_id": other.id, "weight": 2})).await.created();
    assert_eq!(added, json!({"user_id": other.id, "weight": 2, "priority": 0, "is_active": true}));
    owner.http.post(&members, &json!({"user_id": other.id})).await.invalid("user_id");
    owner.http.post(&members, &json!({"user_id": Uuid::now_v7()})).await.invalid("user_id");
    owner.http.post(&members, &json!({"user_id": third.id, "weight": 0})).await.invalid("members");

    let path = format!("{members}/{}", other.id);
    let changed = owner.http.put(&path, &json!({"priority": 9, "is_active": false})).await.ok();
    assert_eq!(changed, json!({"user_id": other.id, "weight": 1, "priority": 9, "is_active": false}));
    let listed = other.http.get(&members).await.ok();
    assert_eq!(listed, json!({"items": [member(owner), changed], "next_cursor": null}));
    owner.http.put(&format!("{members}/{}", third.id), &json!({})).await.problem(404, "NOT_FOUND");

    other.http.delete(&format!("{members}/{}", owner.id)).await.problem(403, "FORBIDDEN");
    other.http.delete(&path).await.nothing();
    other.http.get(&team.path()).await.problem(404, "NOT_FOUND");
    owner.http.delete(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_team_shows_itself_to_its_members_and_obeys_its_owner() {
    let http = shared().await.one.http();
    let people = hosts(&http, 3).await;
    let team = Team::of(&people[..2]).await;
    let (inside, outside) = (&people[1], &people[2]);
    inside.http.get(&team.path()).await.ok();
    inside.http.put(&team.path(), &json!({"name": "Mine"})).await.problem(403, "FORBIDDEN");
    inside.http.delete(&team.path()).await.problem(403, "FORBIDDEN");
    let offer = meeting_type(&json!({"kind": "collective", "team_id": team.id}));
    inside.http.post("/api/meeting-types", &offer).await.problem(403, "FORBIDDEN");
    for path in [team.path(), format!("{}/members", team.path()), format!("{}/fairness", team.path())] {
        outside.http.get(&path).await.problem(404, "NOT_FOUND");
        http.get(&path).await.problem(401, "UNAUTHENTICATED");
    }
    outside.http.post("/api/meeting-types", &offer).await.problem(404, "NOT_FOUND");
    outside.http.get(&format!("/api/meeting-types?team_id={}", team.id)).await.problem(404, "NOT_FOUND");
    // A host is no team, and a team no host.
    inside.http.get(&format!("/api/teams/{}", inside.id)).await.problem(404, "NOT_FOUND");
    http.get(&format!("/api/users/{}", team.id)).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn hosts_and_teams_share_the_places_of_booking_urls() {
    let http = shared().await.one.http();
    let people = hosts(&http, 2).await;
    let team = Team::of(&people).await;
    let named = |slug: &str| json!({"name": "Support", "slug": slug});
    people[1].http.post("/api/teams", &named(&team.slug)).await.problem(409, "SLUG_TAKEN");
    people[1].http.post("/api/teams", &named(&people[0].username)).await.problem(409, "SLUG_TAKEN");
    let taken = people[1].http.patch("/api/users/me", &json!({"username": team.slug})).await;
    taken.problem(409, "USERNAME_TAKEN");
    for slug in ["users", "ab", "Two Words", "a--b", "x\u{0}y"] {
        people[1].http.post("/api/teams", &named(slug)).await.invalid("slug");
    }
}

#[tokio::test]
async fn a_team_s_page_shows_what_it_offers() {
    let http = shared().await.one.http();
    let people = hosts(&http, 2).await;
    let team = Team::of(&people).await;
    let slug = unique("intro");
    let offer = team.offer("round_robin", &json!({"slug": slug, "strategy": "priority"})).await;
    let page = http.get(&format!("/api/{}/{slug}", team.slug)).await.ok();
    assert_eq!(page["id"], json!(offer.id));
    assert_eq!((&page["team_id"], &page["host_id"]), (&json!(team.id), &json!(team.id)));
    assert_eq!((&page["kind"], &page["strategy"]), (&json!("round_robin"), &json!("priority")));
    assert_eq!(page["host"], json!({"id": team.id, "name": "Support", "username": team.slug, "time_zone": "UTC"}));
    http.get(&format!("/api/{}/{slug}", people[0].username)).await.problem(404, "NOT_FOUND");

    // It is the team's, not the members' own.
    let of_team = people[1].http.get(&format!("/api/meeting-types?team_id={}", team.id)).await.ok();
    assert_eq!(of_team["items"][0]["id"], json!(offer.id));
    assert_eq!(people[1].http.get("/api/meeting-types").await.ok()["items"], json!([]));
    let profile = http.get(&format!("/api/users/{}", people[1].username)).await.ok();
    assert_eq!(profile["meeting_types"], json!([]));
    let path = format!("/api/meeting-types/{}", offer.id);
    people[1].http.delete(&path).await.problem(404, "NOT_FOUND");
    let changed = meeting_type(&json!({"kind": "round_robin", "slug": slug, "duration_minutes": 45}));
    let replaced = people[0].http.put(&path, &changed).await.ok();
    assert_eq!((&replaced["duration_minutes"], &replaced["team_id"]), (&json!(45), &json!(team.id)));
    people[0].http.delete(&path).await.nothing();
    http.get(&path).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn what_a_team_offers_keeps_its_rules() {
    let http = shared().await.one.http();
    let people = hosts(&http, 2).await;
    let team = Team::of(&people).await;
    let owner = &people[0];
    for (field, differences) in [
        ("kind", json!({"kind": "one_on_one", "team_id": team.id})),
        ("kind", json!({"kind": "group", "capacity": 5, "team_id": team.id})),
        ("kind", json!({"kind": "collective"})),
        ("capacity", json!({"kind": "collective", "capacity": 2, "team_id": team.id})),
        ("strategy", json!({"kind": "collective", "strategy": "priority", "team_id": team.id})),
        ("strategy", json!({"kind": "round_robin", "strategy": "luck", "team_id": team.id})),
        ("team_id", json!({"kind": "collective", "team_id": "support"})),
    ] {
        owner.http.post("/api/meeting-types", &meeting_type(&differences)).await.invalid(field);
    }
    let offer = team.offer("collective", &json!({})).await;
    let mut elsewhere = meeting_type(&json!({"kind": "collective"}));
    elsewhere["team_id"] = json!(Uuid::now_v7());
    owner.http.put(&format!("/api/meeting-types/{}", offer.id), &elsewhere).await.invalid("team_id");
    for (field, body) in [
        ("name", json!({"slug": "support"})),
        ("members", json!({"name": "S", "slug": unique("t"), "members": [member(owner), member(owner)]})),
        ("members", json!({"name": "S", "slug": unique("t"), "members": [{"user_id": owner.id, "weight": 101}]})),
        ("members[0].user_id", json!({"name": "S", "slug": unique("t"), "members": [{"user_id": Uuid::now_v7()}]})),
        ("members[0].shoe", json!({"name": "S", "slug": unique("t"), "members": [{"user_id": owner.id, "shoe": 1}]})),
        ("colour", json!({"name": "S", "slug": unique("t"), "colour": "red"})),
    ] {
        owner.http.post("/api/teams", &body).await.invalid(field);
    }
}

#[tokio::test]
async fn a_team_of_nobody_who_is_active_offers_nothing() {
    let http = shared().await.one.http();
    let people = hosts(&http, 2).await;
    let idle: Vec<Value> = people.iter().map(|host| json!({"user_id": host.id, "is_active": false})).collect();
    let team = Team::with(&people[0], &json!(idle)).await;
    for kind in ["collective", "round_robin"] {
        let offer = team.offer(kind, &json!({})).await;
        assert!(offer.slots(tuesday()).await.is_empty());
        let start = at(tuesday(), "09:00");
        assert_eq!(offer.check(&start).await, json!({"available": false, "alternative_slots": []}));
        let problem = offer.request(&start).await.problem(422, "MEETING_TYPE_INACTIVE");
        assert!(problem["detail"].as_str().unwrap().contains("nobody in the team"), "{problem}");
    }
}
