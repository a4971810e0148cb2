//! Teams: hosts who meet guests together, or in turn (B2).

pub mod access;
pub mod add_member;
pub mod body;
pub mod change_member;
pub mod create;
pub mod fairness;
pub mod list;
pub mod members;
pub mod remove;
pub mod remove_member;
pub mod replace;
pub mod roster;
pub mod show;
