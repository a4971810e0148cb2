//! Slots of several hosts: all of them together, or whoever is free (S10).

use std::collections::BTreeMap;

use super::bookable::bookable;
use super::outlook::Outlook;
use super::{NotBookable, NotOffered, Slot, SlotRequest};
use crate::availability::ALTERNATIVES;
use crate::time::{Instant, Interval};

/// How far [`Collective::nearest`] looks on each side, in days: first near, then further.
const RADII: [i64; 4] = [1, 4, 16, 62];

/// Hosts who meet a guest together, on the same terms: the first one's count. One host is the simplest case.
///
/// Their windows are intersected pairwise whatever their dates; notice, booking window and limits count for each host in
/// their own zone, and nobody may be busy.
#[derive(Clone, Copy, Debug)]
pub struct Collective<'a>(pub &'a [SlotRequest<'a>]);

impl Collective<'_> {
    /// Every start within `range` at which all of them can be booked, sorted.
    pub fn offered(&self, range: Interval) -> Vec<Slot> {
        let outlook = bookable(self.0, range).and_then(|starts| Outlook::over(self.0, starts));
        outlook.map(|outlook| outlook.slots()).unwrap_or_default()
    }

    /// The slot at `start`, exactly if [`offered`](Self::offered) contains it (V7), or the first reason against it (V9).
    pub fn judge(&self, start: Instant) -> Result<Slot, NotBookable> {
        let second = start.timestamp();
        let Some(only) = Interval::new(second, second.saturating_add(1)) else {
            return Err(NotOffered::OutsideBookingWindow.into());
        };
        if start.timestamp_subsec_nanos() == 0
            && let Some(slot) = self.offered(only).pop()
        {
            return Ok(slot);
        }
        if let Some(why) = self.0.iter().find_map(|host| host.too_near_or_far(second)) {
            return Err(why.into());
        }
        if start.timestamp_subsec_nanos() > 0 {
            return Err(NotOffered::OffTheGrid.into());
        }
        Err(Outlook::over(self.0, only).map_or(NotOffered::OutsideHours.into(), |outlook| outlook.refusal(second)))
    }

    /// Up to `count` offered slots, nearest to `start` first and the earlier one of two that are equally near (V9).
    ///
    /// Looks at 62 days on each side of `start` at most, or of the nearest start that notice and booking window allow.
    pub fn nearest(&self, start: Instant, count: usize) -> Vec<Slot> {
        let Some(bookable) = bookable(self.0, Interval::EVER) else { return Vec::new() };
        let start = start.timestamp();
        let middle = start.clamp(bookable.start(), bookable.end() - 1);
        let mut slots = Vec::new();
        for radius in RADII.map(|days| days * crate::zone::DAY) {
            slots =
                Interval::new(middle - radius, middle + radius + 1).map_or_else(Vec::new, |near| self.offered(near));
            if slots.len() >= count {
                break;
            }
        }
        slots.sort_by_key(|slot| (slot.during.start().abs_diff(start), slot.during.start()));
        slots.truncate(count);
        slots
    }

    /// The first instant after `now` at which `offered(range)` would answer differently although nothing happens: notice
    /// passes a slot, a rolling window gains a day. It may be early, never late.
    pub fn changes_at(&self, range: Interval) -> Option<Instant> {
        self.changes_after(range, self.offered(range).first())
    }

    /// [`changes_at`](Self::changes_at) for those who know the first slot of `offered(range)` already.
    pub fn changes_after(&self, range: Interval, first: Option<&Slot>) -> Option<Instant> {
        let expiry = |host: &SlotRequest<'_>| first.map(|slot| host.expiry(slot.during.start()));
        self.0.iter().flat_map(|host| [expiry(host), host.next_gain(range)]).flatten().min()
    }
}

/// Every start within `range` at which at least one of the hosts can be booked, with the slot of each who can, by the host's
/// place in the list.
pub fn round_robin(hosts: &[SlotRequest<'_>], range: Interval) -> BTreeMap<i64, Vec<(usize, Slot)>> {
    let mut choices: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (place, host) in hosts.iter().enumerate() {
        for slot in host.offered(range) {
            choices.entry(slot.during.start()).or_default().push((place, slot));
        }
    }
    choices
}

/// Up to [`ALTERNATIVES`] slots at which at least one of the hosts can be booked, nearest to `start` first.
pub fn nearest_of(hosts: &[SlotRequest<'_>], start: Instant) -> Vec<Slot> {
    let mut slots: Vec<_> = hosts.iter().flat_map(|host| host.nearest(start, ALTERNATIVES)).collect();
    slots.sort_by_key(|slot| (slot.during.start().abs_diff(start.timestamp()), slot.during.start()));
    slots.dedup_by_key(|slot| slot.during.start());
    slots.truncate(ALTERNATIVES);
    slots
}
