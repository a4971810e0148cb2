//! Every route there is.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::middleware::edge::edge;
use crate::middleware::entrance::entrance;
use crate::middleware::panics;
use crate::state::Api;
use crate::{
    api_keys, availability, bookings, calendar, events, health, meeting_types, metrics, openapi, schedules, sessions,
    teams, users,
};

/// The contract: every operation, with its documentation.
pub(crate) fn contract() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(users::register::register))
        .routes(routes!(users::change::change, users::remove::remove))
        .routes(routes!(users::export::export))
        .routes(routes!(users::profile::profile))
        .routes(routes!(bookings::list::list_of_user))
        .routes(routes!(sessions::log_in::log_in))
        .routes(routes!(sessions::log_out::log_out))
        .routes(routes!(sessions::who::who))
        .routes(routes!(api_keys::list::list, api_keys::create::create))
        .routes(routes!(api_keys::remove::remove))
        .routes(routes!(meeting_types::list::list, meeting_types::create::create))
        .routes(routes!(meeting_types::show::show, meeting_types::replace::replace, meeting_types::remove::remove))
        .routes(routes!(schedules::schedule::list, schedules::schedule::create))
        .routes(routes!(schedules::schedule::show, schedules::schedule::replace, schedules::schedule::remove))
        .routes(routes!(schedules::rules::list, schedules::rules::replace, schedules::rules::add))
        .routes(routes!(schedules::overrides::list))
        .routes(routes!(schedules::overrides::set, schedules::overrides::remove))
        .routes(routes!(availability::range::range))
        .routes(routes!(availability::day::day))
        .routes(routes!(availability::check::check))
        .routes(routes!(availability::suggestions::suggestions))
        .routes(routes!(availability::common::common))
        .routes(routes!(availability::explain::explain))
        .routes(routes!(bookings::list::list, bookings::book::book))
        .routes(routes!(bookings::show::show, bookings::cancel::cancel))
        .routes(routes!(bookings::reschedule::reschedule))
        .routes(routes!(bookings::confirm::confirm))
        .routes(routes!(bookings::decline::decline))
        .routes(routes!(bookings::no_show::no_show))
        .routes(routes!(bookings::ics::ics))
        .routes(routes!(calendar::show::show))
        .routes(routes!(calendar::history::history))
        .routes(routes!(events::stream::stream))
        .routes(routes!(teams::list::list, teams::create::create))
        .routes(routes!(teams::show::show, teams::replace::replace, teams::remove::remove))
        .routes(routes!(teams::members::members, teams::add_member::add_member))
        .routes(routes!(teams::change_member::change_member, teams::remove_member::remove_member))
        .routes(routes!(teams::fairness::fairness))
        .routes(routes!(meeting_types::page::page))
}

/// What operators and their machines ask; neither limited nor counted.
pub(crate) fn operations() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(health::summary::summary))
        .routes(routes!(health::live::live))
        .routes(routes!(health::ready::ready))
        .routes(routes!(health::detailed::detailed))
}

/// The counters: for the internal listener.
pub(crate) fn counters() -> OpenApiRouter<Api> {
    OpenApiRouter::default().routes(routes!(metrics::expose::expose))
}

/// What the public listener serves, behind its [`front`](crate::front).
pub(crate) fn router(api: Api) -> Router {
    let contract: Router<Api> = contract().into();
    let contract = contract
        .merge(openapi::routes())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(api.clone(), entrance));
    let mut all = contract.merge(operations());
    if api.metrics_are_public {
        all = all.merge(counters());
    }
    served(all, api)
}

/// What the internal listener serves: the counters, and the health.
pub fn internal_router(api: Api) -> Router {
    let all: Router<Api> = counters().into();
    served(all.merge(operations()), api)
}

/// Panics are caught inside, so that the edge renders the answer in their place.
fn served(routes: Router<Api>, api: Api) -> Router {
    routes.layer(CatchPanicLayer::custom(panics::answer)).layer(from_fn(edge)).with_state(api)
}
