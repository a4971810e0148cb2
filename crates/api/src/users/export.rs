//! `GET /users/me/export`: everything that is held about an account, as one JSON document (A4).
//!
//! Written as it is read, a page at a time: a host of many years has more than should be in memory at once.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use daybook_accounts::{ApiKeyId, Cursor as ApiKeyCursor, PageLimit, SessionTimes};
use daybook_event_store::HistoryRange;
use daybook_projections::bookings::{Cursor as BookingCursor, Filter};
use futures::stream::try_unfold;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::UserBody;
use crate::api_keys::body::ApiKeyBody;
use crate::auth::Host;
use crate::bookings::booking::BookingBody;
use crate::calendar::history::{HistoryEvent, shown};
use crate::meeting_types::body::MeetingTypeBody;
use crate::middleware::edge::RequestId;
use crate::problem::{Answer, Problem, ProblemBody};
use crate::schedules::body::ScheduleBody;
use crate::state::Api;

/// Items read at a time.
const PAGE: u16 = 100;

/// Everything that is held about an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Export {
    /// What there is little of.
    #[serde(flatten)]
    pub head: ExportHead,
    /// Its API keys, without their secrets.
    pub api_keys: Vec<ApiKeyBody>,
    /// Its bookings.
    pub bookings: Vec<BookingBody>,
    /// Everything that has happened to its calendar.
    pub calendar_history: Vec<HistoryEvent>,
}

/// The part of an export that is written at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportHead {
    /// When it was written.
    pub exported_at: DateTime<Utc>,
    /// The account.
    pub account: UserBody,
    /// Its sessions.
    pub sessions: Vec<SessionBody>,
    /// Its schedules.
    pub schedules: Vec<ScheduleBody>,
    /// Its meeting types.
    pub meeting_types: Vec<MeetingTypeBody>,
}

/// A session, without what it could be used by.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

impl From<SessionTimes> for SessionBody {
    fn from(SessionTimes { created_at, expires_at }: SessionTimes) -> Self {
        Self { created_at, expires_at }
    }
}

