//! Where a stream begins.

use axum::http::{HeaderMap, HeaderName};
use daybook_event_store::{Feed, Place, Selection};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{Answer, Problem};

/// The id of the last event that a consumer has seen, as `EventSource` sends it when it comes back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a consumer begins that has seen nothing yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// With the first event there is.
    Start,
    /// With what happens from now on.
    #[default]
    Now,
}

/// The place that a request names as the last one it has seen, and by which name it does.
///
/// The header comes first: a browser that connects again repeats the address it was given and adds the header.
fn last_seen(headers: &HeaderMap, last_event_id: Option<&str>) -> Answer<Option<(Place, &'static str)>> {
    let malformed = |field| Problem::invalid(field, "must be an event's id, such as 742-1");
    let mut given = headers.get_all(LAST_EVENT_ID).iter();
    if let Some(id) = given.next() {
        let field = "Last-Event-ID";
        let place = id.to_str().ok().and_then(|id| id.parse().ok()).filter(|_| given.next().is_none());
        return Ok(Some((place.ok_or_else(|| malformed(field))?, field)));
    }
    let field = "last_event_id";
    last_event_id.map(|id| Ok((id.parse().map_err(|_| malformed(field))?, field))).transpose()
}

/// The place after which a stream begins.
///
/// A place that a consumer says it has reached must be that of an event it can have got from here, or the one before all
/// events (`0-0`). Anything else comes from another log: from a newer state of this one before it was restored, or from
/// another installation. Going on from there would leave the consumer with events that never were, or without some that
/// were, and it would not know.
pub(super) async fn place(
    feed: &Feed,
    selection: Selection,
    headers: &HeaderMap,
    last_event_id: Option<&str>,
    from: From,
) -> Answer<Place> {
    let host = match selection {
        Selection::All => None,
        Selection::Host(host) => Some(host),
    };
    if let Some((place, field)) = last_seen(headers, last_event_id)? {
        if place == Place::default() || feed.has_event_at(place, host).await? {
            return Ok(place);
        }
        return Err(Problem::invalid(field, "must be the id of an event of this stream, or 0-0 for its beginning"));
    }
    match (from, host) {
        (From::Start, _) => Ok(Place::default()),
        (From::Now, None) => Ok(feed.reached().await?),
        (From::Now, Some(host)) => Ok(feed.reached_by(host).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(ids: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for id in ids {
            headers.append(LAST_EVENT_ID, axum::http::HeaderValue::from_static(id));
        }
        headers
    }

    #[test]
    fn the_header_comes_before_the_parameter() {
        let seen =
            |ids: &[&'static str], parameter| last_seen(&headers(ids), parameter).unwrap().map(|(place, _)| place);
        let place = |transaction_id, position| Some(Place { transaction_id, position });
        assert_eq!(seen(&[], None), None);
        assert_eq!(seen(&[], Some("7-1")), place(7, 1));
        assert_eq!(seen(&["9-2"], Some("7-1")), place(9, 2));
        assert_eq!(seen(&["0-0"], None), place(0, 0));
    }

    #[test]
    fn what_cannot_be_a_place_is_refused_by_the_name_it_came_under() {
        let refused = |ids: &[&'static str], parameter, field| {
            let problem = last_seen(&headers(ids), parameter).unwrap_err().body("");
            assert!(problem.details[field].is_array(), "{problem:?}");
        };
        for id in ["", "x", "7", "7-", "-7", "07-1", "7-1-1", "7-+1", "99999999999999999999-1"] {
            refused(&[id], None, "Last-Event-ID");
            refused(&[], Some(id), "last_event_id");
        }
        refused(&["7-1", "7-1"], None, "Last-Event-ID");
    }
}
