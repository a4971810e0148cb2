//! The months of the bookings table: a partition each, made ahead (O2).
//!
//! What falls outside of the months that there are lands in the default partition, so nothing fails for want of one. When a
//! month gets its partition, the few rows that the default partition has of it move there; where they are many, a rebuild
//! sorts them, because moving them would hold the feed up.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, Utc};
use daybook_domain::time::Instant;
use sqlx::{Connection, PgConnection, Row};

use crate::database::{BATCH, DatabaseError, within};
use crate::tables_lock::{self, begin_changes, run};

/// Months made ahead of the present one.
pub const AHEAD: u32 = 12;
/// Rows that move out of the default partition in one transaction.
const MOST_MOVED: i64 = 10_000;

/// A month of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that an instant falls into.
    pub fn of(instant: Instant) -> Self {
        Self::of_date(instant.date_naive())
    }

    /// The month of a date.
    pub fn of_date(date: NaiveDate) -> Self {
        Self(date.with_day(1).unwrap_or(date))
    }

    /// Its first day.
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The month so many later.
    #[must_use]
    pub fn later(self, months: u32) -> Self {
        Self(self.0 + Months::new(months))
    }

    /// When it begins.
    pub fn start(self) -> Instant {
        DateTime::<Utc>::from_naive_utc_and_offset(self.0.and_time(NaiveTime::MIN), Utc)
    }

    /// When the next one begins.
    pub fn end(self) -> Instant {
        self.later(1).start()
    }

    /// The partition's name.
    pub fn table(self) -> String {
        format!("bookings_{:04}_{:02}", self.0.year(), self.0.month())
    }

    fn of_table(name: &str) -> Option<Self> {
        name.strip_prefix("bookings_")?.replace('_', "-").parse().ok()
    }

    fn bounds(self) -> String {
        format!("FROM ('{}+00') TO ('{}+00')", self.start().naive_utc(), self.end().naive_utc())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// Not a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a month such as 2026-01")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let month = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map(Self);
        // A year of four digits: the names of tables and files have no room for others, nor has anybody bookings then.
        let is_spelled = |month: &Self| (1..=9998).contains(&month.0.year()) && month.to_string() == text;
        month.ok().filter(is_spelled).ok_or(NotAMonth)
    }
}

/// What `ensure` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ensured {
    /// The months that got a partition, with the rows that moved into it.
    pub made: Vec<(Month, u64)>,
    /// Months with too many rows in the default partition, which a rebuild sorts.
    pub left: Vec<(Month, u64)>,
}

/// The months of the table, and how many rows the default partition has of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partitions {
    /// Months that have a partition, each with its rows as the planner estimates them.
    pub months: BTreeMap<Month, u64>,
    /// Months of which the default partition has rows, counted.
    pub in_default: BTreeMap<Month, u64>,
}

/// Gives partitions to the present month, to those `ahead`, and to earlier ones of which the default partition has rows.
///
/// Each in a transaction of its own, which waits for nobody long: queries that come meanwhile wait 200 ms at most.
pub async fn ensure(connection: &mut PgConnection, now: Instant, ahead: u32) -> Result<Ensured, DatabaseError> {
    let Partitions { months, in_default } = partitions(connection).await?;
    let last = Month::of(now).later(ahead);
    let coming = (0..=ahead).map(|n| Month::of(now).later(n));
    let mut wanted: Vec<Month> = in_default.keys().copied().chain(coming).filter(|month| *month <= last).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut done = Ensured::default();
    for month in wanted.into_iter().filter(|month| !months.contains_key(month)) {
        let rows = in_default.get(&month).copied().unwrap_or_default();
        if rows.cast_signed() > MOST_MOVED {
            done.left.push((month, rows));
        } else {
            done.made.push((month, make(connection, month).await?));
        }
    }
    Ok(done)
}

/// Gives this month a partition if it has none, however many rows move.
pub(crate) async fn ensure_one(connection: &mut PgConnection, month: Month) -> Result<(), DatabaseError> {
    if !partitions(connection).await?.months.contains_key(&month) {
        make(connection, month).await?;
    }
    Ok(())
}

/// The table's months.
pub async fn partitions(connection: &mut PgConnection) -> Result<Partitions, DatabaseError> {
    let names = sqlx::query(
        "SELECT c.relname::text AS name, greatest(c.reltuples, 0)::bigint AS rows
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'read_models.bookings'::regclass",
    );
    let names = names.fetch_all(&mut *connection).await?;
    let months = names.iter().filter_map(|row| Some((Month::of_table(row.get("name"))?, row.get::<i64, _>("rows"))));
    let months = months.map(|(month, rows)| (month, rows.cast_unsigned())).collect();
    Ok(Partitions { months, in_default: in_default(connection).await? })
}

