//! A connection outside the pool, for those who ask the database all the time.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::timeout;

/// How long a connection may take to be made, and to be closed.
const LIMIT: Duration = Duration::from_secs(2);

/// A connection of one's own, made when it is needed.
///
/// A pool pings a connection twice whenever it comes back; who asks hundreds of times a second has better things to do. And
/// what is given up half-way takes its connection with it, an open transaction and all: whoever takes the connection and does
/// not keep it has thrown it away.
#[derive(Debug)]
pub struct OwnConnection {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl OwnConnection {
    /// A connection like those of a pool, to the same database. Operators see it under this name.
    pub fn beside(pool: &PgPool, name: &str) -> Self {
        Self::with(pool.connect_options().as_ref().clone().application_name(name))
    }

    /// A connection made with these options.
    pub const fn with(options: PgConnectOptions) -> Self {
        Self { options, connection: None }
    }

    /// The connection, made if there is none.
    pub async fn take(&mut self) -> sqlx::Result<PgConnection> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let connected = timeout(LIMIT, PgConnection::connect_with(&self.options)).await;
        connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Keeps a connection on which everything went well.
    pub fn keep(&mut self, connection: PgConnection) {
        self.connection = Some(connection);
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        if let Some(connection) = self.connection {
            // The server notices either way.
            let _ = timeout(LIMIT, connection.close()).await;
        }
    }
}
