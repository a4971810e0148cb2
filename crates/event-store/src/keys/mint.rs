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

use super::memory::Memory;
use super::person::{Lookup, Person};
use super::subject::{KeyError, SubjectKey};
use super::wrapping::{Wrapped, WrappingKeys};
use crate::database::{self, with_pulse};

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
        memory: Memory,
        token: CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        // A key waits for no flush of its own: the append that needs it flushes the write-ahead log up to itself, and so the
        // key before it. Where PostgreSQL crashes in between, the append is refused after the restart (see append.sql).
        let options = (*pool.connect_options()).clone().application_name("daybook keys");
        let options = options.options([("synchronous_commit", "off")]);
        let pool = with_pulse(PgPoolOptions::new())
            .max_connections(1)
            .acquire_timeout(database::LIMIT)
            .connect_lazy_with(options);
        let (requests, mut queue) = mpsc::channel(REQUESTS);
        tasks.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = serve(&pool, &wrapping, &memory, &mut queue) => {}
            }
            // Emptied to the last request that is being sent: what is still in the queue when it is dropped would stay there
            // as long as anybody can send, and whoever asked would wait for ever.
            queue.close();
            while queue.recv().await.is_some() {}
            pool.close().await;
        });
        Self { requests }
    }

    /// The subjects and keys of these persons, made if they are missing. Without the subjects of guests that others have
    /// replaced, after their key was lost in a crash of PostgreSQL.
    pub(super) async fn keys(&self, persons: Vec<Person>) -> Result<Found, KeyError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(Request { persons, answer }).await.map_err(|_| KeyError::Closed)?;
        answered.await.map_err(|_| KeyError::Closed)?
    }
}

async fn serve(pool: &PgPool, wrapping: &WrappingKeys, memory: &Memory, queue: &mut mpsc::Receiver<Request>) {
    let mut requests = Vec::new();
    while queue.recv_many(&mut requests, REQUESTS).await > 0 {
        // Whoever is about to ask asks first: many were woken by the same answer.
        tokio::task::yield_now().await;
        while requests.len() < REQUESTS
            && let Ok(request) = queue.try_recv()
        {
            requests.push(request);
        }
        let persons: HashSet<&Person> = requests.iter().flat_map(|request| &request.persons).collect();
        let persons: Vec<Person> = persons.into_iter().cloned().collect();
        let found = match find_or_make(pool, wrapping, memory, persons.clone()).await {
            // The connection did not outlive a restart of the server, perhaps: a new one will tell.
            Err(KeyError::Database(error)) if !error.is_lasting() => {
                find_or_make(pool, wrapping, memory, persons).await
            }
            found => found,
        };
        for Request { persons, answer } in requests.drain(..) {
            let of = |found: &Found| persons.iter().filter_map(|p| Some((p.clone(), found.get(p)?.clone()))).collect();
            // Whoever asked may have given up.
            let _ = answer.send(found.as_ref().map(of).map_err(Clone::clone));
        }
    }
}

async fn find_or_make(
    pool: &PgPool,
    wrapping: &WrappingKeys,
    memory: &Memory,
    mut missing: Vec<Person>,
) -> Result<Found, KeyError> {
    let mut found = Found::with_capacity(missing.len());
    // A key that another node commits while the statement runs is neither made by it nor seen by it: once more.
    while !missing.is_empty() {
        let new = NewKeys::of(&missing, memory);
        for row in database::within_limit(new.insert(wrapping).fetch_all(pool)).await? {
            let subject: String = row.get("subject");
            if row.get("made") {
                let (person, key) = new.named(&subject).ok_or_else(|| damaged(&subject))?;
                found.insert((*person).clone(), (Subject(subject), Some(key.clone())));
                continue;
            }
            let key = match row.get::<Option<String>, _>("key_id") {
                None => None,
                Some(key_id) => {
                    let wrapped = Wrapped { id: row.get("id"), key_id, bytes: row.get("wrapped") };
                    Some(wrapping.unwrap(&subject, &wrapped)?)
                }
            };
            let known = (Subject(subject), key);
            if let Some(lookup) = row.get::<Option<&[u8]>, _>("lookup").and_then(|hash| hash.try_into().ok()) {
                found.insert(Person::Guest(Lookup(lookup)), known.clone());
            }
            found.insert(Person::Known(known.0.clone()), known);
        }
        let replaced =
            |person: &Person| new.lookup(person).is_some_and(|lookup| found.contains_key(&Person::Guest(lookup)));
        missing = missing.iter().filter(|person| !found.contains_key(person) && !replaced(person)).cloned().collect();
    }
    Ok(found)
}

fn damaged(subject: &str) -> KeyError {
    KeyError::Damaged { subject: subject.to_owned() }
}

/// Keys for those who may have none.
struct NewKeys<'a> {
    subjects: Vec<String>,
    lookups: HashMap<&'a Person, Lookup>,
    keys: HashMap<String, (&'a Person, SubjectKey)>,
}

impl<'a> NewKeys<'a> {
    fn of(persons: &'a [Person], memory: &Memory) -> Self {
        // A guest whose key was lost in a crash gets a new one, by which they are found as before.
        let lookup = |person: &Person| match person {
            Person::Known(subject) => memory.lookup(subject),
            Person::Guest(lookup) => Some(*lookup),
        };
        let lookups = persons.iter().filter_map(|person| Some((person, lookup(person)?))).collect();
        let subjects: Vec<String> = persons.iter().map(|person| person.new_subject().0).collect();
        let keys = persons.iter().map(|person| (person, SubjectKey::random()));
        let keys = subjects.iter().cloned().zip(keys).collect();
        Self { subjects, lookups, keys }
    }

    fn named(&self, subject: &str) -> Option<&(&'a Person, SubjectKey)> {
        self.keys.get(subject)
    }

    fn lookup(&self, person: &Person) -> Option<Lookup> {
        self.lookups.get(person).copied()
    }

    fn insert<'q>(&'q self, wrapping: &'q WrappingKeys) -> Query<'q, Postgres, PgArguments> {
        let (mut ids, mut wrapped, mut lookups) = (Vec::new(), Vec::new(), Vec::new());
        for subject in &self.subjects {
            let (person, key) = &self.keys[subject];
            ids.push(key.id());
            wrapped.push(wrapping.wrap(subject, key).bytes);
            lookups.push(self.lookup(person).map(|Lookup(hash)| hash.to_vec()));
        }
        let query = sqlx::query(include_str!("make_keys.sql"));
        query.bind(&self.subjects[..]).bind(wrapping.current_id()).bind(ids).bind(wrapped).bind(lookups)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::keys::MasterKeys;

    #[tokio::test]
    async fn who_is_just_asking_when_the_mint_ends_is_answered() {
        // Nobody listens there, and nothing is asked of it.
        let pool = PgPoolOptions::new().connect_lazy("postgres://nobody@127.0.0.1:1/none").unwrap();
        let wrapping = Arc::new(WrappingKeys::new(&MasterKeys::generate("test").parse::<MasterKeys>().unwrap()));
        let (token, tasks) = (CancellationToken::new(), TaskTracker::new());
        let mint = Mint::start(&pool, wrapping, Memory::new(), token.clone(), &tasks);
        let asking = mint.requests.reserve().await.unwrap();
        token.cancel();
        mint.requests.closed().await;
        let (answer, answered) = oneshot::channel();
        asking.send(Request { persons: Vec::new(), answer });
        assert!(timeout(Duration::from_secs(10), answered).await.expect("an answer in time").is_err());
    }
}
