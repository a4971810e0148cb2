//! Makes the keys of persons who appear for the first time, for all waiting commands in one statement.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use daybook_domain::personal::Subject;
use sqlx::postgres::{PgArguments, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::person::{Lookup, Person};
use super::subject::{KeyError, SubjectKey};
use super::wrapping::{Wrapped, WrappingKeys};
use crate::database;

/// Requests that one statement answers at most.
const REQUESTS: usize = 128;

/// What is known of a person: their subject, and its key unless they were erased.
pub(super) type Known = (Subject, Option<SubjectKey>);

type Found = HashMap<Person, Known>;

struct Request {
    persons: Vec<Person>,
    answer: oneshot::Sender<Result<Found, KeyError>>,
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
        // A key is on disk before anything is sealed with it. Leaving that to the flush of the append would lose it where
        // PostgreSQL crashes in between: the append is tried again after the restart, and the key stays in memory, but not
        // in the table.
        let options = (*pool.connect_options()).clone().options([("synchronous_commit", "on")]);
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

    /// The subjects and keys of these persons, made if they are missing.
    pub(super) async fn keys(&self, persons: Vec<Person>) -> Result<Found, KeyError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { persons, answer }).await.map_err(|_| KeyError::Closed)?;
        answered.await.map_err(|_| KeyError::Closed)?
    }
}

async fn serve(pool: &PgPool, wrapping: &WrappingKeys, mut queue: mpsc::Receiver<Request>) {
    let mut requests = Vec::new();
    while queue.recv_many(&mut requests, REQUESTS).await > 0 {
        let persons: HashSet<&Person> = requests.iter().flat_map(|request| &request.persons).collect();
        let found = find_or_make(pool, wrapping, persons.into_iter().cloned().collect()).await;
        for Request { persons, answer } in requests.drain(..) {
            let of = |found: &Found| persons.iter().filter_map(|p| Some((p.clone(), found.get(p)?.clone()))).collect();
            // Whoever asked may have given up.
            let _ = answer.send(found.as_ref().map(of).map_err(Clone::clone));
        }
    }
}

async fn find_or_make(pool: &PgPool, wrapping: &WrappingKeys, mut missing: Vec<Person>) -> Result<Found, KeyError> {
    let mut found = Found::with_capacity(missing.len());
    // A key that another node commits while the statement runs is neither made by it nor seen by it: once more.
    while !missing.is_empty() {
        let new = NewKeys::of(&missing);
        for row in database::within_limit(new.insert(wrapping).fetch_all(pool)).await? {
            let subject: String = row.get("subject");
            if row.get("made") {
                let (person, key) = new.named(&subject).ok_or_else(|| damaged(&subject))?;
                found.insert((*person).clone(), (Subject(subject), Some(key.clone())));
                continue;
            }
            let key = match row.get::<Option<String>, _>("key_id") {
                None => None,
                Some(key_id) => Some(wrapping.unwrap(&subject, &Wrapped { key_id, bytes: row.get("wrapped") })?),
            };
            let known = (Subject(subject), key);
            if let Some(lookup) = row.get::<Option<&[u8]>, _>("lookup").and_then(|hash| hash.try_into().ok()) {
                found.insert(Person::Guest(Lookup(lookup)), known.clone());
            }
            found.insert(Person::Known(known.0.clone()), known);
        }
        missing.retain(|person| !found.contains_key(person));
    }
    Ok(found)
}

fn damaged(subject: &str) -> KeyError {
    KeyError::Damaged { subject: subject.to_owned() }
}

/// Keys for those who may have none.
struct NewKeys<'a> {
    subjects: Vec<String>,
    lookups: Vec<Option<Vec<u8>>>,
    keys: HashMap<String, (&'a Person, SubjectKey)>,
}

impl<'a> NewKeys<'a> {
    fn of(persons: &'a [Person]) -> Self {
        let subjects: Vec<String> = persons.iter().map(|person| person.new_subject().0).collect();
        let lookups = persons.iter().map(|person| person.lookup().map(|Lookup(hash)| hash.to_vec())).collect();
        let keys = persons.iter().map(|person| (person, SubjectKey::random()));
        let keys = subjects.iter().cloned().zip(keys).collect();
        Self { subjects, lookups, keys }
    }

    fn named(&self, subject: &str) -> Option<&(&'a Person, SubjectKey)> {
        self.keys.get(subject)
    }

    fn insert<'q>(&'q self, wrapping: &'q WrappingKeys) -> Query<'q, Postgres, PgArguments> {
        let wrap = |subject: &String| wrapping.wrap(subject, &self.keys[subject].1).bytes;
        let wrapped: Vec<Vec<u8>> = self.subjects.iter().map(wrap).collect();
        let query = sqlx::query(include_str!("make_keys.sql"));
        query.bind(&self.subjects[..]).bind(wrapping.current_id()).bind(wrapped).bind(&self.lookups[..])
    }
}
