//! `daybook keys`: a new master key takes over from an older one, which can then be dropped (E9).

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use daybook_event_store::SubjectKeys;

use super::key_store::KeyStore;
use crate::configuration::{DatabaseArgs, KeyArgs};
use crate::node;

/// Keys that are looked at in one short transaction.
const BATCH: u32 = 1_000;

#[derive(Clone, Debug, Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Counts the keys of persons under each master key (the default).
    Status,
    /// Puts all keys of persons under the first master key, while the system serves. Can be broken off and repeated.
    Rewrap,
}

impl KeysArgs {
    pub async fn run(self) -> Result<()> {
        let pool = self.database.connect().await?;
        let listed: Vec<String> = self.keys.master_key.ids().map(str::to_owned).collect();
        let store = KeyStore::open(&pool, self.keys);
        let done = match self.action.unwrap_or(Action::Status) {
            Action::Status => status(&store.keys, &listed).await,
            Action::Rewrap => rewrap(&store.keys, &listed).await,
        };
        store.close().await;
        done
    }
}

/// One line per master key that is listed or needed.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn status(keys: &SubjectKeys, listed: &[String]) -> Result<()> {
    let under = keys.wrapped_under().await?;
    let count = |id: &str| under.iter().find(|under| under.key_id == id).map_or(0, |under| under.keys);
    for (place, id) in listed.iter().enumerate() {
        let part = if place == 0 { "in use" } else { "older" };
        println!("{id:<32}  {part:<10}  {} keys", count(id));
    }
    let missing: Vec<_> = under.iter().filter(|under| !listed.contains(&under.key_id)).collect();
    for under in &missing {
        println!("{:<32}  {:<10}  {} keys", under.key_id, "not listed", under.keys);
    }
    if missing.is_empty() { Ok(()) } else { bail!("keys of persons are under a master key that is not listed") }
}

/// Goes over all keys until there is nothing left to do.
#[expect(clippy::print_stdout, reason = "the command's answer")]
async fn rewrap(keys: &SubjectKeys, listed: &[String]) -> Result<()> {
    let stop = node::shutdown_on_signal()?;
    let (mut all, mut pass, mut after) = (0, 0, None);
    loop {
        if stop.is_cancelled() {
            bail!("broken off after {all} keys; run it again to go on");
        }
        let batch = keys.rewrap(after.as_ref(), BATCH).await?;
        (all, pass, after) = (all + batch.rewrapped, pass + batch.rewrapped, batch.last);
        if after.is_none() {
            // A node that still works with an older configuration may have added some behind us.
            if pass == 0 {
                break;
            }
            pass = 0;
        }
    }
    println!("{all} keys rewrapped under {}", keys.master_key_in_use());
    status(keys, listed).await
}
