//! Reads the fields of a form one by one and remembers what is wrong with each, so that people are told everything at once.

use daybook_accounts::fields::InvalidField;

use crate::problem::{Answer, Problem};

/// What is wrong with a form so far.
#[derive(Debug, Default)]
pub(super) struct Form {
    broken: Vec<(String, String)>,
}

impl Form {
    /// The field's value; none if it breaks a rule, which is remembered.
    pub(super) fn read<T>(&mut self, field: Result<T, InvalidField>) -> Option<T> {
        field.inspect_err(|invalid| self.refuse(invalid.field.as_str(), invalid.rule.to_string())).ok()
    }

    /// The value of a field that may be left out.
    pub(super) fn read_optional<T>(&mut self, field: Option<Result<T, InvalidField>>) -> Option<T> {
        field.and_then(|field| self.read(field))
    }

    /// Remembers a rule that a field breaks.
    pub(super) fn refuse(&mut self, field: &str, rule: impl Into<String>) {
        self.broken.push((field.to_owned(), rule.into()));
    }

    /// What was made of the form, if nothing is wrong with it.
    pub(super) fn complete<T>(self, value: Option<T>) -> Answer<T> {
        match value {
            Some(value) if self.broken.is_empty() => Ok(value),
            _ => Err(Problem::invalid_fields(self.broken)),
        }
    }
}
