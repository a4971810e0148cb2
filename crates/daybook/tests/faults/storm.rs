//! A short storm of faults of all kinds.

use daybook_faults::{Kind, Run, Until};
use daybook_testkit::ScratchDirectory;

use crate::support::report;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_fault_and_nothing_else_does() {
    let directory = ScratchDirectory::make().unwrap();
    let run = Run {
        until: Until::Faults(usize::try_from(setting("DAYBOOK_FAULTS", 16)).unwrap()),
        seed: setting("DAYBOOK_FAULT_SEED", 20_261_120),
        kinds: Kind::ALL.to_vec(),
        output: directory.path().join("run"),
        is_brief: true,
        progress: |_| {},
    };
    let done = run.execute().await.unwrap();
    report(&format!("faults: {done}"));
    assert!(done.complaints.is_empty(), "the run of seed {} went wrong", done.seed);
    assert_eq!(done.faults.keys().copied().collect::<Vec<_>>(), Kind::ALL, "faults of every kind");
    assert!(done.checked.calendars == 10 && done.truth.is_some(), "everything was checked");
}
