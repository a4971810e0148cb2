//! What host and guest may do about a booking, and until when (B3, B5).

use serde::{Deserialize, Serialize};

use super::BrokenRule;

/// How long a host has to answer unless they say otherwise: a day.
pub const DEFAULT_HOLD_MINUTES: u32 = 1_440;

/// How a booking is confirmed, and until when its guest may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// Whether a booking holds its time only until the host confirms or declines it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub requires_confirmation: bool,
    /// For how many minutes at most, 5 to 20160 (two weeks); never beyond the start of the meeting.
    #[serde(default = "default_hold", skip_serializing_if = "is_default_hold")]
    pub hold_minutes: u32,
    /// Minutes before the start after which the guest can no longer cancel, 0 to 43200 (30 days).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cancellation_notice_minutes: u32,
    /// Minutes before the start after which the guest can no longer reschedule, 0 to 43200 (30 days).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reschedule_notice_minutes: u32,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            requires_confirmation: false,
            hold_minutes: DEFAULT_HOLD_MINUTES,
            cancellation_notice_minutes: 0,
            reschedule_notice_minutes: 0,
        }
    }
}

impl Policies {
    pub(super) fn broken_rules(&self) -> impl Iterator<Item = BrokenRule> {
        let notice = |field, minutes| (field, minutes <= 43_200, "must be from 0 to 43200 (30 days)");
        [
            ("hold_minutes", (5..=20_160).contains(&self.hold_minutes), "must be from 5 to 20160 (two weeks)"),
            notice("cancellation_notice_minutes", self.cancellation_notice_minutes),
            notice("reschedule_notice_minutes", self.reschedule_notice_minutes),
        ]
        .into_iter()
        .filter(|(_, kept, _)| !kept)
        .map(|(field, _, rule)| BrokenRule::new(field, rule))
    }
}

const fn default_hold() -> u32 {
    DEFAULT_HOLD_MINUTES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_default_hold(minutes: &u32) -> bool {
    *minutes == DEFAULT_HOLD_MINUTES
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(minutes: &u32) -> bool {
    *minutes == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
