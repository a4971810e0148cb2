//! What the rules would have caused is allowed; what they would not have is found out.

mod random;
mod tampered;
