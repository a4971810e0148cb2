//! Headers.

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::middleware::from_fn;
use axum::routing::get;
use daybook_api::auth::{cookie, origin};
use daybook_api::middleware::edge::edge;
use daybook_api::middleware::limits::{Client, TrustedProxies};
use url::Url;
use uuid::Uuid;

use crate::problem::judge;
use crate::routes::{Routes, routes, send};

static ROUTES: LazyLock<Routes> =
    LazyLock::new(|| routes(Router::new().route("/", get(|| async { StatusCode::NO_CONTENT })).layer(from_fn(edge))));
static PUBLIC_URL: LazyLock<Url> = LazyLock::new(|| "https://book.example.org".parse().expect("an address"));

/// Lines of `<name>: <value>`.
///
/// A client that nobody vouches for is whoever the connection says. A request goes by the id that it brings, or by that of
/// its trace. A session has one spelling.
pub fn headers(input: &[u8]) {
    let Some(headers) = read(input) else { return };
    clients(&headers);
    if let Some(session) = cookie::session(&headers) {
        let token = session.expose();
        let sent = headers.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
        assert!(sent.into_iter().any(|line| line.contains(&format!("daybook_session={}", *token))));
        assert!(cookie::set(&session, true).is_some());
    }
    assert!(origin::check(&Method::GET, &headers, &PUBLIC_URL).is_ok(), "reading is nobody's to forbid");
    let may_write = origin::check(&Method::POST, &headers, &PUBLIC_URL).is_ok();
    let origin = headers.get("origin");
    let is_ours = origin.is_none_or(|origin| origin == "https://book.example.org");
    let names_host = origin.and_then(|origin| origin.to_str().ok()).and_then(|origin| Url::parse(origin).ok());
    assert!(may_write || !is_ours, "our own pages may write");
    assert!(!may_write || is_ours || names_host.is_some(), "an origin that is no address may write");
    request_id(&headers);
}

/// The headers, if each line is one. HTTP itself keeps everything else out.
pub(crate) fn read(input: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        headers.append(name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?);
    }
    Some(headers)
}

fn clients(headers: &HeaderMap) {
    let client = |peer: &str, trusted: &TrustedProxies| {
        let mut extensions = Extensions::new();
        let peer: IpAddr = peer.parse().expect("an address");
        extensions.insert(ConnectInfo(SocketAddr::new(peer, 4711)));
        Client::of(headers, &extensions, trusted)
    };
    let alone = |peer: &str| {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().expect("an address"), 4711)));
        Client::of(&HeaderMap::new(), &extensions, &TrustedProxies::default())
    };
    let trusted: TrustedProxies = "10.0.0.0/8, fd00::/8".parse().expect("networks");
    for stranger in ["203.0.113.9", "2001:db8::9", "11.0.0.1"] {
        assert_eq!(client(stranger, &trusted), alone(stranger), "a stranger is who they are");
    }
    for proxy in ["10.1.2.3", "fd00::1", "::ffff:10.1.2.3"] {
        let behind = client(proxy, &trusted);
        assert_eq!(behind.network().network(), behind.network());
        assert_eq!(client(proxy, &TrustedProxies::default()), alone(proxy), "nobody is trusted by default");
        if !headers.contains_key("x-forwarded-for") {
            assert_eq!(behind, alone(proxy), "a proxy that names nobody counts itself");
        }
    }
}

fn request_id(headers: &HeaderMap) {
    let Ok(mut request) = Request::get("/").body(Body::empty()) else { return };
    request.headers_mut().clone_from(headers);
    let answer = send(&ROUTES, request);
    judge(&answer);
    let answered = answer.headers["x-request-id"].to_str().ok().and_then(|id| Uuid::try_parse(id).ok());
    if let Some(given) = headers.get("x-request-id").and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok()) {
        assert_eq!(answered, Some(given), "the caller's own id");
    }
}
