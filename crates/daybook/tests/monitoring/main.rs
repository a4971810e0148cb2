//! `deploy/monitoring` is made from one source, and holds against the metrics of a running node (O1).
//!
//! Nobody writes those files by hand. Change `source/`, then `UPDATE_DOCS=1 cargo test -p daybook --test monitoring`. An alert
//! is a threshold of a graph's query, with an example for each of its levels, which promtool tries.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod alerts;
mod dashboard;
mod documents;
mod examples;
mod exposition;
mod expressions;
mod model;
mod node;
mod promtool;
mod source;
use daybook_black_box as support;
