//! Bad input is refused by its field, whatever is wrong with it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::middleware::from_fn;
use axum::routing::{delete, get, post};
use chrono::NaiveDate;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Json, Path, Query};
use crate::availability::range::RangeQuery;
use crate::bookings::book::BookRequest;
use crate::bookings::cancel::CancelRequest;
use crate::meeting_types::body::MeetingTypeRequest;
use crate::middleware::edge::edge;
use crate::schedules::body::ScheduleRequest;
use crate::users::change::ChangeRequest;
use crate::users::register::RegisterRequest;

async fn fine<T>(_: T) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn send(request: Request<Body>) -> (StatusCode, Value) {
    let routes = Router::new()
        .route("/users", post(fine::<Json<RegisterRequest>>).patch(fine::<Json<ChangeRequest>>))
        .route("/bookings", post(fine::<Json<BookRequest>>))
        .route("/bookings/{id}", delete(fine::<Json<CancelRequest>>).get(fine::<Path<uuid::Uuid>>))
        .route("/meeting-types", post(fine::<Json<MeetingTypeRequest>>))
        .route("/schedules", post(fine::<Json<ScheduleRequest>>))
        .route("/overrides/{date}", get(fine::<Path<NaiveDate>>))
        .route("/availability", get(fine::<Query<RangeQuery>>))
        .layer(from_fn(edge));
    let response = routes.oneshot(request).await.unwrap();
    let status = response.status();
    if !status.is_success() {
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn post_text(path: &str, media_type: Option<&str>, body: impl Into<Body>) -> (StatusCode, Value) {
    let mut request = Request::post(path);
    if let Some(media_type) = media_type {
        request = request.header(header::CONTENT_TYPE, media_type);
    }
    send(request.body(body.into()).unwrap()).await
}

/// What is wrong with the fields of this body.
async fn wrong(path: &str, body: &Value) -> Value {
    let (status, problem) = post_text(path, Some("application/json"), body.to_string()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("VALIDATION_ERROR")), "{body}: {problem}");
    problem["details"].clone()
}

fn booking(changes: &Value) -> Value {
    let mut body = json!({
        "meeting_type_id": "019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8c",
        "start_time": "2027-01-12T09:00:00Z",
        "invitee_name": "Ada Lovelace",
        "invitee_email": "ada@example.org",
        "invitee_timezone": "Europe/London",
    });
    let fields = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => fields.remove(name),
            value => fields.insert(name.clone(), value.clone()),
        };
    }
    body
}

async fn wrong_booking(changes: Value) -> Value {
    wrong("/bookings", &booking(&changes)).await
}

#[tokio::test]
async fn a_good_request_passes() {
    let json = Some("application/json");
    assert_eq!(post_text("/bookings", json, booking(&json!({})).to_string()).await.0, StatusCode::NO_CONTENT);
    let media_type = Some("Application/JSON; charset=utf-8");
    assert_eq!(post_text("/bookings", media_type, booking(&json!({})).to_string()).await.0, StatusCode::NO_CONTENT);
    let cancel = Request::delete("/bookings/1").body(Body::empty()).unwrap();
    assert_eq!(send(cancel).await.0, StatusCode::NO_CONTENT, "a body with nothing to say may be left out");
}

#[tokio::test]
async fn a_field_that_nobody_knows_is_refused() {
    assert_eq!(wrong_booking(json!({ "color": "red" })).await, json!({ "color": ["is not a field of this request"] }));
    let rule = json!({ "day_of_week": 1, "start_time": "09:00", "end_time": "10:00", "note": "" });
    let body = json!({ "name": "Summer", "rules": [rule] });
    assert_eq!(wrong("/schedules", &body).await, json!({ "rules[0].note": ["is not a field of this request"] }));
}

