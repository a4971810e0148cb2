//! An account as its owner sees it.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_accounts::User;
use daybook_domain::zone::{HostZones, TimeZoneChange};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    /// Its id; also that of its calendar.
    pub id: Uuid,
    /// Where its owner is written to.
    #[schema(format = "email", example = "ada@example.org")]
    pub email: String,
    /// What its owner is called.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// Its part of booking URLs.
    #[schema(example = "ada")]
    pub username: String,
    /// Where its owner's clock is.
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    /// Announced stays in other zones.
    pub time_zone_changes: Vec<TimeZoneChangeBody>,
    /// `user` or `admin`.
    #[schema(example = "user")]
    pub role: &'static str,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When anything of it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A stay in another zone. Of several that cover a date, the last one in the list counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimeZoneChange)]
pub struct TimeZoneChangeBody {
    /// First date in the other zone.
    pub from_date: NaiveDate,
    /// Last date there; without one the change lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_date: Option<NaiveDate>,
    /// The other zone.
    #[schema(example = "America/New_York")]
    pub time_zone: String,
}

impl UserBody {
    /// An account whose calendar has these zones today.
    pub fn new(user: &User, zones: &HostZones) -> Self {
        Self {
            id: user.id.0,
            email: user.email.to_string(),
            name: user.name.to_string(),
            username: user.username.to_string(),
            time_zone: zones.home.to_string(),
            time_zone_changes: zones.changes.iter().map(TimeZoneChangeBody::from).collect(),
            role: user.role.as_str(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl From<&TimeZoneChange> for TimeZoneChangeBody {
    fn from(change: &TimeZoneChange) -> Self {
        let TimeZoneChange { from_date, to_date, time_zone } = change;
        Self { from_date: *from_date, to_date: *to_date, time_zone: time_zone.to_string() }
    }
}
