//! Files of `daybook slots`.

use daybook_domain::slots::cases::{self, BadCase};

/// A file of cases.
///
/// A case that is read is answered: with starts in order, each once, and hosts where several are asked. One that is not
/// names case, field and rule.
pub fn slot_cases(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let cases = match cases::read(text) {
        Ok(cases) => cases,
        Err(BadCase::NotJson(why)) => return assert!(!why.is_empty()),
        Err(BadCase::Field { case, field, rule }) => {
            return assert!(
                !case.is_empty() && !field.is_empty() && rule.starts_with("must "),
                "{case} {field} {rule}"
            );
        }
    };
    for case in &cases {
        let answer = case.answer();
        assert!(answer.is_sorted_by(|a, b| a.start < b.start), "{answer:?}");
        assert!(!case.is_round_robin() || answer.iter().all(|choice| !choice.hosts.is_empty()));
        // Who compares an answer to what a case expects is told without fail.
        let _ = case.differences(&answer);
    }
}
