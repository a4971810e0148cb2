//! Where teams' booking pages are: names that they share with the usernames of hosts.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Accounts, in_time};
use crate::error::AccountsError;
use crate::fields::Username;
use crate::user::UserId;

/// A claim this old whose team was never formed was given up: its node died in between.
const ABANDONED: TimeDelta = TimeDelta::minutes(1);

impl Accounts {
    /// Claims a place in booking URLs for a team that is about to be formed, or for one that takes another place.
    ///
    /// Refuses with `TeamPageTaken`.
    pub async fn claim_team_page(
        &self,
        team: Uuid,
        slug: &Username,
        owner: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), AccountsError> {
        let query = sqlx::query(
            "INSERT INTO team_pages (team_id, slug, owner_id, claimed_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (team_id) DO UPDATE SET slug = excluded.slug, claimed_at = excluded.claimed_at",
        );
        in_time(query.bind(team).bind(slug).bind(owner).bind(now).execute(&self.pool)).await.map(drop)
    }

    /// Gives a team's place up.
    pub async fn release_team_page(&self, team: Uuid) -> Result<(), AccountsError> {
        in_time(sqlx::query("DELETE FROM team_pages WHERE team_id = $1").bind(team).execute(&self.pool)).await.map(drop)
    }

    /// The team with this place in booking URLs, and whether the claim is old enough to be an abandoned one.
    pub async fn team_at(&self, slug: &Username, now: DateTime<Utc>) -> Result<Option<(Uuid, bool)>, AccountsError> {
        let query = sqlx::query_as("SELECT team_id, claimed_at < $2 FROM team_pages WHERE slug = $1");
        in_time(query.bind(slug).bind(now - ABANDONED).fetch_optional(&self.pool)).await
    }

    /// The teams that somebody manages, oldest first.
    pub async fn teams_of_owner(&self, owner: UserId) -> Result<Vec<Uuid>, AccountsError> {
        let query = sqlx::query_scalar("SELECT team_id FROM team_pages WHERE owner_id = $1 ORDER BY team_id");
        in_time(query.bind(owner).fetch_all(&self.pool)).await
    }
}
