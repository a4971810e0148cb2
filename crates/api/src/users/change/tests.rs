use chrono::DateTime;
use daybook_accounts::{Role, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn ada() -> User {
    User {
        id: UserId(Uuid::from_u128(1)),
        email: Email::parse("ada@example.org").unwrap(),
        name: PersonName::parse("Ada").unwrap(),
        username: Username::parse("ada").unwrap(),
        role: Role::User,
        opening_time_zone: "UTC".to_owned(),
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn read(body: Value) -> Answer<Changes> {
    serde_json::from_value::<ChangeRequest>(body).unwrap().read(&ada())
}

#[track_caller]
fn assert_refused(body: Value, details: &Value) {
    let Err(problem) = read(body) else { panic!("nothing was refused") };
    assert_eq!(serde_json::to_value(problem.body("")).unwrap()["details"], *details);
}

#[test]
fn nothing_named_is_nothing_changed() {
    let changes = read(json!({ "name": null })).unwrap();
    let UserChanges { email, name, username, password } = changes.account;
    assert!(email.is_none() && name.is_none() && username.is_none() && password.is_none());
    assert!(changes.proof.is_none() && changes.calendar.is_empty());
}

#[test]
fn a_new_address_or_password_asks_for_the_current_password() {
    let required = json!({ "current_password": ["is required to change the email or the password"] });
    assert_refused(json!({ "email": "ada@example.com" }), &required);
    assert_refused(json!({ "password": "correct horse" }), &required);
    let changes = read(json!({ "email": "ada@example.com", "current_password": "old" })).unwrap();
    assert!(changes.account.email.is_some() && changes.proof.is_some());
    let changes = read(json!({ "password": "correct horse", "current_password": "old" })).unwrap();
    assert!(changes.account.password.is_some() && changes.proof.is_none(), "one check is enough");
}

#[test]
fn the_same_address_again_is_no_change() {
    let changes = read(json!({ "email": "ada@example.org", "name": "Ada King" })).unwrap();
    assert!(changes.account.email.is_none() && changes.account.name.is_some());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    assert_refused(
        json!({ "email": "ada", "username": "a", "name": "\u{7}", "password": "short", "current_password": "old",
                "time_zone_changes": [{ "from_date": "9999-01-01", "time_zone": "UTC" }] }),
        &json!({
            "email": ["must be an e-mail address such as anna@example.com"],
            "username": ["must have at least 3 characters"],
            "name": ["must not contain control characters"],
            "password": ["must have at least 8 characters"],
            "time_zone_changes": ["must have dates in the years 1970 to 2200"],
        }),
    );
}

#[test]
fn zones_become_commands_to_the_calendar() {
    let stay = json!({ "from_date": "2027-03-01", "to_date": "2027-03-07", "time_zone": "America/New_York" });
    let changes = read(json!({ "time_zone": "Europe/Paris", "time_zone_changes": [stay] })).unwrap();
    assert!(matches!(&changes.calendar[..], [
        CalendarCommand::ChangeTimeZone { time_zone },
        CalendarCommand::AnnounceTimeZoneChanges { time_zone_changes },
    ] if time_zone.name() == "Europe/Paris" && time_zone_changes.len() == 1));
    let changes = read(json!({ "time_zone_changes": [] })).unwrap();
    assert_eq!(changes.calendar.len(), 1, "an empty list takes the announcements back");
}
