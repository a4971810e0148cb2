//! Places where a test can make the program fail: `FAILPOINTS="append-after-commit=1%return"` (docs/faults.md).
//!
//! Without the feature `failpoints` they are not there at all: the macro expands to nothing.

/// Whether this build has them.
pub const BUILT_IN: bool = cfg!(feature = "failpoints");

/// Arms those that the variable `FAILPOINTS` names, for as long as the process runs.
pub fn arm() {
    if BUILT_IN {
        std::mem::forget(fail::FailScenario::setup());
    }
}
