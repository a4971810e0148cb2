//! The users that `nats.conf` defines.

/// Who connects to a private NATS server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NatsUser {
    /// The program itself: publishes events and owns streams and consumers, but cannot delete what it published.
    Service,
    /// A reader of the stream without personal data, and of nothing else.
    Analytics,
    /// A person or a test that repairs streams by hand, and may do anything.
    Operator,
}

impl NatsUser {
    pub(crate) const ALL: [Self; 3] = [Self::Service, Self::Analytics, Self::Operator];

    /// The user's name in NATS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Analytics => "analytics",
            Self::Operator => "operator",
        }
    }

    /// The environment variable from which `nats.conf` takes the user's password.
    pub(crate) const fn password_variable(self) -> &'static str {
        match self {
            Self::Service => "DAYBOOK_NATS_SERVICE_PASSWORD",
            Self::Analytics => "DAYBOOK_NATS_ANALYTICS_PASSWORD",
            Self::Operator => "DAYBOOK_NATS_OPERATOR_PASSWORD",
        }
    }
}
