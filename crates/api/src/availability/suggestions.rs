//! `GET /availability/suggestions`: the best times, and why (V10).

use axum::extract::State;
use chrono::NaiveDate;
use daybook_domain::ids::MeetingTypeId;
use daybook_domain::suggest::Suggestion;
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::range::dates;
use super::slot::SlotBody;
use crate::extract::{Json, Query};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Suggestions if the question does not say how many, and at most.
const USUAL: usize = 5;
const MOST: usize = 20;

/// Among which times to choose.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuggestionsQuery {
    /// The kind of meeting.
    #[param(value_type = Uuid)]
    pub meeting_type_id: MeetingTypeId,
    /// First date, in `timezone`.
    #[param(example = "2027-01-11")]
    pub start_date: NaiveDate,
    /// Last date, in `timezone`; at most 62 dates in all.
    #[param(example = "2027-01-15")]
    pub end_date: NaiveDate,
    /// The zone in which the dates are meant; the host's if not given.
    #[param(value_type = Option<String>, example = "Europe/London")]
    pub timezone: Option<Zone>,
    /// Suggestions at most, 1 to 20; 5 if not given.
    #[param(minimum = 1, maximum = 20)]
    pub limit: Option<usize>,
}

/// The best times.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuggestionsAnswer {
    /// The kind of meeting.
    pub meeting_type_id: Uuid,
    /// The best first, the earlier one of equals.
    pub suggestions: Vec<SuggestionBody>,
}

/// A time that can be booked, and how good it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
pub struct SuggestionBody {
    /// The time.
    #[serde(flatten)]
    pub slot: SlotBody,
    /// From 0 to 100; 40 is a time about which nothing is known.
    #[schema(maximum = 100, example = 75)]
    pub score: u8,
    /// What adds to the score, or takes from it.
    pub reasons: Vec<MeritBody>,
}

/// A reason for a score.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Merit)]
pub struct MeritBody {
    /// What kind of reason: `hour`, `weekday`, `adjacent`, `gap` or `soon`.
    #[schema(example = "adjacent")]
    pub code: &'static str,
    /// The same for people.
    pub message: String,
    /// What it adds to the score.
    #[schema(example = 15)]
    pub points: i16,
}

impl From<Suggestion> for SuggestionBody {
    fn from(suggestion: Suggestion) -> Self {
        let merit = |merit: daybook_domain::suggest::Merit| MeritBody {
            code: merit.code,
            message: merit.message,
            points: merit.points,
        };
        Self {
            slot: SlotBody::from(&suggestion.slot),
            score: suggestion.score,
            reasons: suggestion.reasons.into_iter().map(merit).collect(),
        }
    }
}

/// The best times to meet
///
/// Ranked by what happened at the host's meetings of the last weeks, by hour and weekday, by how well the day stays in one
/// piece, and by how soon it is. Every point is accounted for. Not for meeting types of teams.
#[utoipa::path(
    get, path = "/api/availability/suggestions", tag = "availability", params(SuggestionsQuery),
    responses(
        (status = 200, description = "The best times", body = SuggestionsAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 404, description = "No such meeting type", body = ProblemBody),
    )
)]
pub async fn suggestions(
    State(api): State<Api>,
    Query(asked): Query<SuggestionsQuery>,
) -> Answer<Json<SuggestionsAnswer>> {
    let timed = api.metrics.availability.begin();
    let count = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&count) {
        return Err(Problem::invalid("limit", "must be from 1 to 20"));
    }
    let id = asked.meeting_type_id;
    let host = api.host_of_meeting_type(id).await?;
    let calendar = api.store.calendar(host).await?;
    let settings = &calendar.availability().settings;
    let meeting_type = settings.meeting_type(id).ok_or_else(|| Problem::not_found("meeting type"))?;
    if meeting_type.team_id.is_some() {
        return Err(Problem::invalid("meeting_type_id", "must not be a team's"));
    }
    let zone = asked.timezone.as_ref().unwrap_or(&settings.zones.home);
    let range = dates(zone, asked.start_date, asked.end_date)?;
    let suggestions =
        if meeting_type.is_active { calendar.suggest(meeting_type, range, count, api.clock.now()) } else { Vec::new() };
    let suggestions = suggestions.into_iter().map(SuggestionBody::from).collect();
    timed.uncached();
    Ok(Json(SuggestionsAnswer { meeting_type_id: id.0, suggestions }))
}
