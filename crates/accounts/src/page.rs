//! Lists in pages. A cursor names the last item seen rather than a number of items to skip, so a list that grows or
//! shrinks meanwhile neither repeats nor loses an item, and every page costs the same.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fields::{Field, InvalidField, Rule};

/// Longest cursor that is looked at, in characters.
const LONGEST_CURSOR: usize = 512;

/// How many items a page has: 1 to 100, by default 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u32);

impl PageLimit {
    const MOST: u32 = 100;

    /// The number, if it is from 1 to 100.
    pub const fn new(limit: u32) -> Result<Self, InvalidField> {
        match limit {
            1..=Self::MOST => Ok(Self(limit)),
            _ => Err(Field::Limit.breaks(Rule::Range(1, Self::MOST))),
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// One row more than the page has, by which a query finds out whether another page follows.
    pub const fn rows_to_ask_for(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

/// Where a page ended: the key of its last item, opaque outside. It grants nothing, since every list is filtered by its
/// owner, so it is not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor<K>(K);

impl<K: Serialize + DeserializeOwned> Cursor<K> {
    /// The place just behind the item with this key.
    pub const fn after(key: K) -> Self {
        Self(key)
    }

    /// The cursor that was printed as this text.
    pub fn parse(text: &str) -> Result<Self, InvalidField> {
        let key = (text.len() <= LONGEST_CURSOR)
            .then(|| URL_SAFE_NO_PAD.decode(text).ok())
            .flatten()
            .and_then(|json| serde_json::from_slice(&json).ok());
        key.map(Self).ok_or(Field::Cursor.breaks(Rule::Form("be a next_cursor of this list")))
    }

    /// The key of the last item seen.
    pub const fn key(&self) -> &K {
        &self.0
    }
}

/// The text that `parse` reads: the key's JSON in base64url.
impl<K: Serialize> fmt::Display for Cursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, K> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last page.
    pub next_cursor: Option<Cursor<K>>,
}

impl<T, K: Serialize + DeserializeOwned> Page<T, K> {
    /// The page made of the rows that were found when [`PageLimit::rows_to_ask_for`] were asked for.
    pub fn of(mut rows: Vec<T>, limit: PageLimit, key: impl FnOnce(&T) -> K) -> Self {
        let most = limit.0 as usize;
        let more = rows.len() > most;
        rows.truncate(most);
        let next_cursor = rows.last().filter(|_| more).map(|last| Cursor::after(key(last)));
        Self { items: rows, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_limit_is_from_one_to_a_hundred() {
        assert_eq!(PageLimit::default().get(), 50);
        assert_eq!(PageLimit::new(100).unwrap().get(), 100);
        for limit in [0, 101, u32::MAX] {
            assert_eq!(PageLimit::new(limit), Err(Field::Limit.breaks(Rule::Range(1, 100))));
        }
    }

    #[test]
    fn only_a_page_with_something_behind_it_has_a_cursor() {
        let limit = PageLimit::new(2).unwrap();
        let page = |rows: Vec<u32>| Page::of(rows, limit, |row| *row);
        assert_eq!(page(vec![]), Page { items: vec![], next_cursor: None });
        assert_eq!(page(vec![7, 8]), Page { items: vec![7, 8], next_cursor: None });
        assert_eq!(page(vec![7, 8, 9]), Page { items: vec![7, 8], next_cursor: Some(Cursor::after(8)) });
    }

    proptest! {
        #[test]
        fn a_cursor_survives_the_url(at in any::<i64>(), id in any::<u128>()) {
            let cursor = Cursor::after((at, uuid::Uuid::from_u128(id)));
            let text = cursor.to_string();
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(Cursor::parse(&text), Ok(cursor));
        }

        #[test]
        fn any_other_text_is_refused_by_field(text in "\\PC{0,40}") {
            if let Err(invalid) = Cursor::<(i64, uuid::Uuid)>::parse(&text) {
                prop_assert_eq!(invalid.field, Field::Cursor);
            }
            let long = Cursor::<String>::parse(&"A".repeat(513));
            prop_assert_eq!(long.map_err(|invalid| invalid.field), Err(Field::Cursor));
        }
    }
}
