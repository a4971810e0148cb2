//! Copies Daybook's events to a file, each exactly once and in order, whatever happens to either side.
//!
//! ```console
//! $ NATS_ANALYTICS_URL=nats://analytics:…@127.0.0.1:4222 cargo run -- --output events.jsonl
//! ```
//!
//! Reads the JetStream stream `DAYBOOK_ANALYTICS`, which carries no personal data, as the NATS user `analytics`, who may do
//! nothing else. The server keeps no state for us: the checkpoint is our own, beside the output.
//!
//! JetStream keeps events for seven days. Who was away for longer reads the log instead: `GET /api/events/stream` goes on
//! from any position.

mod output;
mod stream;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use async_nats::{ConnectOptions, ServerAddr};
use clap::Parser;

use crate::output::Output;

/// Copies Daybook's analytics stream to a file, each event exactly once and in order.
#[derive(Debug, Parser)]
struct Arguments {
    /// NATS, as the user `analytics`.
    #[arg(long, env = "NATS_ANALYTICS_URL", hide_env_values = true)]
    nats_url: String,
    /// A file; its checkpoint is kept beside it.
    #[arg(long)]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    // The TLS of the connection, should its URL want it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let mut output = Output::open(&arguments.output)?;
    tokio::select! {
        done = consume(&arguments.nats_url, &mut output) => done,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Reads for ever. What passes is tried again; what would not is an error.
async fn consume(url: &str, output: &mut Output) -> Result<()> {
    let server: ServerAddr = url.parse()?;
    // The client does not take the log-in from the URL by itself.
    let options = match (server.username(), server.password()) {
        (Some(user), Some(password)) => ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned()),
        _ => ConnectOptions::new(),
    };
    let client = options.retry_on_initial_connect().connect(server).await?;
    let jetstream = async_nats::jetstream::new(client);
    loop {
        match stream::copy(&jetstream, output).await {
            Ok(()) => {}
            Err(stream::Ended::Disturbed(error)) => eprintln!("{error}; reading again"),
            Err(stream::Ended::For(error)) => return Err(error),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
