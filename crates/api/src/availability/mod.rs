//! When hosts can be met: the answers that guests look at before they book (V4–V9).

pub mod cache;
pub mod check;
pub mod common;
pub mod day;
pub mod explain;
pub mod known;
pub mod offer;
pub mod range;
pub mod slot;
pub mod suggestions;

pub use cache::{AvailabilityCache, CachedAnswer, Epoch, Known};
pub use offer::Offer;
