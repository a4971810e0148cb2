//! Who asks (A1, A2).

pub mod audience;
pub mod caller;
pub mod cookie;
pub mod credential;
pub mod origin;

pub use audience::{Audience, View};
pub use caller::{Caller, Host, MaybeHost};
pub use credential::Credential;
