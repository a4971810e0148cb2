//! A meeting type as the API takes and shows it.

use daybook_domain::ids::{HostId, MeetingTypeId, ScheduleId, TeamId};
use daybook_domain::meeting_type::{
    BookingWindow, DEFAULT_HOLD_MINUTES, Kind, Limits, Location, MeetingType, Policies, Strategy, Terms, Visibility,
};
use daybook_domain::questions::Question;
use daybook_domain::text::{Color, Description, HttpUrl, Name, Slug};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a host says about a meeting type; what is not said takes its default.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingTypeRequest {
    /// What guests read.
    #[schema(value_type = String, min_length = 1, max_length = 120, example = "Intro call")]
    pub name: Name,
    /// Its place in the booking URL; made of the name if not given.
    #[schema(value_type = Option<String>, max_length = 64, example = "intro")]
    pub slug: Option<Slug>,
    /// A few lines for guests.
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub description: Option<Description>,
    /// Length of the meeting, 5 to 480 minutes.
    #[schema(minimum = 5, maximum = 480, example = 30)]
    pub duration_minutes: u16,
    /// Kept free before the meeting, 0 to 240 minutes.
    #[serde(default)]
    #[schema(default = 0, maximum = 240)]
    pub buffer_before_minutes: u16,
    /// Kept free after the meeting, 0 to 240 minutes.
    #[serde(default)]
    #[schema(default = 0, maximum = 240)]
    pub buffer_after_minutes: u16,
    /// Whether the buffers, too, must lie within the host's hours.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub buffers_within_hours: bool,
    /// Minutes between two starting times, 1 to 480.
    #[serde(default = "quarter_of_an_hour")]
    #[schema(default = 15, minimum = 1, maximum = 480)]
    pub slot_interval_minutes: u16,
    /// Minutes between booking and start at least, up to a year.
    #[serde(default)]
    #[schema(default = 0, maximum = 525_600)]
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked: `{"type": "rolling_days", "days": 60}` or
    /// `{"type": "fixed", "from_date": …, "to_date": …}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub booking_window: BookingWindow,
    /// Bookings on one date at most, 1 to 100.
    pub max_bookings_per_day: Option<u16>,
    /// Bookings in one ISO week at most.
    pub max_bookings_per_week: Option<u16>,
    /// Minutes of meetings on one date at most.
    pub max_minutes_per_day: Option<u16>,
    /// A colour as `#rrggbb`.
    #[schema(value_type = Option<String>, example = "#0069ff")]
    pub color: Option<Color>,
    /// Whether it can be booked.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// How it brings people together.
    #[serde(default)]
    #[schema(value_type = String, default = "one_on_one")]
    pub kind: Kind,
    /// Guests that share one session.
    #[serde(default = "one")]
    #[schema(default = 1)]
    pub capacity: u16,
    /// Who finds it.
    #[serde(default)]
    #[schema(value_type = String, default = "public")]
    pub visibility: Visibility,
    /// Where it takes place, such as `{"type": "phone", "number": …}`.
    #[schema(value_type = Option<Object>)]
    pub location: Option<Location>,
    /// The schedule it uses; the default one if not given.
    #[schema(value_type = Option<Uuid>)]
    pub schedule_id: Option<ScheduleId>,
    /// Where guests are sent after booking.
    #[schema(value_type = Option<String>, format = "uri")]
    pub confirmation_redirect_url: Option<HttpUrl>,
    /// Whether a booking holds its time only until the host confirms or declines it.
    #[serde(default)]
    #[schema(default = false)]
    pub requires_confirmation: bool,
    /// For how many minutes at most, 5 to 20160; never beyond the start of the meeting.
    #[serde(default = "a_day")]
    #[schema(default = 1440, minimum = 5, maximum = 20_160)]
    pub hold_minutes: u32,
    /// Minutes before the start after which the guest can no longer cancel, up to 30 days.
    #[serde(default)]
    #[schema(default = 0, maximum = 43_200)]
    pub cancellation_notice_minutes: u32,
    /// Minutes before the start after which the guest can no longer reschedule, up to 30 days.
    #[serde(default)]
    #[schema(default = 0, maximum = 43_200)]
    pub reschedule_notice_minutes: u32,
    /// What guests are asked; at most 30 questions.
    #[serde(default)]
    #[schema(value_type = Vec<QuestionBody>, max_items = 30)]
    pub questions: Vec<Question>,
    /// Whom a booking goes to, of a team's round-robin type: `maximize_availability`, `equal_distribution` or `priority`.
    #[schema(value_type = Option<String>)]
    pub strategy: Option<Strategy>,
    /// The team that offers it; you do, if not given. It cannot be changed later.
    #[schema(value_type = Option<Uuid>)]
    pub team_id: Option<TeamId>,
}

