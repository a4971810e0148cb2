//! Every statement finds its rows by an index, however large the tables are.

use std::fs;

use sqlx::{Connection, Executor, PgConnection};

use crate::world::World;

#[tokio::test]
async fn no_statement_ever_scans_a_table() {
    let world = World::new().await;
    let mut connection = world.pool().acquire().await.unwrap().detach();
    // The tables are empty, where a scan would be cheapest; with it forbidden, one only remains where no index serves.
    connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut explained = 0;
    for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql")).unwrap() {
        let path = file.unwrap().path();
        let plan = plan(&mut connection, &fs::read_to_string(&path).unwrap()).await;
        assert!(!plan.contains("Seq Scan"), "{}:\n{plan}", path.display());
        explained += 1;
    }
    assert!(explained >= 15, "{explained}");
    connection.close().await.unwrap();
}

/// The plan for whatever parameters there will be.
async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    connection.execute(format!("PREPARE statement AS {statement}").as_str()).await.unwrap();
    let parameters: i32 =
        sqlx::query_scalar("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'statement'")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
    let nulls = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
    let lines: Vec<String> = sqlx::query_scalar(&format!("EXPLAIN EXECUTE statement({nulls})"))
        .persistent(false)
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    connection.execute("DEALLOCATE statement").await.unwrap();
    lines.join("\n")
}
