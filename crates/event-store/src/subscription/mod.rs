//! The log for many readers at once: each has its own place and misses nothing, and together they ask the database no more
//! often than one would.
//!
//! What lies behind a reader it fetches itself, page by page, as fast as it can take it. What comes from then on is read
//! once for all of them, by the [`Tail`]. A reader that cannot keep up with that falls back to fetching.

mod reader;
mod tail;

pub use reader::{Selection, Subscription};
pub use tail::Tail;
