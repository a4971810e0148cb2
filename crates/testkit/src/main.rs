//! `daybook-testkit up | down`: starts or stops the PostgreSQL cluster that the tests share.
//!
//! Tests start it themselves; `up` saves the first of them the wait, `down` gives the memory back.

use std::process::ExitCode;

use daybook_testkit::{Error, Stopped, start_shared_cluster, stop_shared_cluster};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let command = std::env::args().nth(1);
    let done = match command.as_deref() {
        Some("up") => up().await,
        Some("down") => down().await,
        _ => {
            eprintln!("usage: daybook-testkit up|down");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(said) => {
            eprintln!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn up() -> Result<String, Error> {
    start_shared_cluster().await?;
    Ok("The shared test cluster is running.".into())
}

async fn down() -> Result<String, Error> {
    Ok(match stop_shared_cluster().await? {
        Stopped::Stopped => "Stopped the shared test cluster.".into(),
        Stopped::WasNotRunning => "The shared test cluster was not running.".into(),
        Stopped::InUse(tests) => format!("Left the shared test cluster running: {tests} test processes use it."),
    })
}
