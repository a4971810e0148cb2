//! `GET /bookings` and `GET /users/{id}/bookings`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_projections::bookings::{Cursor, Filter};
use serde::Deserialize;

use super::booking::{BookingBody, Status};
use crate::auth::Host;
use crate::extract::{Json, Path, Query, instant};
use crate::page::{self, Page};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Characters of a search at most.
const LONGEST_SEARCH: usize = 100;

/// Which bookings.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Only those that start then or later.
    #[serde(default, deserialize_with = "instant::read_optional")]
    pub from: Option<DateTime<Utc>>,
    /// Only those that start before.
    #[serde(default, deserialize_with = "instant::read_optional")]
    pub to: Option<DateTime<Utc>>,
    /// Only those of this kind.
    #[param(value_type = Option<Uuid>)]
    pub meeting_type_id: Option<MeetingTypeId>,
    /// Only those whose guest's name or address contains this, whatever the case.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Items at most, 1 to 100; 50 if not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Your bookings, earliest first
#[utoipa::path(
    get, path = "/api/bookings", tag = "bookings", params(ListQuery),
    responses(
        (status = 200, description = "The bookings", body = Page<BookingBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    host: Host,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<BookingBody>>> {
    list_of(&api, host.calendar(), query).await
}

/// A host's bookings, for themselves and admins
#[utoipa::path(
    get, path = "/api/users/{id}/bookings", tag = "bookings", params(("id" = Uuid, Path), ListQuery),
    responses(
        (status = 200, description = "The bookings", body = Page<BookingBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such host, or not you", body = ProblemBody),
    )
)]
pub async fn list_of_user(
    State(api): State<Api>,
    host: Host,
    Path(id): Path<HostId>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<BookingBody>>> {
    if !host.may_act_on(id) {
        return Err(Problem::not_found("host"));
    }
    list_of(&api, id, query).await
}

async fn list_of(api: &Api, host: HostId, query: ListQuery) -> Answer<Json<Page<BookingBody>>> {
    let limit = page::limit(query.limit)?;
    let cursor = query.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    let cursor = cursor.map_err(|_| Problem::invalid("cursor", "must be a next_cursor of this list"))?;
    if query.q.as_ref().is_some_and(|q| q.chars().count() > LONGEST_SEARCH || q.chars().any(char::is_control)) {
        return Err(Problem::invalid("q", "must have at most 100 characters and no control characters"));
    }
    let filter = Filter {
        status: query.status.map(Into::into),
        from: query.from,
        to: query.to,
        meeting_type_id: query.meeting_type_id,
        q: query.q,
    };
    let now = api.clock.now();
    let limit = u16::try_from(limit.get()).unwrap_or(u16::MAX);
    let own = api.own_writes.last(host);
    let from_replica = api.read_models.bookings_of_replica(host, &filter, cursor, limit, now, own).await;
    let found = if let Some(found) = from_replica {
        found
    } else {
        api.see_own_writes(host).await?;
        api.read_models.bookings(host, &filter, cursor, limit, now).await?
    };
    let next_cursor = found.next_cursor.map(|cursor| cursor.to_string());
    let items = found.items.into_iter().map(|row| BookingBody::from_row(row, now)).collect();
    Ok(Json(Page { items, next_cursor }))
}
