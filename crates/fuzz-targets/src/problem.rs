//! What every answer must be, whatever was asked.

use serde_json::Value;
use uuid::Uuid;

use crate::routes::Answer;

/// Holds an answer to the contract: it carries a request id and the headers that protect browsers, it is no fault of ours,
/// and an error is a problem that says what is wrong; of a request that is not valid, with field and rule.
pub(crate) fn judge(answer: &Answer) {
    let Answer { status, headers, body } = answer;
    let text = || String::from_utf8_lossy(body).into_owned();
    assert!(status.as_u16() != 500, "a fault of ours: {}", text());
    let id = headers.get("x-request-id").and_then(|id| id.to_str().ok()).expect("an answer has an id");
    assert!(Uuid::try_parse(id).is_ok(), "{id}");
    assert!(headers.contains_key("x-content-type-options"), "{headers:?}");
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    assert_eq!(headers["content-type"], "application/problem+json", "{status}: {}", text());
    let problem: Value = serde_json::from_slice(body).expect("a problem is JSON");
    assert_eq!(problem["status"], status.as_u16(), "{problem}");
    assert_eq!(problem["request_id"], id, "{problem}");
    for member in ["type", "title", "detail", "code", "message"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
    }
    assert_eq!(problem["code"] == "VALIDATION_ERROR", status.as_u16() == 400, "{problem}");
    if status.as_u16() == 400 {
        let fields = problem["details"].as_object().expect("details are an object");
        assert!(!fields.is_empty(), "no field is named: {problem}");
        for (field, rules) in fields {
            let rules = rules.as_array().filter(|rules| !rules.is_empty()).expect("a field has its rules");
            assert!(rules.iter().all(|rule| rule.as_str().is_some_and(|rule| !rule.is_empty())), "{field}: {problem}");
        }
    }
}
