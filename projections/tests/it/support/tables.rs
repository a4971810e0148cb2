//! What is in the tables, all columns, as text that can be compared.

use sqlx::{PgConnection, PgPool};

/// The rows of a projection's tables, in the order of their keys.
pub(crate) async fn dump(pool: &PgPool, tables: &[&str]) -> Vec<String> {
    let mut rows = Vec::new();
    for table in tables {
        let sql = format!("SELECT '{table}: ' || t::text FROM read_models.{table} t ORDER BY t::text");
        rows.extend(sqlx::query_scalar::<_, String>(&sql).fetch_all(pool).await.unwrap());
    }
    rows
}

/// Forgets everything that was projected.
pub(crate) async fn clear(pool: &PgPool, tables: &[&str]) {
    // On tables of a few rows much quicker than TRUNCATE.
    let deletes: Vec<String> = tables.iter().map(|table| format!("DELETE FROM read_models.{table};")).collect();
    let sql = format!("{} DELETE FROM read_models.checkpoints", deletes.concat());
    sqlx::raw_sql(&sql).execute(pool).await.unwrap();
}

/// A connection to the live tables, as a step of a projection sees them.
pub(crate) async fn use_live_tables(connection: &mut PgConnection) {
    sqlx::raw_sql("SET search_path = read_models, public").execute(connection).await.unwrap();
}
