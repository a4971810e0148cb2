//! Which host belongs to which partition: of the subjects of published events, and of the projectors' work.

use std::ops::RangeInclusive;

use daybook_domain::ids::HostId;

/// Partitions of the subjects of published events: `daybook.events.<partition>.…`. Part of the contract with consumers.
pub const SUBJECT_PARTITIONS: u8 = 64;

/// Writers that share the work of one projection. Each takes as many neighbouring subject partitions.
pub const PROJECTION_PARTITIONS: u8 = 4;

const SHARE: u8 = SUBJECT_PARTITIONS / PROJECTION_PARTITIONS;

/// The subject partition of a host, below [`SUBJECT_PARTITIONS`]: FNV-1a (64 bits) of the id's 16 bytes, modulo 64.
pub fn partition_of(host: HostId) -> u8 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = host.0.as_bytes().iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    #[expect(clippy::cast_possible_truncation, reason = "less than 64")]
    let partition = (hash % u64::from(SUBJECT_PARTITIONS)) as u8;
    partition
}

/// One writer's share of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectionPartition(u8);

impl ProjectionPartition {
    /// The partition with this number, if it is below [`PROJECTION_PARTITIONS`].
    pub const fn new(number: u8) -> Option<Self> {
        if number < PROJECTION_PARTITIONS { Some(Self(number)) } else { None }
    }

    /// Every partition, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..PROJECTION_PARTITIONS).map(Self)
    }

    /// The partition that a host's events belong to.
    pub fn of(host: HostId) -> Self {
        Self(partition_of(host) / SHARE)
    }

    /// Its number, from 0.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The subject partitions that it takes.
    pub const fn subject_partitions(self) -> RangeInclusive<u8> {
        self.0 * SHARE..=self.0 * SHARE + (SHARE - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn host(id: u128) -> HostId {
        HostId(Uuid::from_u128(id))
    }

    /// Published subjects and checkpoints hang on it. The numbers were worked out apart from this program.
    #[test]
    fn a_hosts_partition_never_changes() {
        let known = [(0, 37), (1, 50), (0x0193_5e2a_7c4b_7d10_9f3e_2a61_b0c4_d5e6, 18), (u128::MAX, 21)];
        for (id, partition) in known {
            assert_eq!(partition_of(host(id)), partition, "{id:#x}");
        }
    }

    #[test]
    fn every_subject_partition_belongs_to_exactly_one_projection_partition() {
        let taken: Vec<u8> = ProjectionPartition::all().flat_map(ProjectionPartition::subject_partitions).collect();
        assert_eq!(taken, (0..SUBJECT_PARTITIONS).collect::<Vec<_>>());
    }

    #[test]
    fn a_host_is_in_the_projection_partition_that_takes_its_subject() {
        for id in 0..10_000 {
            let host = host(id * 0x9e37_79b9_7f4a_7c15);
            assert!(ProjectionPartition::of(host).subject_partitions().contains(&partition_of(host)));
        }
    }

    #[test]
    fn hosts_are_spread_evenly() {
        let mut hosts = [0_u32; PROJECTION_PARTITIONS as usize];
        for _ in 0..40_000 {
            hosts[usize::from(ProjectionPartition::of(HostId(Uuid::now_v7())).number())] += 1;
        }
        assert!(hosts.iter().all(|count| (9_500..10_500).contains(count)), "{hosts:?}");
    }
}
