//! Notices that an event of a calendar did not come.

use std::collections::HashMap;

use daybook_domain::ids::HostId;
use daybook_event_store::RecordedEvent;

/// How many calendars are remembered: two megabytes.
const REMEMBERED: usize = 65_536;

/// The version that each calendar has reached, as far as it was seen.
///
/// A calendar that was not seen before is taken at its word: the log was read without a gap up to where the stream took
/// over.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    versions: HashMap<HostId, u64>,
}

impl Continuity {
    /// Whether an event follows the one seen before of its calendar. It then counts as seen.
    pub(super) fn follows(&mut self, event: &RecordedEvent) -> bool {
        if self.versions.get(&event.host).is_some_and(|before| before + 1 != event.version) {
            return false;
        }
        self.saw(event);
        true
    }

    /// Takes an event of the log as seen.
    pub(super) fn saw(&mut self, event: &RecordedEvent) {
        if self.versions.len() >= REMEMBERED && !self.versions.contains_key(&event.host) {
            self.versions.clear();
        }
        self.versions.insert(event.host, event.version);
    }
}

#[cfg(test)]
mod tests {
    use daybook_event_store::Place;
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::*;

    fn event(host: u128, version: u64) -> RecordedEvent {
        let empty = || RawValue::from_string("{}".to_owned()).unwrap();
        RecordedEvent {
            id: Uuid::from_u128(1),
            host: HostId(Uuid::from_u128(host)),
            version,
            place: Place::default(),
            event_type: "TimeZoneChanged".into(),
            event_version: "1".into(),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            payload: empty(),
            metadata: empty(),
        }
    }

    #[test]
    fn a_version_that_was_left_out_is_noticed_per_calendar() {
        let mut continuity = Continuity::default();
        assert!(continuity.follows(&event(1, 5)), "nothing is known of a calendar not seen before");
        assert!(continuity.follows(&event(2, 1)));
        assert!(continuity.follows(&event(1, 6)));
        assert!(!continuity.follows(&event(1, 8)));
        assert!(!continuity.follows(&event(1, 6)));
        assert!(continuity.follows(&event(1, 7)), "what did not follow does not count as seen");
        continuity.saw(&event(2, 9));
        assert!(continuity.follows(&event(2, 10)));
    }

    #[test]
    fn it_stays_bounded() {
        let mut continuity = Continuity::default();
        for host in 0..=REMEMBERED as u128 {
            continuity.saw(&event(host, 1));
        }
        assert!(continuity.versions.len() <= REMEMBERED);
        assert!(continuity.follows(&event(REMEMBERED as u128, 2)));
    }
}
