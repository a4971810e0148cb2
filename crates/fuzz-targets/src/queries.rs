//! Query strings and paths.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, Uri};
use axum::middleware::from_fn;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use daybook_api::availability::check::CheckQuery;
use daybook_api::availability::common::CommonQuery;
use daybook_api::availability::day::DayQuery;
use daybook_api::availability::explain::ExplainQuery;
use daybook_api::availability::range::RangeQuery;
use daybook_api::availability::suggestions::SuggestionsQuery;
use daybook_api::bookings::list::ListQuery;
use daybook_api::calendar::history::HistoryQuery;
use daybook_api::calendar::show::CalendarQuery;
use daybook_api::extract::{Path, Query};
use daybook_api::middleware::edge::edge;
use daybook_api::page::{self, PageQuery};
use daybook_domain::zone::Zone;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::problem::judge;
use crate::routes::{Routes, routes, send};

/// A path and a query, such as `/check?start_time=…`.
///
/// What is refused is refused by its name. Zones are known ones; instants that the database is asked about are such
/// that it knows them.
pub fn queries(input: &[u8]) {
    let Ok(target) = Uri::try_from(input) else { return };
    let Ok(request) = Request::get(target).body(Body::empty()) else { return };
    judge(&send(&ROUTES, request));
}

static ROUTES: LazyLock<Routes> = LazyLock::new(|| {
    let all = Router::new()
        .route("/range", get(|Query(q): Query<RangeQuery>| async move { zone(q.timezone.as_ref()) }))
        .route("/day", get(|Query(q): Query<DayQuery>| async move { zone(q.timezone.as_ref()) }))
        .route("/suggestions", get(|Query(q): Query<SuggestionsQuery>| async move { zone(q.timezone.as_ref()) }))
        .route("/common", get(|Query(q): Query<CommonQuery>| async move { zone(q.timezone.as_ref()) }))
        .route("/check", get(|Query(_): Query<CheckQuery>| async move { StatusCode::NO_CONTENT }))
        .route("/explain", get(|Query(q): Query<ExplainQuery>| async move { instants([q.as_of]) }))
        .route("/bookings", get(|Query(q): Query<ListQuery>| async move { instants([q.from, q.to]) }))
        .route("/history", get(|Query(q): Query<HistoryQuery>| async move { instants([q.from, q.to]) }))
        .route("/calendar", get(|Query(q): Query<CalendarQuery>| async move { instants([q.as_of]) }))
        .route("/page", get(|Query(q): Query<PageQuery>| async move { page(&q) }))
        .route("/id/{id}", get(fine::<Uuid>))
        .route("/date/{date}", get(fine::<NaiveDate>))
        .route("/name/{username}/{slug}", get(fine::<(String, String)>));
    routes(all.fallback(|| async { StatusCode::NOT_FOUND }).layer(from_fn(edge)))
});

async fn fine<T: DeserializeOwned + Send>(Path(_): Path<T>) -> StatusCode {
    StatusCode::NO_CONTENT
}

fn zone(zone: Option<&Zone>) -> StatusCode {
    if let Some(zone) = zone {
        assert_eq!(zone.to_string().parse().as_ref(), Ok(zone));
    }
    StatusCode::NO_CONTENT
}

/// PostgreSQL keeps instants from 4713 BC to the year 294276, which is later than chrono goes.
fn instants<const N: usize>(instants: [Option<DateTime<Utc>>; N]) -> StatusCode {
    let first =
        NaiveDate::from_ymd_opt(-4712, 1, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("a date").and_utc();
    for instant in instants.into_iter().flatten() {
        assert!(instant >= first, "the database knows no {instant}");
    }
    StatusCode::NO_CONTENT
}

fn page(query: &PageQuery) -> StatusCode {
    match page::limit(query.limit) {
        Ok(limit) => {
            assert!((1..=100).contains(&limit.get()));
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::NOT_FOUND,
    }
}
