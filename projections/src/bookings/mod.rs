//! What hosts, guests and operators see of a booking (B3, B5). Personal data is plain here, and null once it is erased (E9).

mod booking;
mod cursor;
mod holds;
mod list;
mod overlaps;
mod projector;
mod rows;
mod status;

pub use booking::Booking;
pub use cursor::{Cursor, NotACursor};
pub use holds::{Hold, next_holds};
pub use list::{Filter, Page, by_id, by_ids, list, of_invitee};
pub use overlaps::{Overlap, overlaps};
pub use projector::BookingsProjection;
pub use status::{Status, UnknownStatus};
