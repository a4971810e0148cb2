//! `GET /teams/{id}/fairness`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_domain::ids::{HostId, TeamId};
use daybook_domain::meeting_type::{Kind, Strategy};
use daybook_domain::team;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::MemberBody;
use crate::auth::Host;
use crate::extract::{Json, Path, Query};
use crate::page::{Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// How one meeting type's bookings are distributed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessBody {
    /// The meeting type.
    pub meeting_type_id: Uuid,
    /// Whom a booking goes to.
    #[schema(value_type = String, example = "equal_distribution")]
    pub strategy: Strategy,
    /// The members, in the roster's order.
    pub members: Vec<ShareBody>,
}

/// A member's part.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Share)]
pub struct ShareBody {
    /// The member.
    #[serde(flatten)]
    pub member: MemberBody,
    /// Bookings that they got and that were not called off.
    pub assigned: u32,
    /// Bookings that would be theirs by weight.
    pub ideal: f64,
    /// When they last got one.
    pub last_assigned: Option<DateTime<Utc>>,
}

impl From<team::Fairness> for ShareBody {
    fn from(share: team::Fairness) -> Self {
        let team::Fairness { member, assigned, ideal, last_assigned } = share;
        Self { member: MemberBody::from(&member), assigned, ideal, last_assigned }
    }
}

/// How a team's bookings are distributed
///
/// Of each round-robin meeting type, what every member got and what their share would be. Counted from the log: cancelled bookings do not count, and whoever joins starts level.
#[utoipa::path(
    get, path = "/api/teams/{id}/fairness", tag = "teams", params(("id" = uuid::Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The shares", body = Page<FairnessBody>),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such team of yours", body = ProblemBody),
    )
)]
pub async fn fairness(
    State(api): State<Api>,
    host: Host,
    Path(id): Path<TeamId>,
    Query(page): Query<PageQuery>,
) -> Answer<Json<Page<FairnessBody>>> {
    api.team_of(&host, id).await?;
    let calendar = api.store.calendar(HostId::from(id)).await?;
    let types = calendar.availability().settings.meeting_types.iter();
    let shared = types.filter(|meeting_type| meeting_type.kind == Kind::RoundRobin).map(|meeting_type| FairnessBody {
        meeting_type_id: meeting_type.id.0,
        strategy: meeting_type.strategy.unwrap_or_default(),
        members: calendar.fairness(meeting_type.id).into_iter().map(ShareBody::from).collect(),
    });
    Ok(Json(Page::of_short_list(shared.collect(), &page, |item| item.meeting_type_id.to_string())?))
}
