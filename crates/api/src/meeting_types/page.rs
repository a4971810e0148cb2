//! `GET /{username}/{slug}`: what a booking page shows.

use axum::extract::State;
use daybook_accounts::fields::Username;
use daybook_domain::ids::HostId;
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
    /// Its host, or the team.
    pub host: PageHost,
}

/// A host, or a team, as guests see them.
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
    let (owner, name) = match api.user_by_username(&username).await? {
        Some(user) => (HostId(user.id.0), Some(user.name.to_string())),
        None => (api.team_at(&username).await?.ok_or_else(|| Problem::not_found("page"))?, None),
    };
    let known = api.calendar(owner).await?;
    let settings = &known.availability.settings;
    let meeting_type = settings.meeting_type_by_slug(&slug).ok_or_else(|| Problem::not_found("page"))?;
    let time_zone = match settings.team {
        Some(_) => api.offer(meeting_type.id).await?.zone().to_string(),
        None => settings.zones.home.to_string(),
    };
    let name = name.or_else(|| settings.team.as_ref().map(|team| team.name.to_string()));
    Ok(Json(MeetingPage {
        meeting_type: MeetingTypeBody::new(owner, meeting_type),
        host: PageHost {
            id: owner.0,
            name: name.ok_or_else(|| Problem::not_found("page"))?,
            username: username.to_lowercase(),
            time_zone,
        },
    }))
}

impl Api {
    /// The team with this place in booking URLs. A text that can be nobody's is nobody's.
    async fn team_at(&self, slug: &str) -> Answer<Option<HostId>> {
        let Ok(slug) = Username::parse(slug) else { return Ok(None) };
        Ok(self.accounts.team_at(&slug, self.clock.now()).await?.map(|(team, _)| HostId(team)))
    }
}
