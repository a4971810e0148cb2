//! A host who is erased leaves their teams, and what they own of them goes with them.

use daybook_accounts::{Accounts, UserId};
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::refusal::Refusal;
use daybook_domain::ids::{HostId, TeamId};
use daybook_event_store::{CalendarStore, ExecuteError};

use super::closing::metadata;
use super::erasure::HostErasureError;
use crate::auth::Caller;
use crate::clock::Clock;

/// How often a team's members may change while somebody leaves it.
const ATTEMPTS: u32 = 5;

/// A calendar that changed, and the version it has reached.
pub(super) type Changed = (HostId, u64);

/// Disbands the teams that the host owns, and takes them out of the others. What has been done already changes nothing.
pub(super) async fn leave_teams(
    store: &CalendarStore,
    accounts: &Accounts,
    host: HostId,
    caller: &Caller,
    clock: &Clock,
) -> Result<Vec<Changed>, HostErasureError> {
    let mut changed = Vec::new();
    for team in accounts.teams_of_owner(UserId(host.0)).await? {
        let disbanded = carry_out(store, HostId(team), CalendarCommand::DisbandTeam, caller, clock).await?;
        changed.extend(disbanded.into_iter().flatten());
        accounts.release_team_page(team).await?;
    }
    for _ in 0..ATTEMPTS {
        let teams = store.calendar(host).await.map_err(ExecuteError::from)?.availability().settings.teams.clone();
        if teams.is_empty() {
            return Ok(changed);
        }
        for team in teams {
            changed.extend(leave(store, team, host, caller, clock).await?);
        }
    }
    Err(ExecuteError::Conflict.into())
}

async fn leave(
    store: &CalendarStore,
    team: TeamId,
    host: HostId,
    caller: &Caller,
    clock: &Clock,
) -> Result<Vec<Changed>, ExecuteError> {
    let calendar = store.calendar(team.into()).await?;
    let members = calendar.team().map(|team| &team.members[..]).unwrap_or_default();
    let members = members.iter().filter(|member| member.host_id != host).copied().collect();
    let change = CalendarCommand::ChangeTeamMembers { members };
    Ok(carry_out(store, team.into(), change, caller, clock).await?.unwrap_or_default())
}

/// The calendars that changed; none where the team is gone.
async fn carry_out(
    store: &CalendarStore,
    team: HostId,
    command: CalendarCommand,
    caller: &Caller,
    clock: &Clock,
) -> Result<Option<Vec<Changed>>, ExecuteError> {
    match store.execute(team, command, clock.now(), metadata(caller)).await {
        Ok(done) => {
            let beside = done.beside.iter().map(|(host, done)| (*host, done.version));
            Ok(Some(beside.chain([(team, done.version)]).collect()))
        }
        Err(ExecuteError::Refused(Refusal::TeamNotFound | Refusal::CalendarNotOpen)) => Ok(None),
        Err(error) => Err(error),
    }
}