#[tokio::test]
async fn a_field_that_is_missing_is_named() {
    assert_eq!(wrong_booking(json!({ "invitee_name": null })).await, json!({ "invitee_name": ["is required"] }));
    assert_eq!(wrong("/bookings", &json!({})).await, json!({ "meeting_type_id": ["is required"] }));
    let body = json!({ "name": "Summer", "overrides": { "2027-01-01": [{ "end_time": "10:00" }] } });
    assert_eq!(wrong("/schedules", &body).await, json!({ "overrides.2027-01-01[0].start_time": ["is required"] }));
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_refused() {
    let twice = r#"{"email": "a@example.org", "email": "b@example.org"}"#;
    let (_, problem) = post_text("/users", Some("application/json"), twice).await;
    assert_eq!(problem["details"], json!({ "email": ["must be given once"] }));
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_named() {
    assert_eq!(wrong_booking(json!({ "invitee_name": 7 })).await, json!({ "invitee_name": ["must be a string"] }));
    assert_eq!(wrong_booking(json!({ "guests": "bob" })).await, json!({ "guests": ["must be a sequence"] }));
    for (field, value) in [
        ("start_time", json!(1_800_000_000)),
        ("start_time", json!("tomorrow")),
        ("start_time", json!("2027-02-30T09:00:00Z")),
        ("start_time", json!("2027-01-12T25:00:00Z")),
        ("start_time", json!("2027-01-12T09:00:00")),
        ("meeting_type_id", json!("intro")),
        ("meeting_type_id", json!(7)),
        ("invitee_timezone", json!("Europe/Atlantis")),
        ("invitee_timezone", json!("")),
        ("invitee_email", json!(["ada@example.org"])),
        ("guests[1]", json!(["bob@example.org", 7])),
    ] {
        let name = field.split('[').next().unwrap();
        let details = wrong_booking(json!({ name: value })).await;
        assert!(details.get(field).is_some(), "{field} = {value}: {details}");
    }
    let meeting_type = |field: &str, value: Value| json!({ "name": "Intro", "duration_minutes": 30, field: value });
    for (field, value) in [
        ("duration_minutes", json!(-5)),
        ("duration_minutes", json!(70_000)),
        ("duration_minutes", json!(1.5)),
        ("duration_minutes", json!("30")),
        ("is_active", json!("yes")),
        ("kind", json!("group_hug")),
        ("booking_window", json!({ "type": "forever" })),
        ("color", json!("red")),
        ("slug", json!("A B")),
    ] {
        let details = wrong("/meeting-types", &meeting_type(field, value.clone())).await;
        assert!(
            details.as_object().unwrap().keys().any(|name| name.starts_with(field)),
            "{field} = {value}: {details}"
        );
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_or_steers_a_terminal_is_named() {
    let too_long = wrong_booking(json!({ "invitee_name": "a".repeat(121) })).await;
    assert_eq!(too_long, json!({ "invitee_name": ["must have at most 120 characters"] }));
    let too_long = wrong_booking(json!({ "notes": "a".repeat(2_001) })).await;
    assert_eq!(too_long, json!({ "notes": ["must have at most 2000 characters"] }));
    for name in ["Ada\nBcc: all@example.org", "Ada\u{0}", "Ada\u{1b}[2J", "A\u{7f}da", "A\u{85}da", "A\u{2028}da"] {
        let details = wrong_booking(json!({ "invitee_name": name })).await;
        assert_eq!(details, json!({ "invitee_name": ["must not contain control characters"] }), "{name:?}");
    }
    assert_eq!(wrong_booking(json!({ "invitee_name": " \t" })).await, json!({ "invitee_name": ["must not be empty"] }));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let json = Some("application/json");
    let well_formed = json!({ "body": ["must be well-formed JSON"] });
    for text in ["", "{", "{\"email\": }", "nonsense", "{'email': 1}", "{\"email\": \"a", "\u{feff}{}"] {
        let (status, problem) = post_text("/users", json, text).await;
        assert_eq!((status, &problem["details"]), (StatusCode::BAD_REQUEST, &well_formed), "{text}");
    }
    for text in [&b"{\"email\": \"\xff\"}"[..], br#"{"email": "\ud800"}"#] {
        let (_, problem) = post_text("/users", json, text).await;
        assert!(problem["details"].get("email").is_some(), "what is no text is named: {problem}");
    }
    let deep = "[".repeat(2_000);
    assert_eq!(post_text("/users", json, deep).await.0, StatusCode::BAD_REQUEST);
    for text in ["[]", "7", "null", "\"text\"", r#"["a@example.org", "correct horse", "Ada", null, "UTC"]"#] {
        let (status, problem) = post_text("/users", json, text).await;
        let object = json!({ "body": ["must be a JSON object"] });
        assert_eq!((status, &problem["details"]), (StatusCode::BAD_REQUEST, &object), "{text}");
    }
}

#[tokio::test]
async fn nothing_may_follow_the_body() {
    let text = format!("{} {{}}", booking(&json!({})));
    let (status, problem) = post_text("/bookings", Some("application/json"), text).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(problem["details"], json!({ "body": ["must be one JSON value and nothing after it"] }));
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let body = booking(&json!({})).to_string();
    for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
        let (status, problem) = post_text("/bookings", media_type, body.clone()).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type:?}");
        assert_eq!(problem["code"], "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let body = booking(&json!({ "notes": "a".repeat(70_000) })).to_string();
    let (status, problem) = post_text("/bookings", Some("application/json"), body).await;
    assert_eq!((status, &problem["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("PAYLOAD_TOO_LARGE")));
}

#[tokio::test]
async fn a_malformed_part_of_the_path_is_named() {
    let get = |path: &str| send(Request::get(path).body(Body::empty()).unwrap());
    assert_eq!(get("/bookings/intro").await.1["details"], json!({ "id": ["must be a UUID"] }));
    assert_eq!(
        get("/bookings/019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8").await.1["details"],
        json!({ "id": ["must be a UUID"] })
    );
    assert!(get("/bookings/%ff").await.1["details"].get("id").is_some());
    for date in ["2027-02-29", "tomorrow", "2027-13-01"] {
        let (status, problem) = get(&format!("/overrides/{date}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{date}");
        assert!(problem["details"].get("date").is_some(), "{problem}");
    }
}

#[tokio::test]
async fn a_query_is_read_as_strictly() {
    const ID: &str = "meeting_type_id=019a9f3e-7c1d-7e4b-9a50-0d3c5f6a7b8c";
    let get = |query: String| send(Request::get(format!("/availability?{query}")).body(Body::empty()).unwrap());
    let dates = "start_date=2027-01-11&end_date=2027-01-15";
    assert_eq!(get(format!("{ID}&{dates}&timezone=Europe%2FLondon")).await.0, StatusCode::NO_CONTENT);
    for (query, field) in [
        (dates.to_owned(), "meeting_type_id"),
        (format!("meeting_type_id=intro&{dates}"), "meeting_type_id"),
        (format!("{ID}&start_date=2027-01-11"), "end_date"),
        (format!("{ID}&start_date=2027-02-30&end_date=2027-03-01"), "start_date"),
        (format!("{ID}&{dates}&timezone=Mars%2FBase"), "timezone"),
        (format!("{ID}&{dates}&colour=red"), "colour"),
        (format!("{ID}&{dates}&{ID}"), "meeting_type_id"),
        (format!("{ID}&{dates}&timezone=%00"), "timezone"),
    ] {
        let (status, problem) = get(query.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(problem["details"].get(field).is_some(), "{query}: {problem}");
    }
}

#[tokio::test]
async fn a_method_or_path_that_is_not_there_is_a_problem_too() {
    let (status, problem) = send(Request::put("/bookings").body(Body::empty()).unwrap()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("METHOD_NOT_ALLOWED")));
    let (status, problem) = send(Request::get("/nowhere").body(Body::empty()).unwrap()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("NOT_FOUND")));
}
