//! HTTP load, as lean as it can be: it shares the cores with what it measures.

mod closed;
mod connection;
mod open;

pub use closed::keep_in_flight;
pub use connection::{Connection, Request, body};
pub use open::at_constant_rate;
