//! What the public listener serves: answers that lie ready at once, everything else by the [`router`].
//!
//! An availability answer is only a look-up away, so the way to it is what it costs: routing, layers and extractors are
//! several times the answer. What they would add to it is added here.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use futures::future::Either;
use tower::Service;

use crate::middleware::edge::{REQUEST_ID, RequestId};
use crate::middleware::limits::Client;
use crate::middleware::{cors, headers};
use crate::router;
use crate::state::Api;

/// The path of the answers that may lie ready.
const AVAILABILITY: &str = "/api/availability";

/// The service of the public listener. Its connections must tell their peers' addresses
/// ([`into_make_service_with_connect_info`](axum::ServiceExt::into_make_service_with_connect_info)), by which requests are
/// limited.
#[derive(Clone)]
pub struct Front {
    api: Api,
    routes: Router,
    /// What every ready answer carries.
    headers: Arc<HeaderMap>,
}

impl Front {
    /// Serves an API.
    pub fn new(api: Api) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers::secure(&mut headers, false);
        cors::open(&Method::GET, &mut headers);
        Self { routes: router::router(api.clone()), api, headers: headers.into() }
    }

    /// The answer to a request, if it lies ready and the client may have it.
    fn ready(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET || request.uri().path() != AVAILABILITY {
            return None;
        }
        let timed = self.api.metrics.availability.begin();
        let body = self.api.availability.answer(request.uri().query()?, self.api.clock.now())?;
        let standing = if self.api.limits.are_on() {
            let client = Client::of(request.headers(), request.extensions(), &self.api.trusted_proxies);
            // One request too many is refused on the usual way.
            self.api.limits.request(client, request.method(), AVAILABILITY).ok()?
        } else {
            None
        };
        timed.hit();
        let mut response = Response::new(Body::from(body));
        let headers = response.headers_mut();
        headers.clone_from(&self.headers);
        headers.insert(REQUEST_ID.clone(), RequestId::of(request.headers()).header());
        if let Some(standing) = standing {
            standing.write(headers);
        }
        self.api.metrics.answered(response.status());
        Some(response)
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.ready(&request) {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(self.routes.call(request)),
        }
    }
}
