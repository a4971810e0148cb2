//! Requests in, answers out, without a network between.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use tokio::runtime::{Builder, Runtime};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

/// Whatever answers requests.
pub(crate) type Routes = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Drives everything that waits. One thread, so that an input always takes the same way.
pub(crate) static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Puts a service behind the common type.
pub(crate) fn routes<S>(service: S) -> Routes
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    Routes::new(service)
}

/// Sends a request. The body of an answer that never ends is left where it is.
pub(crate) fn send(routes: &Routes, request: Request<Body>) -> Answer {
    RUNTIME.block_on(async {
        let response = routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (parts, body) = response.into_parts();
        let is_endless =
            parts.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body =
            if is_endless { Vec::new() } else { to_bytes(body, usize::MAX).await.expect("an answer ends").to_vec() };
        Answer { status: parts.status, headers: parts.headers, body }
    })
}
