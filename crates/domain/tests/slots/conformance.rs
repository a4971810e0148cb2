//! The conformance suite (V4): every case, for both values of `buffers_within_hours`.

use daybook_domain::slots::cases::{Case, read};
use serde_json::Value;

const SUITE: &str = include_str!("../slot_cases.json");

#[test]
fn every_case_of_the_suite_gives_the_starts_it_expects() {
    let cases = read(SUITE).expect("the suite is well-formed");
    assert!(cases.len() >= 50, "only {} cases", cases.len());
    assert_eq!(differences(&cases), Vec::<String>::new());
    assert!(cases.iter().all(|case| case.unknown_fields.is_empty()));
}

#[test]
fn with_buffers_within_hours_every_case_gives_its_variant() {
    let mut suite: Value = serde_json::from_str(SUITE).expect("the suite is JSON");
    for case in suite["cases"].as_array_mut().expect("a list") {
        case["buffers_within_hours"] = true.into();
    }
    // A case without this variant expects the same starts as without buffers; M3 asks nothing of the buffers either way.
    for case in suite["multi_host_cases"].as_array_mut().expect("a list") {
        case["common"]["buffers_within_hours"] = true.into();
    }
    let cases = read(&suite.to_string()).expect("the suite is well-formed");
    assert_eq!(differences(&cases), Vec::<String>::new());
}

fn differences(cases: &[Case]) -> Vec<String> {
    let named = |case: &Case| {
        let differences = case.differences(&case.answer());
        differences.into_iter().map(|difference| format!("{}: {difference}", case.id)).collect::<Vec<_>>()
    };
    cases.iter().flat_map(named).collect()
}
