//! Answers, and what can be expected of them.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::program::Said;

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked.
    pub what: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What the node has logged.
    pub said: Said,
}

impl Reply {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The JSON body of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/json"), "{self}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The body of a 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.json(200)
    }

    /// The body of a 201.
    #[track_caller]
    pub fn created(&self) -> Value {
        self.json(201)
    }

    /// A 204 without a body.
    #[track_caller]
    pub fn nothing(&self) {
        self.expect(204);
        assert!(self.body.is_empty(), "{self}");
    }

    /// The body of an answer with this status, as text.
    #[track_caller]
    pub fn text(&self, status: u16) -> String {
        self.expect(status);
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// A problem of this kind, complete as RFC 9457 and the contract want it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self}");
        let problem: Value = serde_json::from_slice(&self.body).unwrap();
        let mut members: Vec<&str> = problem.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let all = ["code", "detail", "details", "message", "request_id", "status", "title", "type"];
        assert_eq!(members, all, "{self}");
        assert_eq!(problem["code"], code, "{self}");
        assert_eq!(problem["status"], status, "{self}");
        assert_eq!(problem["message"], problem["detail"], "{self}");
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{self}");
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}: {self}");
        }
        problem
    }

    /// A refusal that names this field and nothing else.
    #[track_caller]
    pub fn invalid(&self, field: &str) -> Value {
        let problem = self.problem(400, "VALIDATION_ERROR");
        let details = problem["details"].as_object().unwrap_or_else(|| panic!("no details: {self}"));
        let fields: Vec<&String> = details.keys().collect();
        assert_eq!(fields, [field], "{self}");
        let rules = details[field].as_array().unwrap_or_else(|| panic!("not a list: {self}"));
        let sentences = rules.iter().all(|rule| rule.as_str().is_some_and(|rule| !rule.is_empty()));
        assert!(!rules.is_empty() && sentences, "rules are sentences: {self}");
        problem
    }

    #[track_caller]
    fn expect(&self, status: u16) {
        assert_eq!(self.status, status, "{self}");
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} answered {} {}", self.what, self.status, String::from_utf8_lossy(&self.body))?;
        let id = self.header("x-request-id").unwrap_or("no request id");
        self.said.lines_with(id).iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}