/// A question to guests.
#[derive(ToSchema)]
#[schema(as = Question)]
#[expect(dead_code, reason = "describes the domain's own type")]
pub struct QuestionBody {
    /// What answers name it by: 1 to 64 lower-case letters, digits and hyphens; unique within the meeting type.
    #[schema(example = "company")]
    id: String,
    /// What guests read.
    #[schema(example = "Which company are you with?")]
    label: String,
    /// `text`, `textarea`, `select`, `multiselect`, `radio`, `checkbox`, `phone`, `number` or `url`.
    #[schema(example = "text")]
    r#type: String,
    /// Whether it must be answered; a checkbox must be ticked then.
    #[schema(default = false)]
    required: bool,
    /// What can be chosen; for `select`, `multiselect` and `radio` only.
    #[schema(max_items = 50)]
    options: Vec<String>,
}

const fn a_day() -> u32 {
    DEFAULT_HOLD_MINUTES
}

const fn yes() -> bool {
    true
}

const fn one() -> u16 {
    1
}

const fn quarter_of_an_hour() -> u16 {
    15
}

impl MeetingTypeRequest {
    /// The meeting type that is asked for.
    pub fn into_meeting_type(self, id: MeetingTypeId) -> MeetingType {
        MeetingType {
            id,
            slug: self.slug.unwrap_or_else(|| Slug::of(self.name.as_str())),
            name: self.name,
            description: self.description,
            color: self.color,
            location: self.location,
            is_active: self.is_active,
            visibility: self.visibility,
            kind: self.kind,
            team_id: self.team_id,
            strategy: self.strategy,
            schedule_id: self.schedule_id,
            confirmation_redirect_url: self.confirmation_redirect_url,
            questions: self.questions,
            policies: Policies {
                requires_confirmation: self.requires_confirmation,
                hold_minutes: self.hold_minutes,
                cancellation_notice_minutes: self.cancellation_notice_minutes,
                reschedule_notice_minutes: self.reschedule_notice_minutes,
            },
            terms: Terms {
                duration_minutes: self.duration_minutes,
                buffer_before_minutes: self.buffer_before_minutes,
                buffer_after_minutes: self.buffer_after_minutes,
                buffers_within_hours: self.buffers_within_hours,
                slot_interval_minutes: self.slot_interval_minutes,
                minimum_notice_minutes: self.minimum_notice_minutes,
                booking_window: self.booking_window,
                limits: Limits {
                    max_bookings_per_day: self.max_bookings_per_day,
                    max_bookings_per_week: self.max_bookings_per_week,
                    max_minutes_per_day: self.max_minutes_per_day,
                },
                capacity: self.capacity,
            },
        }
    }
}