/// Everything that is held about you
///
/// One document, sent as it is read. If it ends early, the connection is cut: the document is whole if it is valid JSON.
#[utoipa::path(
    get, path = "/api/users/me/export", tag = "users",
    responses(
        (
            status = 200, description = "Everything, as a file", body = Export,
            headers(("Content-Disposition" = String, description = "The name of the file")),
        ),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
    )
)]
pub async fn export(State(api): State<Api>, request: RequestId, host: Host) -> Answer<Response> {
    api.ensure_calendar(&host.0, request).await?;
    api.see_own_writes(host.calendar()).await?;
    let head = head(&api, &host).await?;
    let begin = (Part::Head(head), Reader { api, host });
    let body = try_unfold(begin, |(part, reader)| async move {
        let read = reader.read(part).await.map_err(|problem| {
            tracing::error!(?problem, "an export broke off");
            std::io::Error::other("the export broke off")
        })?;
        Ok::<_, std::io::Error>(read.map(|(text, next)| (Bytes::from(text), (next, reader))))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"daybook-export.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// The document up to where the first of the long lists begins.
async fn head(api: &Api, host: &Host) -> Answer<String> {
    let known = api.calendar(host.calendar()).await?;
    let settings = &known.availability.settings;
    let schedules = settings.schedules.iter();
    let schedules = schedules.map(|s| ScheduleBody::new(s, settings.default_schedule == Some(s.id)));
    let sessions = api.accounts.sessions(host.0.id, api.clock.now()).await?;
    let head = ExportHead {
        exported_at: api.clock.now(),
        account: UserBody::new(&host.0, &settings.zones),
        sessions: sessions.into_iter().map(SessionBody::from).collect(),
        schedules: schedules.collect(),
        meeting_types: settings.own_meeting_types().map(|t| MeetingTypeBody::new(host.calendar(), t)).collect(),
    };
    let mut text = json(&head)?;
    // Its end is the document's.
    text.pop();
    Ok(text)
}

/// What is written next.
enum Part {
    Head(String),
    ApiKeys(List<ApiKeyId>),
    Bookings(List<BookingCursor>),
    History(List<u64>),
    End,
}

/// How far a list has been written.
enum List<C> {
    Begin,
    After(C),
}

impl<C> List<C> {
    /// What stands before the next items, and the item that they follow.
    fn resume(self, name: &str) -> (String, Option<C>) {
        match self {
            Self::Begin => (format!(",\"{name}\":["), None),
            Self::After(last) => (String::new(), Some(last)),
        }
    }
}

struct Reader {
    api: Api,
    host: Host,
}

impl Reader {
    /// The text of a part, and the part that follows; none behind the last.
    async fn read(&self, part: Part) -> Answer<Option<(String, Part)>> {
        Ok(Some(match part {
            Part::Head(text) => (text, Part::ApiKeys(List::Begin)),
            Part::ApiKeys(list) => self.api_keys(list).await?,
            Part::Bookings(list) => self.bookings(list).await?,
            Part::History(list) => self.history(list).await?,
            Part::End => return Ok(None),
        }))
    }

    async fn api_keys(&self, list: List<ApiKeyId>) -> Answer<(String, Part)> {
        let (text, after) = list.resume("api_keys");
        let cursor = after.map(ApiKeyCursor::after);
        let limit = PageLimit::new(PAGE.into())?;
        let page = self.api.accounts.list_api_keys(self.host.0.id, limit, cursor.as_ref()).await?;
        let next = page.next_cursor.as_ref().map(|cursor| Part::ApiKeys(List::After(*cursor.key())));
        let items: Vec<ApiKeyBody> = page.items.iter().map(ApiKeyBody::from).collect();
        written(text, after.is_some(), &items, next, || Part::Bookings(List::Begin))
    }

    async fn bookings(&self, list: List<BookingCursor>) -> Answer<(String, Part)> {
        let (text, after) = list.resume("bookings");
        let (now, filter) = (self.api.clock.now(), Filter::default());
        let page = self.api.read_models.bookings(self.host.calendar(), &filter, after, PAGE, now).await?;
        let next = page.next_cursor.map(|cursor| Part::Bookings(List::After(cursor)));
        let items: Vec<BookingBody> = page.items.into_iter().map(|row| BookingBody::from_row(row, now)).collect();
        written(text, after.is_some(), &items, next, || Part::History(List::Begin))
    }

    async fn history(&self, list: List<u64>) -> Answer<(String, Part)> {
        let (text, after) = list.resume("calendar_history");
        let range = HistoryRange { after: after.unwrap_or(0), ..HistoryRange::default() };
        let events = self.api.history.events(self.host.calendar(), range, PAGE.into()).await?;
        let full = events.len() == usize::from(PAGE);
        let next = events.last().filter(|_| full).map(|last| Part::History(List::After(last.version)));
        let opened = self.api.opened(&events).await?;
        let items: Vec<HistoryEvent> = events.iter().zip(&opened).map(|(event, opened)| shown(event, opened)).collect();
        let (mut text, next) = written(text, after.is_some(), &items, next, || Part::End)?;
        if matches!(next, Part::End) {
            text.push('}');
        }
        Ok((text, next))
    }
}

/// A page of a list behind what stands before it; and what follows: the next page, or, behind the last one, the next part.
fn written<T: Serialize>(
    mut text: String,
    continues: bool,
    items: &[T],
    next_page: Option<Part>,
    next_part: impl FnOnce() -> Part,
) -> Answer<(String, Part)> {
    for (n, item) in items.iter().enumerate() {
        if continues || n > 0 {
            text.push(',');
        }
        text.push_str(&json(item)?);
    }
    Ok(match next_page {
        Some(next) => (text, next),
        None => (text + "]", next_part()),
    })
}

fn json(value: &impl Serialize) -> Answer<String> {
    serde_json::to_string(value).map_err(|error| Problem::internal(&error))
}
