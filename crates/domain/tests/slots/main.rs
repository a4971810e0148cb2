//! The slot engine: the conformance suite, examples beside it, and an oracle that counts minutes.

mod ask;
mod case_format;
mod conformance;
mod examples;
mod groups;
mod judging;
mod oracle;
mod properties;
mod wall;
mod world;
