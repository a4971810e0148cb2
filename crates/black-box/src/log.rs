//! Looking into the database behind the program's back.

use sqlx::PgPool;

/// What stands in the database.
#[derive(Clone, Debug)]
pub struct Log(pub PgPool);

impl Log {
    /// The database at a URL. Each test has its own connections: they end with its runtime.
    pub fn at(url: &str) -> Self {
        Self(sqlx::postgres::PgPoolOptions::new().max_connections(4).connect_lazy(url).unwrap())
    }

    /// How many events there are.
    pub async fn events(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&self.0).await.unwrap()
    }

    /// How many events of this type a calendar has.
    pub async fn events_of(&self, host: &str, event_type: &str) -> i64 {
        let query = "SELECT count(*) FROM events WHERE aggregate_id = $1 AND event_type = $2";
        sqlx::query_scalar(query).bind(host).bind(event_type).fetch_one(&self.0).await.unwrap()
    }

    /// Appends events to new calendars, as another program would: so many calendars with so many events each.
    pub async fn fill(&self, calendars: u32, events_each: i64) {
        let insert = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload)
             SELECT 'calendar', $1, n, 'TimeZoneChanged', '1', '{\"type\":\"TimeZoneChanged\",\"time_zone\":\"UTC\"}'
             FROM generate_series(1, $2) AS n";
        for _ in 0..calendars {
            let host = uuid::Uuid::now_v7().to_string();
            sqlx::query(insert).bind(host).bind(events_each).execute(&self.0).await.unwrap();
        }
    }

    /// The places of all events after one, in commit order.
    pub async fn places_after(&self, place: &str) -> Vec<String> {
        let query = "SELECT transaction_id::text || '-' || position FROM events
             WHERE (transaction_id, position) > (split_part($1, '-', 1)::xid8, split_part($1, '-', 2)::bigint)
             ORDER BY events.transaction_id, position";
        sqlx::query_scalar(query).bind(place).fetch_all(&self.0).await.unwrap()
    }

    /// Pairs of bookings of one host that take place at the same time, unless they share a session: in the reservations, and
    /// in the read model.
    pub async fn overlaps(&self) -> (i64, i64) {
        let reservations = "SELECT count(*) FROM reservations a JOIN reservations b
             ON a.host_id = b.host_id AND a.booking_id < b.booking_id AND a.session_id <> b.session_id AND a.during && b.during";
        let read_model = "SELECT count(*) FROM read_models.bookings a JOIN read_models.bookings b
             ON a.host_id = b.host_id AND a.id < b.id AND a.session_id <> b.session_id
             AND a.status = 'confirmed' AND b.status = 'confirmed'
             AND a.start_time < b.end_time AND b.start_time < a.end_time";
        let count = async |query| sqlx::query_scalar(query).fetch_one(&self.0).await.unwrap();
        (count(reservations).await, count(read_model).await)
    }

    /// Every row of tables with all columns, in a fixed order.
    pub async fn rows(&self, tables: &[&str]) -> Vec<String> {
        let mut rows = Vec::new();
        for table in tables {
            let query = format!("SELECT '{table}: ' || t::text FROM {table} t ORDER BY 1");
            rows.extend(sqlx::query_scalar::<_, String>(&query).fetch_all(&self.0).await.unwrap());
        }
        rows
    }
}
