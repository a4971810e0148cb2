//! Why hosts who meet together can be booked at a time, or cannot.

use std::collections::BTreeMap;

use super::{Explanation, Question, against_the_grid};
use crate::availability::Availability;
use crate::ids::HostId;
use crate::meeting_type::MeetingType;
use crate::slots::{Collective, SlotRequest};
use crate::time::Instant;

/// What each of the hosts has for or against a start of a collective meeting; it is available with all of them or with none.
///
/// The grid is that of what they have in common: only where nobody has anything else against the start, it is named.
pub fn explain_collective(
    hosts: &[(HostId, &Availability)],
    meeting_type: &MeetingType,
    start: Instant,
    now: Instant,
) -> BTreeMap<HostId, Explanation> {
    let requests: Vec<SlotRequest<'_>> =
        hosts.iter().map(|(_, availability)| availability.request(meeting_type, None, now)).collect();
    let available = meeting_type.is_active && Collective(&requests).judge(start).is_ok();
    let questions = hosts
        .iter()
        .zip(requests)
        .map(|((host, availability), asked)| (*host, Question { availability, meeting_type, start, asked }));
    let reasons = |question: &Question<'_>| {
        if available {
            return question.in_favour();
        }
        let mut against = question.against();
        against.retain(|reason| reason.code != "off_the_grid");
        against
    };
    let mut explained: BTreeMap<_, _> =
        questions.map(|(host, question)| (host, Explanation { available, reasons: reasons(&question) })).collect();
    if !available && explained.values().all(|explanation| explanation.reasons.is_empty()) {
        for explanation in explained.values_mut() {
            explanation.reasons.push(against_the_grid(meeting_type));
        }
    }
    explained
}
