//! Makes the keys of persons who appear for the first time, for all waiting commands in one statement.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use daybook_domain::personal::Subject;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Row};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::subject::{KeyError, SubjectKey};
use super::wrapping::{Wrapped, WrappingKeys};
use crate::database;

/// Requests that one statement answers at most.
const REQUESTS: usize = 128;

type Keys = HashMap<Subject, SubjectKey>;

struct Request {
    subjects: Vec<Subject>,
    answer: oneshot::Sender<Result<Keys, KeyError>>,
}

/// Where keys are asked for.
#[derive(Clone)]
pub(super) struct Mint {
    requests: mpsc::Sender<Request>,
}

impl Mint {
    pub(super) fn start(
        pool: &PgPool,
        wrapping: Arc<WrappingKeys>,
        token: CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        // A key waits for no flush of its own: the append that needs it flushes the write-ahead log up to itself, and so the
        // key before it. Where PostgreSQL crashes in between, the append is refused after the restart (see append.sql).
        let options = (*pool.connect_options()).clone().options([("synchronous_commit", "off")]);
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(database::LIMIT)
            .connect_lazy_with(options);
        let (requests, queue) = mpsc::channel(REQUESTS);
        tasks.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = serve(&pool, &wrapping, queue) => {}
            }
            pool.close().await;
        });
        Self { requests }
    }

    /// The keys of these persons, made if they are missing.
    pub(super) async fn keys(&self, subjects: Vec<Subject>) -> Result<Keys, KeyError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { subjects, answer }).await.map_err(|_| KeyError::Closed)?;
        answered.await.map_err(|_| KeyError::Closed)?
    }
}

async fn serve(pool: &PgPool, wrapping: &WrappingKeys, mut queue: mpsc::Receiver<Request>) {
    let mut requests = Vec::new();
    while queue.recv_many(&mut requests, REQUESTS).await > 0 {
        // Whoever is about to ask asks first: many were woken by the same answer.
        tokio::task::yield_now().await;
        while requests.len() < REQUESTS
            && let Ok(request) = queue.try_recv()
        {
            requests.push(request);
        }
        let subjects: HashSet<&Subject> = requests.iter().flat_map(|request| &request.subjects).collect();
        let names: Vec<&str> = subjects.into_iter().map(|subject| subject.0.as_str()).collect();
        let made = match make(pool, wrapping, names.clone()).await {
            // The connection did not outlive a restart of the server, perhaps: a new one will tell.
            Err(KeyError::Database(error)) if !error.is_lasting() => make(pool, wrapping, names).await,
            made => made,
        };
        for Request { subjects, answer } in requests.drain(..) {
            let of = |keys: &Keys| subjects.iter().filter_map(|s| Some((s.clone(), keys.get(s)?.clone()))).collect();
            // Whoever asked may have given up.
            let _ = answer.send(made.as_ref().map(of).map_err(Clone::clone));
        }
    }
}

async fn make(pool: &PgPool, wrapping: &WrappingKeys, mut missing: Vec<&str>) -> Result<Keys, KeyError> {
    let mut keys = Keys::with_capacity(missing.len());
    // A key that another node commits while the statement runs is neither made by it nor seen by it: once more.
    while !missing.is_empty() {
        let new: HashMap<&str, SubjectKey> = missing.iter().map(|&subject| (subject, SubjectKey::random())).collect();
        let ids: Vec<Uuid> = missing.iter().map(|subject| new[subject].id()).collect();
        let wrapped: Vec<Vec<u8>> = missing.iter().map(|subject| wrapping.wrap(subject, &new[subject]).bytes).collect();
        let query = sqlx::query(include_str!("make_keys.sql"));
        let query = query.bind(&missing[..]).bind(wrapping.current_id()).bind(&ids).bind(&wrapped);
        for row in database::within_limit(query.fetch_all(pool)).await? {
            let subject: String = row.get("subject");
            let key = match row.get::<Option<String>, _>("key_id") {
                None => new[subject.as_str()].clone(),
                Some(key_id) => {
                    let wrapped = Wrapped { id: row.get("id"), key_id, bytes: row.get("wrapped") };
                    wrapping.unwrap(&subject, &wrapped)?
                }
            };
            keys.insert(Subject(subject), key);
        }
        missing.retain(|&subject| !keys.contains_key(&Subject(subject.to_owned())));
    }
    Ok(keys)
}
