//! The subjects that events are published under (SPEC §3).

use daybook_domain::ids::HostId;
use daybook_projections::partition_of;

/// Every event of the stream `DAYBOOK`.
pub(crate) const ALL_EVENTS: &str = "daybook.events.>";

/// Every event of the stream `DAYBOOK_ANALYTICS`.
pub(crate) const ALL_ANALYTICS: &str = "daybook.analytics.>";

/// `daybook.events.<partition>.<host id>.<event type>`
pub(crate) fn of_event(host: HostId, event_type: &str) -> String {
    format!("daybook.events.{}.{host}.{event_type}", partition_of(host))
}

/// `daybook.analytics.<event type>`
pub(crate) fn of_analytics(event_type: &str) -> String {
    format!("daybook.analytics.{event_type}")
}

/// Every event of the hosts of one partition.
pub(crate) fn of_partition(partition: u8) -> String {
    format!("daybook.events.{partition}.>")
}

/// The host and the event type that a subject of `DAYBOOK` names.
pub(crate) fn parse(subject: &str) -> Option<(HostId, &str)> {
    let mut tokens = subject.strip_prefix("daybook.events.")?.split('.');
    let (_partition, host, event_type) = (tokens.next()?, tokens.next()?, tokens.next()?);
    tokens.next().is_none().then_some((host.parse().ok()?, event_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_partition_host_and_type() {
        let host = "01923456-789a-7bcd-8123-456789abcdef".parse().unwrap();
        let subject = of_event(host, "BookingRequested");
        assert_eq!(subject, "daybook.events.58.01923456-789a-7bcd-8123-456789abcdef.BookingRequested");
        assert_eq!(parse(&subject), Some((host, "BookingRequested")));
    }

    #[test]
    fn other_subjects_are_not_taken_for_events() {
        for other in ["daybook.events.1.x.BookingRequested", "daybook.analytics.BookingRequested", "daybook.events.1"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