async fn in_default(connection: &mut PgConnection) -> Result<BTreeMap<Month, u64>, DatabaseError> {
    let query = sqlx::query(
        "SELECT date_trunc('month', start_time AT TIME ZONE 'UTC')::date AS month, count(*) AS rows
         FROM read_models.bookings_default GROUP BY 1",
    );
    let rows = query.fetch_all(connection).await?;
    Ok(rows.iter().map(|row| (Month::of_date(row.get("month")), row.get::<i64, _>("rows").cast_unsigned())).collect())
}

/// Makes a partition and moves the rows that the default partition has of the month; how many.
async fn make(connection: &mut PgConnection, month: Month) -> Result<u64, DatabaseError> {
    let mut attempt = 1;
    loop {
        let made = within(BATCH, try_to_make(connection, month)).await;
        if !tables_lock::again(attempt, &made).await {
            return made;
        }
        attempt += 1;
    }
}

async fn try_to_make(connection: &mut PgConnection, month: Month) -> Result<u64, DatabaseError> {
    let mut transaction = connection.begin().await?;
    begin_changes(&mut transaction).await?;
    // First the table, then the partition, as queries do. The table alone too: a query that has looked up its partitions and
    // then waits for the default one would find neither the rows that have left there nor the new partition.
    run(&mut transaction, "LOCK TABLE ONLY read_models.bookings IN ACCESS EXCLUSIVE MODE").await?;
    run(&mut transaction, "LOCK TABLE read_models.bookings_default IN ACCESS EXCLUSIVE MODE").await?;
    let (name, bounds) = (month.table(), month.bounds());
    let create = format!("CREATE TABLE read_models.{name} (LIKE read_models.bookings_default INCLUDING ALL)");
    run(&mut transaction, &create).await?;
    let fill = format!(
        "WITH moved AS (
                 DELETE FROM read_models.bookings_default WHERE start_time >= $1 AND start_time < $2 RETURNING *
             ) INSERT INTO read_models.{name} SELECT * FROM moved"
    );
    let moved = sqlx::query(&fill).bind(month.start()).bind(month.end()).execute(&mut *transaction).await?;
    let attach = format!("ALTER TABLE read_models.bookings ATTACH PARTITION read_models.{name} FOR VALUES {bounds}");
    run(&mut transaction, &attach).await?;
    transaction.commit().await?;
    Ok(moved.rows_affected())
}

/// Removes the partition of a month if it is empty; whether it did.
pub(crate) async fn remove_if_empty(connection: &mut PgConnection, month: Month) -> Result<bool, DatabaseError> {
    let mut attempt = 1;
    loop {
        let removed = within(BATCH, try_to_remove(connection, month)).await;
        if !tables_lock::again(attempt, &removed).await {
            return removed;
        }
        attempt += 1;
    }
}

async fn try_to_remove(connection: &mut PgConnection, month: Month) -> Result<bool, DatabaseError> {
    let name = month.table();
    let mut transaction = connection.begin().await?;
    begin_changes(&mut transaction).await?;
    run(&mut transaction, "LOCK TABLE ONLY read_models.bookings IN ACCESS EXCLUSIVE MODE").await?;
    run(&mut transaction, &format!("LOCK TABLE read_models.{name} IN ACCESS EXCLUSIVE MODE")).await?;
    let is_empty = format!("SELECT NOT EXISTS (SELECT FROM read_models.{name})");
    let is_empty: bool = sqlx::query_scalar(&is_empty).fetch_one(&mut *transaction).await?;
    if is_empty {
        run(&mut transaction, &format!("DROP TABLE read_models.{name}")).await?;
        transaction.commit().await?;
    }
    Ok(is_empty)
}

/// In the tables of a rebuild, gives a partition to every month of which the live default partition has rows: so a rebuild
/// sorts what is too much to be moved.
pub(super) async fn prepare_rebuild(connection: &mut PgConnection) -> Result<(), DatabaseError> {
    for month in in_default(connection).await?.into_keys() {
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS read_models_rebuild.{} PARTITION OF read_models_rebuild.bookings FOR VALUES {}",
            month.table(),
            month.bounds()
        );
        run(connection, &sql).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_reads_back_what_it_writes_and_nothing_else() {
        for text in ["2026-01", "2027-12", "0999-02"] {
            let month: Month = text.parse().unwrap();
            assert_eq!((month.to_string().as_str(), Month::of_table(&month.table())), (text, Some(month)));
        }
        for text in ["", "2026", "2026-13", "2026-1", "2026-01-01", "2026/01", "default", "-626-01", "12026-01"] {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text:?}");
        }
    }

    #[test]
    fn a_month_is_one_of_utc() {
        let december: Month = "2026-12".parse().unwrap();
        assert_eq!(december.bounds(), "FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')");
        assert_eq!(Month::of("2026-12-31T23:59:59Z".parse().unwrap()), december);
        assert_eq!(Month::of("2027-01-01T00:00:00Z".parse().unwrap()), december.later(1));
    }
}
