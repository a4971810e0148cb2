//! Lists in pages.

use daybook_accounts::PageLimit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Answer, Problem};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Asks for the next page; none on the last one.
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items at most, 1 to 100; 50 if not given.
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The number of items to answer, or the rule that was broken.
pub fn limit(limit: Option<u32>) -> Answer<PageLimit> {
    limit.map_or(Ok(PageLimit::default()), |limit| {
        PageLimit::new(limit).map_err(|_| Problem::invalid("limit", "must be from 1 to 100"))
    })
}

impl<T> Page<T> {
    /// One page of a list that is short by its nature (a host has at most a few hundred of each): cut out of the whole,
    /// continued after the item whose id is the cursor.
    pub fn of_short_list(all: Vec<T>, query: &PageQuery, id: impl Fn(&T) -> String) -> Answer<Self> {
        let most = limit(query.limit)?.get() as usize;
        let first = match &query.cursor {
            None => 0,
            Some(cursor) => match all.iter().position(|item| id(item) == *cursor) {
                Some(last_seen) => last_seen + 1,
                None => return Err(Problem::invalid("cursor", "must be a next_cursor of this list")),
            },
        };
        let more = all.len() > first + most;
        let items: Vec<T> = all.into_iter().skip(first).take(most).collect();
        let next_cursor = if more { items.last().map(id) } else { None };
        Ok(Self { items, next_cursor })
    }
}
