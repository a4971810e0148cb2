//! Empty tables of the same shape as the live ones.

use sqlx::{Connection, PgConnection};

use super::RebuildError;
use crate::database::{BATCH, within};
use crate::projection::Projection;

/// The statements that make a projection's tables anew, partitions and indexes with their names included.
///
/// Read from the catalogue, so that migrations alone say what the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape(Vec<String>);

impl Shape {
    /// The shape of the live tables.
    pub(super) async fn of<P: Projection>(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let query = sqlx::query_scalar(include_str!("shape.sql")).bind(P::TABLES);
        Ok(Self(query.fetch_all(connection).await?))
    }
}

/// Makes empty tables, instead of those that a rebuild before this one left.
pub(super) async fn prepare<P: Projection>(
    connection: &mut PgConnection,
    projection: &P,
) -> Result<Shape, RebuildError> {
    within(BATCH, async {
        let mut transaction = connection.begin().await?;
        // The application's group owns them, as it does the live ones, so that any of its log-ins can swap them.
        sqlx::raw_sql("SET LOCAL ROLE daybook_app").execute(&mut *transaction).await?;
        for table in P::TABLES {
            let sql = format!("DROP TABLE IF EXISTS read_models_rebuild.{table}");
            sqlx::raw_sql(&sql).execute(&mut *transaction).await?;
        }
        let shape = Shape::of::<P>(&mut transaction).await?;
        for statement in &shape.0 {
            sqlx::raw_sql(statement).execute(&mut *transaction).await?;
        }
        projection.prepare(&mut transaction).await?;
        transaction.commit().await?;
        Ok(shape)
    })
    .await
}

/// Tells the planner what the filled tables hold. It would guess at first, and the first to ask are everybody.
pub(super) async fn analyze<P: Projection>(connection: &mut PgConnection) -> Result<(), RebuildError> {
    for table in P::TABLES {
        let sql = format!("ANALYZE read_models_rebuild.{table}");
        within(BATCH, async { Ok::<_, RebuildError>(sqlx::raw_sql(&sql).execute(&mut *connection).await?) }).await?;
    }
    Ok(())
}
