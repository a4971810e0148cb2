//! `POST /teams`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_accounts::fields::Username;
use daybook_accounts::{AccountsError, UserId};
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::ids::{HostId, TeamId};

use super::body::{MemberBody, TeamBody, TeamRequest};
use crate::auth::Host;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Form a team
///
/// You manage it. Its booking pages are at `/{slug}/{meeting type}`, like those of a host.
#[utoipa::path(
    post, path = "/api/teams", tag = "teams", request_body = TeamRequest,
    responses(
        (status = 201, description = "The team", body = TeamBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 409, description = "The slug is taken", body = ProblemBody),
    )
)]
pub async fn create(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    Json(body): Json<TeamRequest>,
) -> Answer<(StatusCode, Json<TeamBody>)> {
    let (page, slug) = body.page()?;
    let myself = MemberBody { user_id: host.0.id.0, weight: 1, priority: 0, is_active: true };
    let members = api.roster(body.members.as_deref().unwrap_or(&[myself]), request).await?;
    let team_id = TeamId(api.clock.new_id());
    api.claim_page(team_id, &page, host.0.id).await?;
    let owner = host.calendar();
    let form = CalendarCommand::FormTeam { team_id, name: body.name, slug, owner, members };
    let formed = api.command(HostId::from(team_id), host.acting_on(owner, request), form).await;
    if formed.is_err() {
        api.accounts.release_team_page(team_id.0).await?;
    }
    let team = formed?.calendar.team().map(TeamBody::from).ok_or_else(|| Problem::not_found("team"))?;
    Ok((StatusCode::CREATED, Json(team)))
}

impl Api {
    /// Claims a place in booking URLs, also one whose claimer died before the team was formed.
    pub(super) async fn claim_page(&self, team: TeamId, page: &Username, owner: UserId) -> Answer<()> {
        let now = self.clock.now();
        let taken = match self.accounts.claim_team_page(team.0, page, owner, now).await {
            Err(taken @ AccountsError::TeamPageTaken) => taken,
            done => return Ok(done?),
        };
        if let Some((other, true)) = self.accounts.team_at(page, now).await?
            && !self.store.calendar(HostId(other)).await?.is_open()
        {
            self.accounts.release_team_page(other).await?;
            return Ok(self.accounts.claim_team_page(team.0, page, owner, now).await?);
        }
        Err(taken.into())
    }
}
