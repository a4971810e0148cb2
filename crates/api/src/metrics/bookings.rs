//! Commands about bookings, and what became of them.

use std::time::Instant;

use axum::http::{Method, StatusCode};
use axum::response::Response;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Registry};

use super::counters;
use crate::problem::{Code, Problem};

/// Upper ends of the latencies told apart, in seconds; the service level is 0.5.
const SECONDS: [f64; 13] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0];

/// A command about a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Making one.
    Book,
    /// Moving one.
    Reschedule,
    /// Calling one off.
    Cancel,
    /// Agreeing to one that was held.
    Confirm,
    /// Turning one down that was held.
    Decline,
    /// Noting that its guest did not come.
    NoShow,
}

impl Operation {
    const ALL: [Self; 6] = [Self::Book, Self::Reschedule, Self::Cancel, Self::Confirm, Self::Decline, Self::NoShow];

    /// The operation that this route is.
    pub(crate) fn of(method: &Method, route: &str) -> Option<Self> {
        match (method.as_str(), route) {
            ("POST", "/api/bookings") => Some(Self::Book),
            ("PUT", "/api/bookings/{id}/reschedule") => Some(Self::Reschedule),
            ("DELETE", "/api/bookings/{id}") => Some(Self::Cancel),
            ("POST", "/api/bookings/{id}/confirm") => Some(Self::Confirm),
            ("POST", "/api/bookings/{id}/decline") => Some(Self::Decline),
            ("POST", "/api/bookings/{id}/no-show") => Some(Self::NoShow),
            _ => None,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::NoShow => "no_show",
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was carried out, now or when it came first.
    Done,
    /// Somebody else has the time, or changed the booking.
    Conflict,
    /// A rule forbids it.
    Refused,
    /// It failed, or its fate is unknown.
    Failed,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Done, Self::Conflict, Self::Refused, Self::Failed];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// By the status of its answer.
    pub(crate) fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::CONFLICT => Self::Conflict,
            status if status.is_server_error() => Self::Failed,
            status if status.is_client_error() => Self::Refused,
            _ => Self::Done,
        }
    }
}

/// Commands about bookings.
#[derive(Debug)]
pub struct BookingMetrics {
    operations: [[IntCounter; 4]; 6],
    seconds: [Histogram; 4],
    prevented_by_decision: IntCounter,
}

impl BookingMetrics {
    pub(super) fn register(registry: &Registry, prevented: &IntCounterVec) -> Result<Self, prometheus::Error> {
        let name = "daybook_booking_operations_total";
        let all =
            counters(registry, name, "Commands about bookings, by what became of them", &["operation", "outcome"])?;
        let name = "daybook_booking_duration_seconds";
        let help = "Time to answer a command about a booking, by what became of it";
        let seconds = HistogramVec::new(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()), &["outcome"])?;
        registry.register(Box::new(seconds.clone()))?;
        let operations = Operation::ALL
            .map(|operation| Outcome::ALL.map(|outcome| all.with_label_values(&[operation.label(), outcome.label()])));
        let seconds = Outcome::ALL.map(|outcome| seconds.with_label_values(&[outcome.label()]));
        Ok(Self { operations, seconds, prevented_by_decision: prevented.with_label_values(&["decision"]) })
    }

    /// Counts a command by its answer.
    pub(crate) fn answered(&self, operation: Operation, begun: Instant, answer: &Response) {
        let outcome = Outcome::of(answer.status()) as usize;
        self.operations[operation as usize][outcome].inc();
        self.seconds[outcome].observe(begun.elapsed().as_secs_f64());
        // A time that was taken would have been a double booking, had the calendar not known (B6).
        if answer.extensions().get().is_some_and(|problem: &Problem| problem.code() == Code::SlotUnavailable) {
            self.prevented_by_decision.inc();
        }
    }
}
