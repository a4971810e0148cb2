//! The inner of the two layers: who may pass, which sites may read the answer, and how many answers of which kind there were.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::cors;
use super::limits::{self, AccountStanding, Client, Standing};
use crate::metrics::Operation;
use crate::state::Api;

/// Wraps every route of the contract.
pub async fn entrance(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let method = request.method().clone();
    let open = cors::is_open(route);
    let begun = Instant::now();
    let mut response = if open && cors::is_preflight(&method, request.headers()) {
        cors::preflight()
    } else if api.limits.are_on() {
        limited(&api, &mut request, next).await
    } else {
        next.run(request).await
    };
    if open {
        cors::open(&method, response.headers_mut());
    }
    if let Some(operation) = Operation::of(&method, route) {
        api.metrics.bookings.answered(operation, begun, &response);
    }
    api.metrics.answered(response.status());
    api.metrics.routed(&method, route, response.status(), begun.elapsed());
    response
}

async fn limited(api: &Api, request: &mut Request, next: Next) -> Response {
    let client = Client::of(request.headers(), request.extensions(), &api.trusted_proxies);
    let standing = match api.limits.request(client, request.method(), request.uri().path()) {
        Ok(standing) => standing,
        Err(exceeded) => {
            let mut response = limits::refuse(api, exceeded).into_response();
            exceeded.standing.write(response.headers_mut());
            return response;
        }
    };
    let with_credentials =
        [header::COOKIE, header::AUTHORIZATION].iter().any(|name| request.headers().contains_key(name));
    let account = with_credentials.then(AccountStanding::default);
    if let Some(account) = &account {
        request.extensions_mut().insert(account.clone());
    }
    let mut response = next.run(std::mem::take(request)).await;
    let account = account.and_then(|account| account.get());
    if let Some(standing) = standing.into_iter().chain(account).reduce(Standing::or_tighter) {
        standing.write(response.headers_mut());
    }
    response
}
