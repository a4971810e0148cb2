use std::collections::HashSet;

use serde_json::Value;

use super::*;

fn json() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Every operation with its path and method.
fn each_operation(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, op)| (path.as_str(), method.as_str(), op))
    })
}

#[test]
fn every_operation_is_in_the_document() {
    let listed = operations(&document()).into_iter().collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(listed);
}

#[test]
fn it_is_openapi_3_1() {
    let document = json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Daybook");
    assert_eq!(document["servers"][0]["url"], "/");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "only {} references", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = json();
    let mut names = HashSet::new();
    for (path, method, operation) in each_operation(&document) {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(name.contains('_'), "{method} {path}: {name}");
        assert!(names.insert(name), "{method} {path}: {name} is taken");
        assert!(operation["summary"].is_string(), "{method} {path} says nothing of itself");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{method} {path}");
    }
}

#[test]
fn the_parameters_of_a_path_are_exactly_those_it_names() {
    let document = json();
    for (path, method, operation) in each_operation(&document) {
        let named: HashSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let described: HashSet<&str> = in_path.clone().filter_map(|parameter| parameter["name"].as_str()).collect();
        assert_eq!(named, described, "{method} {path}");
        assert!(in_path.clone().all(|parameter| parameter["required"] == true), "{method} {path}");
    }
}

#[test]
fn every_error_is_a_problem() {
    let document = json();
    for (path, method, operation) in each_operation(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_error = status.starts_with(['4', '5']) && !path.starts_with("/health");
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(is_error, problem == PROBLEM && is_error, "{method} {path} {status}: {response}");
            assert!(!response["description"].as_str().unwrap().is_empty(), "{method} {path} {status}");
        }
        assert!(operation["responses"].get("500").is_some(), "{method} {path}");
        assert_eq!(operation["responses"].get("429").is_some(), path.starts_with("/api/"), "{method} {path}");
        assert_eq!(
            operation["responses"].get("413").is_some(),
            operation.get("requestBody").is_some(),
            "{method} {path}"
        );
    }
}

#[test]
fn credentials_are_asked_for_where_they_are_needed() {
    let document = json();
    let asked = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    let session = serde_json::json!({ "session": [] });
    let api_key = serde_json::json!({ "api_key": [] });
    assert_eq!(asked("/api/schedules", "get"), serde_json::json!([session, api_key]));
    assert_eq!(asked("/api/api-keys", "post"), serde_json::json!([session]));
    for (path, method) in
        [("/api/users", "post"), ("/api/auth/login", "post"), ("/api/availability", "get"), ("/api/bookings", "post")]
    {
        assert_eq!(asked(path, method), Value::Null, "{method} {path} is public");
    }
    assert_eq!(document["components"]["securitySchemes"]["session"]["in"], "cookie");
    assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
}

#[test]
fn every_field_of_the_schemas_is_explained() {
    let document = json();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            let explained = of["description"].is_string() || of["$ref"].is_string() || of["oneOf"].is_array();
            assert!(explained, "{name}.{field}");
        }
    }
}
