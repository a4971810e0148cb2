//! Which times of a host are free (V8): settings and held times, from which a node rebuilds the very
//! [`Availability`](daybook_domain::availability::Availability) that commands are decided with (V7).

mod change;
mod forget;
mod load;
mod projector;
mod rows;

pub use forget::forget_past_times;
pub use load::load;
pub use projector::AvailabilityProjection;
