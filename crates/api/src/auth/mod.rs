//! Who asks (A1, A2).

pub mod caller;
pub mod cookie;
pub mod origin;

pub use caller::{Caller, Host, MaybeHost};
