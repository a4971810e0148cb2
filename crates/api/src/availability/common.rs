//! `GET /availability/common`: when several hosts could meet (V10).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use chrono::NaiveDate;
use daybook_accounts::Role;
use daybook_domain::availability::Availability;
use daybook_domain::common::common_times;
use daybook_domain::ids::HostId;
use daybook_domain::zone::Zone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::range::dates;
use super::slot::SlotBody;
use crate::auth::Host;
use crate::extract::{Json, Query};
use crate::problem::{Answer, Problem, ProblemBody};
use crate::state::Api;

/// Hosts at most.
const MOST_HOSTS: usize = 20;

/// Who wants to meet, for how long, and when.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CommonQuery {
    /// The ids of the other hosts, separated by commas; at most 20. You are one of them in any case.
    #[param(example = "0197f3a0-0000-7000-8000-000000000001")]
    pub hosts: String,
    /// Length of the meeting, 5 to 480 minutes.
    #[param(minimum = 5, maximum = 480, example = 30)]
    pub duration_minutes: u16,
    /// First date, in `timezone`.
    #[param(example = "2027-01-11")]
    pub start_date: NaiveDate,
    /// Last date, in `timezone`; at most 62 dates in all.
    #[param(example = "2027-01-15")]
    pub end_date: NaiveDate,
    /// The zone in which the dates are meant; yours if not given.
    #[param(value_type = Option<String>, example = "Europe/London")]
    pub timezone: Option<Zone>,
}

/// When all of them are free.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommonAnswer {
    /// The zone of the dates.
    pub time_zone: String,
    /// Times by date; dates without any are left out.
    pub slots: BTreeMap<NaiveDate, Vec<SlotBody>>,
}

/// When you and others of your teams could meet
///
/// Within the hours of everybody's default schedule, on a grid of 15 minutes. Only hosts with whom you share a team are found.
#[utoipa::path(
    get, path = "/api/availability/common", tag = "availability", params(CommonQuery),
    responses(
        (status = 200, description = "The times, by date", body = CommonAnswer),
        (status = 400, description = "A parameter breaks a rule", body = ProblemBody),
        (status = 401, description = "Credentials are needed", body = ProblemBody),
        (status = 404, description = "No such host in your teams", body = ProblemBody),
    )
)]
pub async fn common(
    State(api): State<Api>,
    host: Host,
    Query(asked): Query<CommonQuery>,
) -> Answer<Json<CommonAnswer>> {
    let timed = api.metrics.availability.begin();
    if !(5..=480).contains(&asked.duration_minutes) {
        return Err(Problem::invalid("duration_minutes", "must be from 5 to 480"));
    }
    let hosts = hosts(&asked.hosts)?;
    let own = api.calendar(host.calendar()).await?.availability;
    let mut all: Vec<Arc<Availability>> = vec![Arc::clone(&own)];
    for other in hosts.into_iter().filter(|other| *other != host.calendar()) {
        let known = api.calendar(other).await?;
        let theirs = &known.availability.settings;
        let shares_a_team = theirs.teams.iter().any(|team| own.settings.teams.contains(team));
        if theirs.team.is_some() || !(shares_a_team || host.0.role == Role::Admin) {
            return Err(Problem::not_found("host"));
        }
        all.push(known.availability);
    }
    let zone = asked.timezone.as_ref().unwrap_or(&own.settings.zones.home);
    let range = dates(zone, asked.start_date, asked.end_date)?;
    let all: Vec<&Availability> = all.iter().map(AsRef::as_ref).collect();
    let mut slots: BTreeMap<NaiveDate, Vec<SlotBody>> = BTreeMap::new();
    for slot in common_times(&all, asked.duration_minutes, range, api.clock.now()) {
        let body = SlotBody::from(&slot);
        slots.entry(zone.date_of(body.start_time)).or_default().push(body);
    }
    timed.uncached();
    Ok(Json(CommonAnswer { time_zone: zone.to_string(), slots }))
}

fn hosts(text: &str) -> Answer<Vec<HostId>> {
    let hosts: Result<Vec<HostId>, _> = text.split(',').map(|id| id.trim().parse()).collect();
    match hosts {
        Ok(hosts) if hosts.len() <= MOST_HOSTS => Ok(hosts),
        Ok(_) => Err(Problem::invalid("hosts", "must have at most 20 entries")),
        Err(_) => Err(Problem::invalid("hosts", "must be ids of hosts, separated by commas")),
    }
}
