//! `POST /api-keys`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_accounts::fields::ApiKeyName;
use daybook_accounts::{ApiKeyId, NewApiKey, Scopes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::ApiKeyBody;
use super::owner::Owner;
use crate::extract::Json;
use crate::problem::{Answer, ProblemBody};
use crate::sessions::NO_STORE;
use crate::state::Api;

/// An API key that is asked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRequest {
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 120, example = "CRM")]
    pub name: String,
    /// What it may be used for: `calendar`, the owner's own calendar, if nothing is said; `analytics`, the events of all
    /// calendars without personal data, is for admins only.
    #[schema(example = json!(["calendar"]))]
    pub scopes: Option<Vec<String>>,
}

/// An API key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct NewApiKeyAnswer {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKeyBody,
    /// What programs send as `Authorization: Bearer`. Nobody can show it again.
    #[schema(example = "dbk_019a9f3e7c1d7e4b9a500d3c5f6a7b8c_…")]
    pub secret: String,
}

/// Make an API key
///
/// With a session only. The secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/api/api-keys", tag = "API keys", request_body = ApiKeyRequest,
    responses(
        (status = 201, description = "The key and its secret", body = NewApiKeyAnswer),
        (status = 400, description = "A field breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Asked for with an API key, or a scope that is not open to you", body = ProblemBody),
    )
)]
pub async fn create(State(api): State<Api>, Owner(user): Owner, Json(body): Json<ApiKeyRequest>) -> Answer<Response> {
    let new = NewApiKey {
        id: ApiKeyId(api.clock.new_id()),
        name: ApiKeyName::parse(&body.name)?,
        scopes: match &body.scopes {
            Some(scopes) => Scopes::parse(scopes.iter().map(String::as_str))?,
            None => Scopes::default(),
        },
    };
    let (key, secret) = api.accounts.create_api_key(&user, &new, api.clock.now()).await?;
    let answer = NewApiKeyAnswer { key: ApiKeyBody::from(&key), secret: secret.expose().to_string() };
    Ok((StatusCode::CREATED, NO_STORE, Json(answer)).into_response())
}
