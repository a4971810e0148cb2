//! What the engine says about a case.

use super::{Case, Question};
use crate::slots::{Collective, SlotRequest, round_robin};
use crate::time::{Instant, instant};

/// A start that can be booked, and with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The start.
    pub start: Instant,
    /// The hosts who are free, by name; empty in a case of a single host.
    pub hosts: Vec<String>,
}

impl Case {
    /// Every start that can be booked, in order.
    pub fn answer(&self) -> Vec<Choice> {
        let Some(range) = self.range else { return Vec::new() };
        let requests: Vec<SlotRequest<'_>> = self.hosts.iter().map(|host| host.request()).collect();
        if self.question == Question::RoundRobin {
            let name = |place: usize| self.hosts.get(place).map(|host| host.name.clone());
            let choice = |(start, free): (i64, Vec<(usize, _)>)| Choice {
                start: instant(start),
                hosts: free.into_iter().filter_map(|(place, _)| name(place)).collect(),
            };
            return round_robin(&requests, range).into_iter().map(choice).collect();
        }
        let hosts: Vec<String> = match self.question {
            Question::Collective => self.hosts.iter().map(|host| host.name.clone()).collect(),
            Question::Alone | Question::RoundRobin => Vec::new(),
        };
        let slots = Collective(&requests).offered(range).into_iter();
        slots.map(|slot| Choice { start: instant(slot.during.start()), hosts: hosts.clone() }).collect()
    }

    /// Whether the case asks which of several hosts is free.
    pub fn is_round_robin(&self) -> bool {
        self.question == Question::RoundRobin
    }
}
