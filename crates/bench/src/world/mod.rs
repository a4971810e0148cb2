//! Hosts to be measured with: their calendars, their accounts, and the requests that guests make.

mod calendars;
mod clock;
mod guests;
pub mod histories;

pub use calendars::{Calendars, register};
pub use clock::now;
pub use guests::Guests;
