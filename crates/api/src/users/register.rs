//! `POST /users`: a new account and its calendar.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_accounts::fields::{Email, Password, PersonName, Username};
use daybook_accounts::{NewUser, Role, UserId};
use daybook_domain::zone::{HostZones, Zone};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::UserBody;
use super::form::Form;
use crate::extract::Json;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, ProblemBody};
use crate::sessions::password::TypedPassword;
use crate::state::Api;

/// Who registers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// Where they are written to, and what they log in with.
    #[schema(format = "email", max_length = 254, example = "ada@example.org")]
    pub email: String,
    /// What they will log in with.
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    pub password: TypedPassword,
    /// What they are called.
    #[schema(min_length = 1, max_length = 120, example = "Ada Lovelace")]
    pub name: String,
    /// Their part of booking URLs: letters a to z, digits and single hyphens between them. Made of the name if not given.
    #[schema(min_length = 3, max_length = 40, example = "ada")]
    pub username: Option<String>,
    /// Where their clock is.
    #[schema(value_type = String, example = "Europe/London")]
    pub time_zone: Zone,
}

impl RegisterRequest {
    fn read(&self, id: Uuid) -> Answer<NewUser> {
        let mut form = Form::default();
        let email = form.read(Email::parse(&self.email));
        let password = form.read(Password::parse(self.password.expose()));
        let name = form.read(PersonName::parse(&self.name));
        let username = form.read_optional(self.username.as_deref().map(Username::parse));
        let user = email.zip(password).zip(name).map(|((email, password), name)| NewUser {
            id: UserId(id),
            email,
            name,
            username,
            password,
            role: Role::User,
            opening_time_zone: self.time_zone.to_string(),
        });
        form.complete(user)
    }
}

/// Make an account
///
/// Its calendar opens with Monday to Friday, 09:00 to 17:00.
#[utoipa::path(
    post, path = "/api/users", tag = "users", request_body = RegisterRequest,
    responses(
        (status = 201, description = "The account", body = UserBody),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 409, description = "The e-mail address or the username is taken", body = ProblemBody),
    )
)]
pub async fn register(
    State(api): State<Api>,
    request: RequestId,
    Json(body): Json<RegisterRequest>,
) -> Answer<(StatusCode, Json<UserBody>)> {
    let new_user = body.read(api.clock.new_id())?;
    let user = api.accounts.register(&new_user, api.clock.now()).await?;
    // The account is made, and to be told otherwise would help nobody: a calendar that could not be opened now is opened at
    // the first log-in. What happened is in the log.
    let _ = api.open_calendar(&user, request).await;
    Ok((StatusCode::CREATED, Json(UserBody::new(&user, &HostZones::home(body.time_zone)))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem::Problem;

    fn read(body: serde_json::Value) -> Answer<NewUser> {
        serde_json::from_value::<RegisterRequest>(body).unwrap().read(Uuid::nil())
    }

    fn details(problem: &Problem) -> serde_json::Value {
        serde_json::to_value(problem.body("")).unwrap()["details"].clone()
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let body = json!({
            "email": "ada", "password": "short", "name": " ", "username": "Users", "time_zone": "Europe/London"
        });
        let problem = read(body).unwrap_err();
        let expected = json!({
            "email": ["must be an e-mail address such as anna@example.com"],
            "password": ["must have at least 8 characters"],
            "name": ["must not be empty"],
            "username": ["is reserved"],
        });
        assert_eq!(details(&problem), expected);
    }

    #[test]
    fn a_username_may_be_left_out() {
        let body = json!({
            "email": "ada@example.org", "password": "correct horse", "name": "Ada", "time_zone": "europe/london"
        });
        let user = read(body).unwrap();
        assert_eq!((user.username, user.role, user.opening_time_zone.as_str()), (None, Role::User, "Europe/London"));
    }

    #[test]
    fn a_password_is_not_printed() {
        let body = json!({ "email": "", "password": "correct horse", "name": "", "time_zone": "UTC" });
        let body: RegisterRequest = serde_json::from_value(body).unwrap();
        assert!(!format!("{body:?}").contains("horse"));
    }
}
