//! The one source of `deploy/monitoring`: what is watched, and what is too much of it. A file per row of the dashboard.

mod availability;
mod bookings;
mod feed;
mod http;
mod log;
mod read_models;
mod resources;
mod service;

use crate::model::Row;

/// Everything, in the order of the dashboard.
pub(crate) fn rows() -> Vec<Row> {
    vec![
        service::row(),
        bookings::row(),
        availability::row(),
        log::row(),
        feed::row(),
        read_models::row(),
        http::row(),
        resources::row(),
    ]
}
