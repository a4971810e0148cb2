//! `GET /api-keys`.

use axum::extract::State;
use daybook_accounts::Cursor;

use super::body::ApiKeyBody;
use super::owner::Owner;
use crate::extract::{Json, Query};
use crate::page::{self, Page, PageQuery};
use crate::problem::{Answer, ProblemBody};
use crate::state::Api;

/// Your API keys, newest first
///
/// With a session only.
#[utoipa::path(
    get, path = "/api/api-keys", tag = "API keys", params(PageQuery),
    responses(
        (status = 200, description = "The keys, without their secrets", body = Page<ApiKeyBody>),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 403, description = "Asked for with an API key", body = ProblemBody),
    )
)]
pub async fn list(
    State(api): State<Api>,
    Owner(user): Owner,
    Query(asked): Query<PageQuery>,
) -> Answer<Json<Page<ApiKeyBody>>> {
    let limit = page::limit(asked.limit)?;
    let cursor = asked.cursor.as_deref().map(Cursor::parse).transpose()?;
    let found = api.accounts.list_api_keys(user.id, limit, cursor.as_ref()).await?;
    let next_cursor = found.next_cursor.map(|cursor| cursor.to_string());
    Ok(Json(Page { items: found.items.iter().map(ApiKeyBody::from).collect(), next_cursor }))
}
