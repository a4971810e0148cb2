//! Lists come in pages that together are the list; bookings can be filtered.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::shared;
use crate::support::http::Http;
use crate::support::people::{Host, booking, unique};
use crate::support::times::{at, later, tuesday};

/// Reads a list in pages of two and as a whole; the two must agree.
async fn paged(http: &Http, path: &str) -> Vec<Value> {
    let join = |parameters: &str| format!("{path}{}{parameters}", if path.contains('?') { '&' } else { '?' });
    let whole = http.get(&join("limit=100")).await.ok();
    assert_eq!(whole["next_cursor"], Value::Null);
    assert_eq!(whole.as_object().unwrap().len(), 2, "a page is its items and a cursor: {whole}");
    let all = whole["items"].as_array().unwrap().clone();
    let mut items = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = http.get(&join(&query)).await.ok();
        let found = page["items"].as_array().unwrap();
        items.extend(found.iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        assert_eq!(found.len(), 2, "only the last page is short: {path}");
        assert!(items.len() < all.len(), "the last page has no cursor: {path}");
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(items, all, "{path}");
    http.get(&join("limit=0")).await.invalid("limit");
    http.get(&join("limit=101")).await.invalid("limit");
    http.get(&join("limit=two")).await.invalid("limit");
    http.get(&join("cursor=nonsense%00")).await.invalid("cursor");
    all
}

#[tokio::test]
async fn every_list_comes_in_pages() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let day = tuesday();
    let offer = host.offer().await;
    for n in 0..4 {
        host.offer().await;
        host.http.post("/api/schedules", &json!({"name": format!("Schedule {n}")})).await.created();
        host.http.post("/api/api-keys", &json!({"name": format!("Key {n}")})).await.created();
        let date = later(day, n);
        host.http
            .put(
                &format!("/api/availability/overrides/{date}"),
                &json!({"windows": [{"start_time": "09:00", "end_time": "17:00"}]}),
            )
            .await
            .ok();
        // The same start for two of them: the cursor must tell them apart.
        offer.book(&at(date, "09:00")).await;
    }
    offer.book(&at(day, "11:00")).await.cancel().await.ok();
    offer.book(&at(day, "11:00")).await;

    assert_eq!(paged(&host.http, "/api/meeting-types").await.len(), 5);
    assert_eq!(paged(&host.http, "/api/schedules").await.len(), 5);
    assert_eq!(paged(&host.http, "/api/availability/overrides").await.len(), 4);
    let keys = paged(&host.http, "/api/api-keys").await;
    assert_eq!(
        keys.iter().map(|key| key["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Key 3", "Key 2", "Key 1", "Key 0"]
    );
    let bookings = paged(&host.http, "/api/bookings").await;
    assert_eq!(bookings.len(), 6);
    assert!(bookings.is_sorted_by_key(|booking| booking["start_time"].as_str().unwrap().to_owned()), "earliest first");
    assert_eq!(paged(&host.http, &format!("/api/users/{}/bookings", host.id)).await, bookings);
    let history = paged(&host.http, "/api/calendar/history").await;
    assert_eq!(
        history.iter().map(|event| event["version"].as_u64().unwrap()).collect::<Vec<_>>(),
        (1..=history.len() as u64).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn bookings_are_found_by_what_is_known_of_them() {
    let shared = shared().await;
    let http = shared.one.http();
    let host = Host::register(&http).await;
    let (offer, other) = (host.offer().await, host.offer().await);
    let day = tuesday();
    let name = format!("Élodie {}", unique("guest"));
    let mut asked = booking(&offer.id, &at(day, "09:00"));
    asked["invitee_name"] = json!(name);
    let elodie = http.post("/api/bookings", &asked).await.created()["booking"].clone();
    let email = asked["invitee_email"].as_str().unwrap();
    let late = other.book(&at(day, "16:00")).await.answer["booking"].clone();
    let cancelled = offer.book(&at(day, "12:00")).await.cancel().await.ok();

    let found = async |query: &str| {
        host.http.get(&format!("/api/bookings?{query}")).await.ok()["items"].as_array().unwrap().clone()
    };
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let all = [elodie.clone(), cancelled.clone(), late.clone()];
    assert_eq!(found("").await, all);
    assert_eq!(found("status=confirmed").await, [elodie.clone(), late.clone()]);
    assert_eq!(found("status=cancelled").await, from_ref(&cancelled));
    assert!(found("status=completed").await.is_empty());
    assert_eq!(found(&format!("from={}", at(day, "12:00"))).await, [cancelled.clone(), late.clone()]);
    assert_eq!(found(&format!("to={}", at(day, "12:00"))).await, from_ref(&elodie));
    assert_eq!(found(&format!("from={}&to={}", at(day, "12:00"), at(day, "16:00"))).await, [cancelled]);
    assert_eq!(found(&format!("meeting_type_id={}", other.id)).await, [late]);
    for text in [name.to_uppercase(), email[..8].to_owned(), name[4..].to_owned()] {
        let query = format!("q={}", encoded(&text));
        assert!(found(&query).await.contains(&elodie), "{text}");
    }
    assert_eq!(found(&format!("q={}", encoded(&name))).await, [elodie]);
    assert!(found("q=%25").await.is_empty(), "a search has no wild cards");
    assert!(found("q=_______").await.is_empty());

    let nobody = Host::register(&http).await;
    assert_eq!(nobody.http.get("/api/bookings").await.ok(), json!({"items": [], "next_cursor": null}));
}
