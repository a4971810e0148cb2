//! The demo host of `daybook dev`: somebody to book right away.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use chrono::Duration;
use daybook_accounts::fields::{Email, Password, PersonName, Username};
use daybook_accounts::{NewUser, Role, UserId};
use daybook_api::auth::Caller;
use daybook_api::middleware::edge::RequestId;
use daybook_api::state::Api;
use daybook_domain::calendar::command::CalendarCommand;
use daybook_domain::calendar::event::Party;
use daybook_domain::ids::{HostId, MeetingTypeId};
use daybook_domain::meeting_type::{Location, MeetingType, Terms};
use daybook_domain::text::{Color, Description, Name, Slug};
use daybook_domain::time::{Instant, Interval, instant};
use url::Url;

const EMAIL: &str = "demo@example.org";
const PASSWORD: &str = "daybook-demo";
const USERNAME: &str = "demo";

/// A host who can be booked.
#[derive(Debug)]
pub struct Demo {
    meeting_type: MeetingTypeId,
    first_slot: Option<Instant>,
}

/// Finds the demo host, or makes them: open on weekdays, with a half-hour meeting.
pub async fn prepare(api: &Api) -> Result<Demo> {
    let username = Username::parse(USERNAME)?;
    let now = api.clock.now();
    let user = if let Some(user) = api.accounts.by_username(&username).await? {
        user
    } else {
        let user = NewUser {
            id: UserId(api.clock.new_id()),
            email: Email::parse(EMAIL)?,
            name: PersonName::parse("Dora Demo")?,
            username: Some(username),
            password: Password::parse(PASSWORD)?,
            role: Role::User,
            opening_time_zone: "Europe/Berlin".to_owned(),
        };
        api.accounts.register(&user, now).await?
    };
    let opened = api.ensure_calendar(&user, RequestId(api.clock.new_id())).await;
    let known = opened.map_err(|problem| anyhow!("the demo calendar: {problem:?}"))?;
    let host = HostId(user.id.0);
    let meeting_type = if let Some(intro) = known.availability.settings.meeting_type_by_slug("intro") {
        intro.clone()
    } else {
        let intro = intro(MeetingTypeId(api.clock.new_id()))?;
        let caller = Caller { actor: "system:demo".to_owned(), party: Party::Host, correlation: api.clock.new_id() };
        let add = CalendarCommand::AddMeetingType { meeting_type: Box::new(intro.clone()) };
        api.command(host, caller, add).await.map_err(|problem| anyhow!("the demo meeting type: {problem:?}"))?;
        intro
    };
    let week = Interval::between(now, now + Duration::days(14)).context("two weeks are not empty")?;
    let slots = known.availability.offered(&meeting_type, week, now);
    Ok(Demo { meeting_type: meeting_type.id, first_slot: slots.first().map(|slot| instant(slot.during.start())) })
}

fn intro(id: MeetingTypeId) -> Result<MeetingType> {
    Ok(MeetingType {
        description: Some(Description::parse("Half an hour to get to know each other.")?),
        color: Some(Color::parse("#2f6f4f")?),
        location: Some(Location::Phone { number: None }),
        terms: Terms { slot_interval_minutes: 30, ..Terms::one_on_one(30) },
        ..MeetingType::one_on_one(id, Name::parse("Intro call")?, Slug::parse("intro")?, 30)
    })
}

/// Says where everything is, and hands over a command that books.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn greet(demo: &Demo, url: &Url, data_dir: &Path) {
    let url = url.as_str().trim_end_matches('/');
    println!("Daybook is running. Ctrl-C stops it and the servers it started.\n");
    println!("  API           {url}/api/docs");
    println!("  Demo host     {url}/api/users/{USERNAME}");
    println!("  Demo log-in   {EMAIL}  {PASSWORD}");
    println!("  Health        {url}/health/detailed");
    println!("  Connections   {}\n", data_dir.join("env").display());
    if let Some(start) = demo.first_slot {
        let booking = serde_json::json!({
            "meeting_type_id": demo.meeting_type,
            "start_time": start,
            "invitee_name": "Ada Lovelace",
            "invitee_email": "ada@example.org",
            "invitee_timezone": "Europe/London",
        });
        println!("Book the next free time:\n");
        println!("  curl -s {url}/api/bookings -H 'Content-Type: application/json' \\\n    -d '{booking}'\n");
    }
}
