//! Hosts and guests.

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::cli;
use super::http::{Call, Http};
use super::reply::Reply;

/// How every host logs in.
pub const PASSWORD: &str = "correct horse battery";

/// A host with an account and a session.
#[derive(Clone, Debug)]
pub struct Host {
    /// They talk to a node.
    pub http: Http,
    /// Their id.
    pub id: String,
    /// Their e-mail address.
    pub email: String,
    /// Their part of booking URLs.
    pub username: String,
}

/// A kind of meeting that a host offers, as guests see it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Somebody without credentials.
    pub http: Http,
    /// Its id.
    pub id: String,
}

/// A booking, with what its guest has in hand.
#[derive(Clone, Debug)]
pub struct Booked {
    /// Somebody without credentials.
    pub http: Http,
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
    /// The whole answer.
    pub answer: Value,
}

/// Something that nobody else is called.
pub fn unique(what: &str) -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("{what}-{}", &id[..12])
}

/// An account that nobody has, as `POST /users` takes it.
pub fn account() -> Value {
    let username = unique("host");
    json!({
        "email": format!("{username}@example.org"), "password": PASSWORD, "name": "Hanna Host", "username": username,
        "time_zone": "UTC",
    })
}

/// The session that an answer hands out.
#[track_caller]
pub fn session_of(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {reply}"));
    let value = cookie.strip_prefix("daybook_session=").unwrap().split(';').next().unwrap();
    assert!(value.len() >= 32, "a session is not guessed: {cookie}");
    value.to_owned()
}

impl Host {
    /// Makes an account in UTC, and logs in.
    pub async fn register(http: &Http) -> Self {
        Self::register_as(http, &account()).await
    }

    /// Makes an account in this zone, and logs in.
    pub async fn register_in(http: &Http, zone: &str) -> Self {
        let mut account = account();
        account["time_zone"] = json!(zone);
        Self::register_as(http, &account).await
    }

    async fn register_as(http: &Http, account: &Value) -> Self {
        let user = http.post("/api/users", account).await.created();
        Self::log_in(http, account["email"].as_str().unwrap(), user["username"].as_str().unwrap()).await
    }

    /// Logs in with an account that exists.
    pub async fn log_in(http: &Http, email: &str, username: &str) -> Self {
        let reply = http.post("/api/auth/login", &json!({"email": email, "password": PASSWORD})).await;
        let user = &reply.ok()["user"];
        Self {
            http: http.with_session(&session_of(&reply)),
            id: user["id"].as_str().unwrap().to_owned(),
            email: email.to_owned(),
            username: username.to_owned(),
        }
    }

    /// Makes an account, logs in, and is made an admin by the command line.
    pub async fn admin(http: &Http, database_url: &str) -> Self {
        let admin = Self::register(http).await;
        cli::run(&["user", "set-role", &admin.email, "admin"], &[("DATABASE_URL", database_url)]).await.well();
        admin
    }

    /// The same host at another node.
    #[must_use]
    pub fn at(&self, other: &Http) -> Self {
        Self { http: self.http.at(other), ..self.clone() }
    }

    /// Offers a half-hour meeting, on the half hours.
    pub async fn offer(&self) -> Offer {
        self.offer_with(&json!({})).await
    }

    /// Offers a meeting whose terms differ from a half-hour's.
    pub async fn offer_with(&self, terms: &Value) -> Offer {
        let body = meeting_type(terms);
        let created = self.http.post("/api/meeting-types", &body).await.created();
        Offer { http: self.http.anonymous(), id: created["id"].as_str().unwrap().to_owned() }
    }

    /// The events of their calendar.
    pub async fn history(&self) -> Vec<Value> {
        let page = self.http.get("/api/calendar/history?limit=100").await.ok();
        assert_eq!(page["next_cursor"], Value::Null, "more events than a test should cause");
        page["items"].as_array().unwrap().clone()
    }
}

/// A half-hour meeting with these differences, as `POST /meeting-types` takes it.
pub fn meeting_type(differences: &Value) -> Value {
    let mut body =
        json!({"name": "Intro call", "slug": unique("intro"), "duration_minutes": 30, "slot_interval_minutes": 30});
    for (name, value) in differences.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// A request of a guest whom nobody knows yet.
pub fn booking(meeting_type: &str, start: &str) -> Value {
    json!({
        "meeting_type_id": meeting_type, "start_time": start, "invitee_name": "Ada Lovelace",
        "invitee_email": format!("{}@example.org", unique("ada")), "invitee_timezone": "Europe/London",
    })
}

impl Offer {
    /// The same at another node.
    #[must_use]
    pub fn at(&self, other: &Http) -> Self {
        Self { http: other.anonymous(), ..self.clone() }
    }

    /// A new guest asks for a time.
    pub fn request(&self, start: &str) -> Call {
        self.http.post("/api/bookings", &booking(&self.id, start))
    }

    /// A new guest books a time.
    pub async fn book(&self, start: &str) -> Booked {
        Booked::of(&self.http, &self.request(start).await)
    }

    /// The times that are offered on a date.
    pub async fn slots(&self, date: NaiveDate) -> Vec<String> {
        let path = format!("/api/availability?meeting_type_id={}&start_date={date}&end_date={date}", self.id);
        let answer = self.http.get(&path).await.ok();
        let slots = answer["slots"][date.to_string()].as_array().cloned().unwrap_or_default();
        slots.iter().map(|slot| slot["start_time"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether a time is offered.
    pub async fn offers(&self, start: &str) -> bool {
        let date: NaiveDate = start[..10].parse().unwrap();
        self.slots(date).await.iter().any(|slot| slot == start)
    }

    /// Whether a time can be booked, as `check` says.
    pub async fn check(&self, start: &str) -> Value {
        self.http.get(&format!("/api/availability/check?meeting_type_id={}&start_time={start}", self.id)).await.ok()
    }
}

impl Booked {
    /// The booking that an answer made.
    #[track_caller]
    pub fn of(http: &Http, reply: &Reply) -> Self {
        let answer = reply.created();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, token) = (text(&answer["booking"]["id"]), text(&answer["manage_token"]));
        Self { http: http.anonymous(), id, token, answer }
    }

    /// Where it is.
    pub fn path(&self) -> String {
        format!("/api/bookings/{}", self.id)
    }

    /// The guest looks at it.
    pub async fn show(&self) -> Value {
        self.http.get(&self.path()).token(&self.token).await.ok()
    }

    /// The guest moves it.
    pub fn reschedule(&self, start: &str) -> Call {
        let body = json!({"start_time": start});
        self.http.put(&format!("{}/reschedule", self.path()), &body).token(&self.token)
    }

    /// The guest cancels it.
    pub fn cancel(&self) -> Call {
        self.http.delete(&self.path()).token(&self.token)
    }
}
