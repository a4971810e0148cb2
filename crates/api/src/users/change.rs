//! `PATCH /users/me`: what owners may change about their account.

use axum::extract::State;
use axum::http::HeaderMap;
use chrono::Datelike;
use daybook_accounts::fields::{Email, Password, PasswordAttempt, PersonName, Username};
use daybook_accounts::{AccountsError, PasswordChange, User, UserChanges};
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::zone::{TimeZoneChange, Zone};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{TimeZoneChangeBody, UserBody};
use super::form::Form;
use crate::auth::{Host, cookie};
use crate::extract::Json;
use crate::metrics::AuthenticationFailure;
use crate::middleware::edge::RequestId;
use crate::middleware::limits;
use crate::problem::{Answer, ProblemBody};
use crate::sessions::password::TypedPassword;
use crate::state::Api;

/// Years that dates may lie in: what zone data can be trusted with.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

/// What is to change; what is left out, or null, stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// A new address. Asks for the current password.
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// A new name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// A new part of booking URLs; links with the old one stop working.
    #[schema(min_length = 3, max_length = 40)]
    pub username: Option<String>,
    /// A new password. Asks for the current one, and ends all other sessions.
    #[schema(value_type = Option<String>, format = "password", min_length = 8, max_length = 128)]
    pub password: Option<TypedPassword>,
    /// The password until now; needed to change the address or the password.
    #[schema(value_type = Option<String>, format = "password")]
    pub current_password: Option<TypedPassword>,
    /// The new home of the owner's clock.
    #[schema(value_type = Option<String>, example = "Europe/London")]
    pub time_zone: Option<Zone>,
    /// All announced stays in other zones; `[]` takes them back.
    #[schema(value_type = Option<Vec<TimeZoneChangeBody>>, max_items = 100)]
    pub time_zone_changes: Option<Vec<TimeZoneChange>>,
}

/// What is to change, read.
struct Changes {
    account: UserChanges,
    /// The proof that is asked for where no new password asks for it itself.
    proof: Option<PasswordAttempt>,
    calendar: Vec<CalendarCommand>,
}

/// Change your account
///
/// All changes are checked before any is made.
#[utoipa::path(
    patch, path = "/api/users/me", tag = "users", request_body = ChangeRequest,
    responses(
        (status = 200, description = "The account", body = UserBody),
        (status = 400, description = "A field breaks a rule, or the current password is wrong", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 409, description = "The e-mail address or the username is taken", body = ProblemBody),
    )
)]
pub async fn change(
    State(api): State<Api>,
    request: RequestId,
    host: Host,
    headers: HeaderMap,
    Json(body): Json<ChangeRequest>,
) -> Answer<Json<UserBody>> {
    let before = &host.0;
    let changes = body.read(before)?;
    let calendar = host.calendar();
    api.ensure_calendar(before, request).await?;
    // The calendar is asked first whether it would follow, so that nothing is half done if it would not.
    let state = api.store.calendar(calendar).await?;
    for command in &changes.calendar {
        state.decide(command, api.clock.now())?;
    }
    let user = change_account(&api, before, &changes, &headers).await?;
    for command in changes.calendar {
        api.command(calendar, host.acting_on(calendar, request), command).await?;
    }
    let known = api.calendar(calendar).await?;
    Ok(Json(UserBody::new(&user, &known.availability.settings.zones)))
}

async fn change_account(api: &Api, before: &User, changes: &Changes, headers: &HeaderMap) -> Answer<User> {
    let is_proof_asked = changes.proof.is_some() || changes.account.password.is_some();
    let attempt = if is_proof_asked {
        // Whoever sits at an unlocked screen could guess here as well as at the log-in.
        Some(api.limits.log_in(before.email.as_str()).map_err(|exceeded| limits::refuse(api, exceeded))?)
    } else {
        None
    };
    let made = async {
        if let Some(proof) = &changes.proof
            && !api.accounts.has_password(before.id, proof).await?
        {
            return Err(AccountsError::WrongCurrentPassword);
        }
        let own_session = cookie::session(headers);
        api.accounts.update(before.id, &changes.account, own_session.as_ref(), api.clock.now()).await
    };
    let user = made.await.inspect_err(|error| {
        if matches!(error, AccountsError::WrongCurrentPassword) {
            api.metrics.authentication_failed(AuthenticationFailure::WrongCurrentPassword);
            tracing::warn!(user = %before.id, "a wrong current password was given");
        }
    })?;
    api.profiles.changed(before, &user);
    if let Some(attempt) = attempt {
        attempt.succeeded();
    }
    Ok(user)
}

impl ChangeRequest {
    fn read(self, before: &User) -> Answer<Changes> {
        let mut form = Form::default();
        let email = form.read_optional(self.email.as_deref().map(Email::parse)).filter(|email| *email != before.email);
        let name = form.read_optional(self.name.as_deref().map(PersonName::parse));
        let username = form.read_optional(self.username.as_deref().map(Username::parse));
        let new = form.read_optional(self.password.as_ref().map(|password| Password::parse(password.expose())));
        let current = self.current_password.as_ref().map(|password| PasswordAttempt::new(password.expose()));
        if current.is_none() && (email.is_some() || self.password.is_some()) {
            form.refuse("current_password", "is required to change the email or the password");
        }
        let unlikely = |change: &TimeZoneChange| {
            !change.to_date.iter().chain([&change.from_date]).all(|d| YEARS.contains(&d.year()))
        };
        if self.time_zone_changes.as_ref().is_some_and(|changes| changes.iter().any(unlikely)) {
            form.refuse("time_zone_changes", "must have dates in the years 1970 to 2200");
        }
        let password = new.zip(current.clone()).map(|(new, current)| PasswordChange { current, new });
        let proof = current.filter(|_| email.is_some() && password.is_none());
        let home = self.time_zone.map(|time_zone| CalendarCommand::ChangeTimeZone { time_zone });
        let away = self.time_zone_changes;
        let away = away.map(|time_zone_changes| CalendarCommand::AnnounceTimeZoneChanges { time_zone_changes });
        let account = UserChanges { email, name, username, password };
        form.complete(Some(Changes { account, proof, calendar: home.into_iter().chain(away).collect() }))
    }
}

#[cfg(test)]
mod tests;
