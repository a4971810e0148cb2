//! Meeting types: what a host offers (B1, B2, V3).

pub mod body;
pub mod create;
pub mod list;
pub mod page;
pub mod remove;
pub mod replace;
pub mod show;
