//! A guest who can be searched for.

use serde_json::json;

use super::people::{Booked, Offer, booking, unique};

/// A guest whose every trace is told from everybody else's.
#[derive(Debug)]
pub struct TracedGuest {
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they write.
    pub notes: String,
    /// What they answer to a question.
    pub answer: String,
    /// Whom they bring along.
    pub friend: String,
    /// Why they move.
    pub moved_because: String,
    /// Why they cancel.
    pub cancelled_because: String,
}

impl TracedGuest {
    /// Somebody new.
    pub fn somebody() -> Self {
        Self {
            email: format!("{}@erase.example", unique("Mail")),
            name: format!("Nina {}", unique("name")),
            notes: unique("notes"),
            answer: unique("answer"),
            friend: format!("{}@erase.example", unique("friend")),
            moved_because: unique("moved"),
            cancelled_because: unique("cancelled"),
        }
    }

    /// What read models and answers show of them.
    pub fn shown(&self) -> [&str; 6] {
        [&self.email, &self.name, &self.notes, &self.answer, &self.friend, &self.cancelled_because]
    }

    /// What is found of them in a text, whatever its case.
    pub fn traces<'a>(&'a self, text: &str) -> Vec<&'a str> {
        let text = text.to_lowercase();
        let all = self.shown().into_iter().chain([self.moved_because.as_str()]);
        all.filter(|trace| text.contains(&trace.to_lowercase())).collect()
    }

    /// Books a time as the API wants it, with an idempotency key. The offer asks for their colour.
    pub async fn book(&self, offer: &Offer, start: &str) -> Booked {
        let mut asked = booking(&offer.id, start);
        asked["invitee_email"] = json!(self.email);
        asked["invitee_name"] = json!(self.name);
        asked["notes"] = json!(self.notes);
        asked["answers"] = json!([{"question_id": "colour", "value": self.answer}]);
        asked["guests"] = json!([self.friend]);
        Booked::of(&offer.http, &offer.http.post("/api/bookings", &asked).key(&unique("key")).await)
    }
}
