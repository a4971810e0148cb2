//! HTTP itself: methods, media types, sizes, headers (A3).

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::shared;
use crate::support::people::{Host, booking};
use crate::support::reply::Reply;
use crate::support::times::{at, tuesday};

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    for (path, status) in [
        (format!("/api/meeting-types/{}", offer.id), 200),
        (format!("/api/availability?meeting_type_id={}&start_date={d}&end_date={d}", offer.id, d = tuesday()), 200),
        ("/health/live".to_owned(), 200),
        ("/api/openapi.json".to_owned(), 200),
        (format!("/api/meeting-types/{}", Uuid::now_v7()), 404),
        ("/api/bookings".to_owned(), 401),
        ("/nowhere".to_owned(), 404),
    ] {
        let (get, head) = (http.get(&path).await, http.call(Method::HEAD, &path).await);
        assert_eq!((get.status, head.status), (status, status), "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
        assert_eq!(get.header("content-type"), head.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn a_path_that_is_none_is_not_found() {
    let http = shared().await.one.http();
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/nothing",
        "/api/a/b/c",
        "/api/bookings/",
        "//api/bookings",
        "/api/users/%00",
        "/%ff",
        "/metrics",
    ] {
        http.get(path).await.problem(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_is_refused_with_those_that_it_knows() {
    let http = shared().await.one.http();
    for (method, path, allowed) in [
        (Method::PUT, "/api/users", "POST"),
        (Method::POST, "/api/availability", "GET,HEAD"),
        (Method::DELETE, "/api/auth/login", "POST"),
        (Method::PATCH, "/health", "GET,HEAD"),
        (Method::TRACE, "/api/bookings", "GET,HEAD,POST"),
    ] {
        let reply = http.call(method, path).await;
        reply.problem(405, "METHOD_NOT_ALLOWED");
        let mut found: Vec<&str> = reply.header("allow").unwrap().split(',').map(str::trim).collect();
        found.sort_unstable();
        assert_eq!(found.join(","), allowed, "{path}");
    }
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let asked = booking(&offer.id, &at(tuesday(), "09:00")).to_string();
    let send = |media_type: &str| http.call(Method::POST, "/api/bookings").raw(media_type, asked.clone());
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "json",
        "",
    ] {
        send(media_type).await.problem(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let unsaid = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}api/bookings", http.base()))
        .body(asked.clone());
    assert_eq!(unsaid.send().await.unwrap().status(), 415);
    send("Application/JSON; charset=utf-8").await.created();
}

#[tokio::test]
async fn a_body_has_at_most_64_kibibytes() {
    let http = shared().await.one.http();
    let offer = Host::register(&http).await.offer().await;
    let asked = booking(&offer.id, &at(tuesday(), "09:00")).to_string();
    let padded = |length: usize| format!("{asked}{}", " ".repeat(length - asked.len()));
    let send = |body: String| http.call(Method::POST, "/api/bookings").raw("application/json", body);
    send(padded(64 * 1024 + 1)).await.problem(413, "PAYLOAD_TOO_LARGE");
    send(padded(1024 * 1024)).await.problem(413, "PAYLOAD_TOO_LARGE");
    // Without a length that says so beforehand.
    let chunks = (0..100).map(|_| Ok::<_, std::io::Error>(" ".repeat(1024)));
    let streamed = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
    http.call(Method::POST, "/api/bookings").raw("application/json", streamed).await.problem(413, "PAYLOAD_TOO_LARGE");
    send(padded(64 * 1024)).await.created();
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let replies: Vec<Reply> = vec![
        http.get(&format!("/api/meeting-types/{}", offer.id)).await,
        http.get("/api/bookings").await,
        http.get("/nowhere").await,
        http.call(Method::PUT, "/api/users").await,
        http.get("/health/ready").await,
        http.get("/api/openapi.json").await,
        offer.request(&at(tuesday(), "09:00")).await,
        host.http.post("/api/auth/logout", &json!({})).await,
    ];
    for reply in replies {
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{reply}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{reply}");
        assert_eq!(reply.header("x-frame-options"), Some("DENY"), "{reply}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(reply.header("strict-transport-security").is_some(), "{reply}");
        assert!(reply.header("server").is_none() && reply.header("x-powered-by").is_none(), "{reply}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_read_what_guests_read_and_nothing_else() {
    let http = shared().await.one.http();
    let host = Host::register(&http).await;
    let offer = host.offer().await;
    let day = tuesday();
    let origin = |reply: &Reply| reply.header("access-control-allow-origin").map(str::to_owned);
    let open = [
        format!("/api/availability?meeting_type_id={}&start_date={day}&end_date={day}", offer.id),
        format!("/api/availability/slots?meeting_type_id={}&date={day}", offer.id),
        format!("/api/availability/check?meeting_type_id={}&start_time={}", offer.id, at(day, "09:00")),
        format!("/api/meeting-types/{}", offer.id),
        format!("/api/users/{}", host.username),
    ];
    let preflight = |path: &str, method: &str| {
        let call = http.call(Method::OPTIONS, path).header("origin", "https://shop.example");
        call.header("access-control-request-method", method)
    };
    for path in &open {
        let reply = http.get(path).header("origin", "https://shop.example").await;
        assert_eq!((reply.status, origin(&reply).as_deref()), (200, Some("*")), "{reply}");
        assert!(reply.header("access-control-allow-credentials").is_none(), "{reply}");
        let reply = preflight(path, "GET").await;
        assert_eq!((reply.status, origin(&reply).as_deref()), (204, Some("*")), "{reply}");
    }
    for path in ["/api/bookings", "/api/auth/me", "/api/users", "/api/calendar/history", "/api/schedules"] {
        let reply = host.http.get(path).header("origin", "https://shop.example").await;
        assert_eq!(origin(&reply), None, "{reply}");
        assert_eq!(origin(&preflight(path, "POST").await), None, "{path}");
    }
    let put = http.put(&open[3], &json!({})).header("origin", "https://shop.example").await;
    assert_eq!(origin(&put), None, "reading only: {put}");
}

#[tokio::test]
async fn a_request_can_be_followed_by_its_id() {
    let http = shared().await.one.http();
    let own = Uuid::now_v7().to_string();
    let reply = http.get("/api/bookings").header("x-request-id", &own).await;
    assert_eq!(reply.header("x-request-id"), Some(own.as_str()));
    assert_eq!(reply.problem(401, "UNAUTHENTICATED")["request_id"], own);
    for other in ["1", "x\u{9}y", &"a".repeat(1000)] {
        let reply = http.get("/health/live").header("x-request-id", other).await;
        assert!(Uuid::parse_str(reply.header("x-request-id").unwrap()).is_ok(), "{reply}");
    }
}
