//! The measurements, one file each: every row of the performance table, and how the whole grows.

pub mod append;
pub mod availability_hit;
pub mod availability_miss;
pub mod book;
pub mod hot_calendar;
pub mod memory;
pub mod mixed;
pub mod projection_lag;
pub mod rebuild;
pub mod replay;
pub mod scale;
mod stock;
