//! `DELETE /api-keys/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use daybook_accounts::ApiKeyId;

use super::owner::Owner;
use crate::extract::Path;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Delete an API key
///
/// With a session only. Programs that use it are turned away from now on, by every node.
#[utoipa::path(
    delete, path = "/api/api-keys/{id}", tag = "API keys", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 400, description = "The id is malformed", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Asked for with an API key", body = ProblemBody),
        (status = 404, description = "No such key of yours", body = ProblemBody),
    )
)]
pub async fn remove(State(api): State<Api>, Owner(user): Owner, Path(id): Path<ApiKeyId>) -> Answer<StatusCode> {
    if api.accounts.delete_api_key(user.id, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("API key"))
    }
}
