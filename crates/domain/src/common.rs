//! When several hosts could meet, without a meeting type (V10).

use uuid::Uuid;

use crate::availability::Availability;
use crate::ids::MeetingTypeId;
use crate::meeting_type::{BookingWindow, Terms};
use crate::slots::{Collective, Slot, SlotRequest};
use crate::time::{Instant, Interval};

/// Every start within `range`, on a grid of 15 minutes, at which all of the hosts are free for so many minutes within the hours
/// of their default schedules; none for no hosts.
pub fn common_times(hosts: &[&Availability], duration_minutes: u16, range: Interval, now: Instant) -> Vec<Slot> {
    let terms =
        Terms { booking_window: BookingWindow::RollingDays { days: 730 }, ..Terms::one_on_one(duration_minutes) };
    let request = |host| ask(host, &terms, now);
    Collective(&hosts.iter().map(|host| request(host)).collect::<Vec<_>>()).offered(range)
}

fn ask<'a>(host: &'a Availability, terms: &'a Terms, now: Instant) -> SlotRequest<'a> {
    SlotRequest {
        zones: &host.settings.zones,
        hours: host.settings.default_hours(),
        terms,
        // Nothing is booked under it, so no limit counts and no session can be joined.
        meeting_type: MeetingTypeId(Uuid::nil()),
        reservations: &host.reservations,
        busy: &[],
        moving: None,
        now,
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::calendar::event::TimeZoneChanged;
    use crate::calendar::scenario::*;
    use crate::time::instant;

    fn starts(hosts: &[&Availability], minutes: u16) -> Vec<Instant> {
        let day = Interval::between(at(0, 0), at(0, 0) + Duration::days(1)).expect("a day");
        let slots = common_times(hosts, minutes, day, the_day_before());
        slots.iter().map(|slot| instant(slot.during.start())).collect()
    }

    #[test]
    fn hosts_have_in_common_what_all_of_them_have_free() {
        let ann = given([opened(), requested(ADAS, "ada", at(15, 30))]).calendar;
        let away = TimeZoneChanged { time_zone: "America/New_York".parse().expect("a zone") };
        let ben = given([opened(), away.into()]).calendar;
        // Ben's day begins at 14:00 in UTC, Ann's ends at 17:00, and she meets somebody from 15:30 to 16:00.
        let both = [ann.availability().as_ref(), ben.availability().as_ref()];
        assert_eq!(starts(&both, 60), [at(14, 0), at(14, 15), at(14, 30), at(16, 0)]);
        assert!(starts(&both, 120).is_empty());
        assert!(starts(&both[..1], 480).is_empty());
        assert_eq!(starts(&both[1..], 480), [at(14, 0)]);
        assert!(starts(&[], 60).is_empty());
        assert!(starts(&[&Availability::default()], 60).is_empty());
    }
}
