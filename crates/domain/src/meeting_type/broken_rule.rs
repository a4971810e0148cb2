//! What is wrong with a value.

use std::borrow::Cow;

/// A rule that a value breaks, by the name of its field in the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// The field.
    pub field: Cow<'static, str>,
    /// What it must be; reads as the end of a sentence about the field.
    pub rule: Cow<'static, str>,
}

impl BrokenRule {
    /// The rule that a field breaks.
    pub fn new(field: impl Into<Cow<'static, str>>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), rule: rule.into() }
    }
}
