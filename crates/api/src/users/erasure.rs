//! Erasing a host: their calendar is closed, their account goes, and every node forgets them (A4).

use daybook_accounts::{Accounts, AccountsError, UserId};
use daybook_domain::ids::HostId;
use daybook_domain::personal::Subject;
use daybook_event_store::{CalendarStore, ExecuteError, KeyError};

use super::closing::{Closed, close_calendar};
use super::teams::leave_teams;
use crate::auth::Caller;
use crate::clock::Clock;
use crate::problem::Problem;

/// What became of a host who was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasedHost {
    /// Whether they had an account; not if they were erased before.
    pub had_account: bool,
    /// Their calendar. Its history stays, under an id that leads to nobody.
    pub calendar: Closed,
    /// Calendars of teams and their members that changed with it, and the versions they have reached.
    pub teams: Vec<(HostId, u64)>,
}

/// Why a host was not erased, or not wholly: doing it again goes on where this ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostErasureError {
    /// The calendar could not be closed.
    #[error("the calendar could not be closed: {0}")]
    Calendar(#[from] ExecuteError),
    /// The account could not be deleted.
    #[error(transparent)]
    Account(#[from] AccountsError),
    /// The other nodes could not be told.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Erases a host. They leave their teams, and those that they own are disbanded. The calendar is closed first, while its guests can still be told by whom they are left.
pub async fn erase_host(
    store: &CalendarStore,
    accounts: &Accounts,
    host: HostId,
    caller: &Caller,
    clock: &Clock,
) -> Result<ErasedHost, HostErasureError> {
    let mut teams = leave_teams(store, accounts, host, caller, clock).await?;
    let before = close_calendar(store, host, caller, clock).await?;
    let had_account = accounts.delete(UserId(host.0)).await?;
    // Whoever was let in before the account went may have come through with something since.
    teams.extend(leave_teams(store, accounts, host, caller, clock).await?);
    let after = close_calendar(store, host, caller, clock).await?;
    store.codec().keys().erase(&subject(host)).await?;
    let calendar = Closed {
        cancelled: before.cancelled + after.cancelled,
        removed: before.removed + after.removed,
        place: before.place.max(after.place),
        version: after.version,
    };
    Ok(ErasedHost { had_account, calendar, teams })
}

/// Whom a host's own personal data is about, and under which name nodes hear of their erasure.
fn subject(host: HostId) -> Subject {
    Subject(format!("host:{host}"))
}

/// The host whom the news of an erasure are about, if it is one.
pub(super) fn host(subject: &Subject) -> Option<UserId> {
    Some(UserId(subject.0.strip_prefix("host:")?.parse().ok()?))
}

impl From<HostErasureError> for Problem {
    fn from(error: HostErasureError) -> Self {
        match error {
            HostErasureError::Calendar(error) => error.into(),
            HostErasureError::Account(error) => error.into(),
            HostErasureError::Keys(error) => error.into(),
        }
    }
}
