//! `GET /users/{id}`: what everybody may know of a host.

use axum::extract::State;
use daybook_accounts::UserId;
use daybook_domain::meeting_type::Visibility;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Json, Path};
use crate::meeting_types::body::MeetingTypeBody;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// A host as everybody sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Profile {
    /// Their id.
    pub id: Uuid,
    /// What they are called.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Their part of booking URLs.
    #[schema(example = "ada")]
    pub username: String,
    /// Where their clock is.
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    /// What can be booked with them, unless it is unlisted.
    pub meeting_types: Vec<MeetingTypeBody>,
}

/// A host, and what can be booked with them
#[utoipa::path(
    get, path = "/api/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The host's id or username", example = "ada")),
    responses(
        (status = 200, description = "The host", body = Profile),
        (status = 404, description = "No such host", body = ProblemBody),
    )
)]
pub async fn profile(State(api): State<Api>, Path(id): Path<String>) -> Answer<Json<Profile>> {
    // No username is a UUID.
    let user = match Uuid::try_parse(&id) {
        Ok(id) => api.user_by_id(UserId(id)).await?,
        Err(_) => api.user_by_username(&id).await?,
    };
    let user = user.ok_or_else(|| Problem::not_found("host"))?;
    let host = user.id.0.into();
    let known = api.calendar(host).await?;
    let settings = &known.availability.settings;
    let offered = settings.own_meeting_types().filter(|t| t.is_active && t.visibility == Visibility::Public);
    Ok(Json(Profile {
        id: user.id.0,
        name: user.name.to_string(),
        username: user.username.to_string(),
        time_zone: settings.zones.home.to_string(),
        meeting_types: offered.map(|meeting_type| MeetingTypeBody::new(host, meeting_type)).collect(),
    }))
}
