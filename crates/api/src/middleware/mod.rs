//! What every request passes through, outermost first.

pub mod edge;
pub mod entrance;
pub mod limits;

pub mod cors;
pub mod headers;
pub mod panics;
pub mod problems;
pub(crate) mod trace_parent;
