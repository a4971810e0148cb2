//! `GET /{username}/{slug}`: what a booking page shows.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::MeetingTypeBody;
use crate::extract::{Json, Path};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// A meeting type and whom one meets.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeetingPage {
    /// The meeting type.
    #[serde(flatten)]
    pub meeting_type: MeetingTypeBody,
    /// Its host.
    pub host: PageHost,
}

/// A host as guests see them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PageHost {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their part of booking URLs.
    pub username: String,
    /// Where their clock is.
    pub time_zone: String,
}

/// What a booking page shows
#[utoipa::path(
    get, path = "/api/{username}/{slug}", tag = "meeting types",
    params(("username" = String, Path, example = "demo"), ("slug" = String, Path, example = "intro")),
    responses(
        (status = 200, description = "The meeting type and its host", body = MeetingPage),
        (status = 404, description = "No such page", body = ProblemBody),
    )
)]
pub async fn page(State(api): State<Api>, Path((username, slug)): Path<(String, String)>) -> Answer<Json<MeetingPage>> {
    let user = api.user_by_username(&username).await?.ok_or_else(|| Problem::not_found("page"))?;
    let host = user.id.0.into();
    let known = api.calendar(host).await?;
    let settings = &known.availability.settings;
    let meeting_type = settings.meeting_type_by_slug(&slug).ok_or_else(|| Problem::not_found("page"))?;
    Ok(Json(MeetingPage {
        meeting_type: MeetingTypeBody::new(host, meeting_type),
        host: PageHost {
            id: user.id.0,
            name: user.name.to_string(),
            username: user.username.to_string(),
            time_zone: settings.zones.home.to_string(),
        },
    }))
}