/// A meeting type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = MeetingType)]
pub struct MeetingTypeBody {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub host_id: Uuid,
    /// What guests read.
    pub name: String,
    /// Its place in the booking URL.
    pub slug: String,
    /// A few lines for guests.
    pub description: Option<String>,
    /// Length of the meeting in minutes.
    pub duration_minutes: u16,
    /// Minutes kept free before the meeting.
    pub buffer_before_minutes: u16,
    /// Minutes kept free after the meeting.
    pub buffer_after_minutes: u16,
    /// Whether the buffers, too, must lie within the host's hours.
    pub buffers_within_hours: bool,
    /// Minutes between two starting times.
    pub slot_interval_minutes: u16,
    /// Minutes between booking and start at least.
    pub minimum_notice_minutes: u32,
    /// How far ahead it can be booked.
    #[schema(value_type = Object)]
    pub booking_window: Value,
    /// Bookings on one date at most.
    pub max_bookings_per_day: Option<u16>,
    /// Bookings in one ISO week at most.
    pub max_bookings_per_week: Option<u16>,
    /// Minutes of meetings on one date at most.
    pub max_minutes_per_day: Option<u16>,
    /// A colour as `#rrggbb`.
    pub color: Option<String>,
    /// Whether it can be booked.
    pub is_active: bool,
    /// How it brings people together.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Guests that share one session.
    pub capacity: u16,
    /// Who finds it.
    #[schema(value_type = String)]
    pub visibility: Visibility,
    /// Where it takes place.
    #[schema(value_type = Option<Object>)]
    pub location: Option<Value>,
    /// The schedule it uses; the default one if none.
    pub schedule_id: Option<Uuid>,
    /// Where guests are sent after booking.
    pub confirmation_redirect_url: Option<String>,
    /// Whether a booking holds its time only until the host confirms or declines it.
    pub requires_confirmation: bool,
    /// For how many minutes at most.
    pub hold_minutes: u32,
    /// Minutes before the start after which the guest can no longer cancel.
    pub cancellation_notice_minutes: u32,
    /// Minutes before the start after which the guest can no longer reschedule.
    pub reschedule_notice_minutes: u32,
    /// What guests are asked.
    #[schema(value_type = Vec<QuestionBody>)]
    pub questions: Value,
    /// The team that offers it.
    pub team_id: Option<Uuid>,
    /// Whom a booking of a round-robin type goes to.
    #[schema(value_type = Option<String>)]
    pub strategy: Option<Strategy>,
}

impl MeetingTypeBody {
    /// A meeting type of this host.
    pub fn new(host: HostId, meeting_type: &MeetingType) -> Self {
        let t = meeting_type;
        let Terms { limits, .. } = t.terms;
        Self {
            id: t.id.0,
            host_id: host.0,
            name: t.name.to_string(),
            slug: t.slug.to_string(),
            description: t.description.as_ref().map(ToString::to_string),
            duration_minutes: t.terms.duration_minutes,
            buffer_before_minutes: t.terms.buffer_before_minutes,
            buffer_after_minutes: t.terms.buffer_after_minutes,
            buffers_within_hours: t.terms.buffers_within_hours,
            slot_interval_minutes: t.terms.slot_interval_minutes,
            minimum_notice_minutes: t.terms.minimum_notice_minutes,
            booking_window: json!(t.terms.booking_window),
            max_bookings_per_day: limits.max_bookings_per_day,
            max_bookings_per_week: limits.max_bookings_per_week,
            max_minutes_per_day: limits.max_minutes_per_day,
            color: t.color.as_ref().map(ToString::to_string),
            is_active: t.is_active,
            kind: t.kind,
            capacity: t.terms.capacity,
            visibility: t.visibility,
            location: t.location.as_ref().map(|location| json!(location)),
            schedule_id: t.schedule_id.map(|id| id.0),
            confirmation_redirect_url: t.confirmation_redirect_url.as_ref().map(ToString::to_string),
            requires_confirmation: t.policies.requires_confirmation,
            hold_minutes: t.policies.hold_minutes,
            cancellation_notice_minutes: t.policies.cancellation_notice_minutes,
            reschedule_notice_minutes: t.policies.reschedule_notice_minutes,
            questions: json!(t.questions),
            team_id: t.team_id.map(|id| id.0),
            strategy: (t.kind == Kind::RoundRobin).then(|| t.strategy.unwrap_or_default()),
        }
    }
}
