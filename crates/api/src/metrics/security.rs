//! Who was turned away (A3).

use daybook_accounts::LogInRefusal;
use prometheus::{IntCounter, IntCounterVec, Registry};

use super::counters;

/// Credentials that were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticationFailure {
    /// A log-in to no account.
    UnknownEmail,
    /// A log-in with a wrong password.
    WrongPassword,
    /// A change that asks for the password again, with a wrong one.
    WrongCurrentPassword,
    /// An API key that is none.
    ApiKey,
    /// A token that is not for the booking.
    BookingToken,
}

impl AuthenticationFailure {
    const ALL: [Self; 5] =
        [Self::UnknownEmail, Self::WrongPassword, Self::WrongCurrentPassword, Self::ApiKey, Self::BookingToken];

    /// The failure as the label of a counter.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnknownEmail => LogInRefusal::UnknownEmail.label(),
            Self::WrongPassword => LogInRefusal::WrongPassword.label(),
            Self::WrongCurrentPassword => "wrong_current_password",
            Self::ApiKey => "api_key",
            Self::BookingToken => "booking_token",
        }
    }
}

impl From<LogInRefusal> for AuthenticationFailure {
    fn from(refusal: LogInRefusal) -> Self {
        match refusal {
            LogInRefusal::UnknownEmail => Self::UnknownEmail,
            LogInRefusal::WrongPassword => Self::WrongPassword,
        }
    }
}

/// The limits that requests may meet: shown from the start, or the first refusals would not be seen to be an increase.
const LIMITS: [&str; 7] =
    ["requests", "registrations", "log_ins", "bookings", "account_requests", "log_ins_of_address", "event_streams"];

/// Credentials that were refused, and requests that came too fast.
pub(super) struct Security {
    failures: [IntCounter; 5],
    pub(super) rate_limited: IntCounterVec,
}

impl Security {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let name = "daybook_authentication_failures_total";
        let failures = counters(registry, name, "Credentials that were refused", &["reason"])?;
        let name = "daybook_rate_limited_total";
        let rate_limited = counters(registry, name, "Requests that came too soon after others, by limit", &["limit"])?;
        for limit in LIMITS {
            rate_limited.with_label_values(&[limit]);
        }
        Ok(Self {
            failures: AuthenticationFailure::ALL.map(|f| failures.with_label_values(&[f.label()])),
            rate_limited,
        })
    }

    pub(super) fn authentication_failures(&self, failure: AuthenticationFailure) -> &IntCounter {
        &self.failures[failure as usize]
    }
}
