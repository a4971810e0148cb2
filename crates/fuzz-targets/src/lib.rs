//! Every parser of outside input, each driven by arbitrary bytes and held to what it promises.
//!
//! A target takes whatever bytes it is given and panics if a promise is broken: what is accepted is within its limits and
//! reads back as it is written, what is refused is refused by field and rule, what was altered does not open. The fuzzer
//! (`fuzz/`) and the replay of its corpora (`tests/corpus.rs`) call the same functions. `docs/fuzzing.md` says how to run them.

#![warn(missing_docs)]

mod accounts;
mod archive;
mod bodies;
mod cloud_events;
mod configuration;
mod events;
mod headers;
mod http;
mod places;
mod problem;
mod queries;
mod routes;
mod sealed;
mod slot_cases;
mod texts;
mod world;

pub use accounts::accounts;
pub use archive::archive;
pub use bodies::bodies;
pub use cloud_events::cloud_events;
pub use configuration::configuration;
pub use events::events;
pub use headers::headers;
pub use http::http;
pub use places::places;
pub use queries::queries;
pub use sealed::sealed;
pub use slot_cases::slot_cases;
pub use texts::texts;

/// A function that panics if a promise is broken for this input.
pub type Target = fn(&[u8]);

/// Every target by its name: that of its program in `fuzz/fuzz_targets`, and of its corpus in `fuzz/corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("accounts", accounts),
    ("archive", archive),
    ("bodies", bodies),
    ("cloud_events", cloud_events),
    ("configuration", configuration),
    ("events", events),
    ("headers", headers),
    ("http", http),
    ("places", places),
    ("queries", queries),
    ("sealed", sealed),
    ("slot_cases", slot_cases),
    ("texts", texts),
];
