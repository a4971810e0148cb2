//! What hosts, guests and operators see of a booking (B3, B5). Personal data is plain here, and null once it is erased (E9).

pub mod archive;
mod archived;
mod booking;
mod cursor;
mod holds;
mod list;
pub mod months;
mod overlaps;
mod projector;
mod replay;
mod rows;
mod status;

pub use archived::archived_of_invitee;
pub use booking::Booking;
pub use cursor::{Cursor, NotACursor};
pub use holds::{Hold, next_holds};
pub use list::{Filter, Page, by_id, by_ids, list, of_invitee};
pub use overlaps::{Overlap, overlaps};
pub use projector::BookingsProjection;
pub use replay::{Replayed, replay};
pub use status::{Status, UnknownStatus};
