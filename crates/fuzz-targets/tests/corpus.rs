//! Every input that was ever kept is as it should be.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use daybook_fuzz_targets::TARGETS;

/// Bytes of a kept input at most: it is there to be read by people, too.
const LARGEST: u64 = 1_024;

fn fuzz(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(part)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8")).collect()
}

fn replay(target: &str) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    let corpus = fuzz("corpus").join(target);
    let inputs = names(&corpus);
    assert!(!inputs.is_empty(), "{} has inputs", corpus.display());
    for input in inputs {
        let path = corpus.join(input);
        let bytes = fs::read(&path).expect("an input");
        assert!(bytes.len() as u64 <= LARGEST, "{} is larger than {LARGEST} bytes", path.display());
        // Whatever is wrong was printed; here it gets the name of its input.
        assert!(catch_unwind(|| run(&bytes)).is_ok(), "{} breaks a promise", path.display());
    }
}

macro_rules! replays {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_has_its_program_its_corpus_and_its_replay() {
            let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(names(&fuzz("corpus")), targets);
            let programs: BTreeSet<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
            assert_eq!(names(&fuzz("fuzz_targets")), programs);
            assert_eq!(BTreeSet::from([$(stringify!($target).to_owned()),*]), targets);
        }
    };
}

replays! {
    accounts archive bodies cloud_events configuration events headers http places queries sealed slot_cases texts
}
