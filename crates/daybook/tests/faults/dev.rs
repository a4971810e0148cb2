//! `daybook dev`: everything on one machine, through a crash of the program.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use daybook_testkit::ScratchDirectory;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use url::Url;

use crate::support::http::Http;
use crate::support::people::{Booked, session_of};
use crate::support::program::Program;
use crate::support::until;

/// The servers that `daybook dev` starts in a directory; killed if the test leaves them behind.
struct Servers(PathBuf);

impl Servers {
    /// The processes that were told of a place in the directory, except the program itself.
    fn running(&self) -> Vec<Pid> {
        let is_ours = |directory: &Path| {
            let command = fs::read(directory.join("cmdline")).unwrap_or_default();
            let mut arguments = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
            let program = arguments.next().unwrap_or_default().into_owned();
            !program.ends_with("/daybook") && arguments.any(|argument| Path::new(&*argument).starts_with(&self.0))
        };
        let processes = fs::read_dir("/proc").unwrap().flatten().filter(|entry| is_ours(&entry.path()));
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Pid::from_raw)).collect()
    }

    /// Waits until these run and no others: what PostgreSQL forks bears its name for a moment.
    async fn until_running(&self, what: &str, pids: &[Pid]) {
        until(what, async || self.running() == pids).await;
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for pid in self.running() {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

/// What `daybook dev` has said of itself.
struct Dev {
    program: Program,
    http: Http,
    /// The variables of the file `env`.
    variables: Vec<(String, String)>,
    /// The body that the printed command sends.
    booking: Value,
}

impl Dev {
    async fn start(data_dir: &Path) -> Self {
        let arguments = ["dev", "--data-dir", data_dir.to_str().unwrap(), "--port", "0"];
        let mut program = Program::start(&arguments, &[]);
        let printed = program.printed().clone();
        until("it prints a command that books", || {
            assert!(program.is_running(), "it ended: {}", program.said());
            let done = printed.contains("curl") && printed.contains("-d '");
            async move { done }
        })
        .await;
        let text = printed.text();
        let body = text.split_once("-d '").unwrap().1.split_once('\'').unwrap().0;
        let url = text.split_once("curl -s ").unwrap().1.split_whitespace().next().unwrap();
        let base = Url::parse(url.strip_suffix("/api/bookings").unwrap()).unwrap();
        let http = Http::to(base, program.said().clone());
        let file = fs::read_to_string(data_dir.join("env")).unwrap();
        let variables = file.lines().map(|line| line.split_once('=').unwrap());
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { program, http, variables, booking: serde_json::from_str(body).unwrap() }
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name} in env")).1
    }
}

#[tokio::test]
async fn everything_runs_in_one_directory_and_survives_a_crash_of_the_program() {
    let scratch = ScratchDirectory::make().unwrap();
    let data_dir = scratch.path().join("day book");
    let servers = Servers(data_dir.clone());
    let mut dev = Dev::start(&data_dir).await;

    // The way in: files that nobody else reads, roles that may do no more than they should.
    let mode = fs::metadata(data_dir.join("env")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(dev.variable("DAYBOOK_URL"), dev.http.base().as_str().trim_end_matches('/'));
    assert_eq!(who(dev.variable("DATABASE_URL")).await, ("daybook".to_owned(), false));
    assert_eq!(who(dev.variable("DAYBOOK_MIGRATE_URL")).await, ("daybook_owner".to_owned(), true));
    assert!(dev.variable("NATS_URL").contains("service:"), "the service's log-in");
    assert!(dev.variable("NATS_ANALYTICS_URL").contains("analytics:"), "the analyst's log-in");
    let printed = dev.program.printed().text();
    assert!(!printed.contains(dev.variable("NATS_URL")) && !printed.contains(dev.variable("DATABASE_URL")));

    // The printed command books with the demo host, whose log-in is printed, too.
    let booked = Booked::of(&dev.http, &dev.http.post("/api/bookings", &dev.booking).await);
    let log_in = printed.lines().find(|line| line.contains("Demo log-in")).unwrap();
    let [email, password] = log_in.split_whitespace().rev().take(2).collect::<Vec<_>>()[..] else { panic!("{log_in}") };
    let (email, password) = (password, email);
    let reply = dev.http.post("/api/auth/login", &json!({"email": email, "password": password})).await;
    reply.ok();
    let host = dev.http.with_session(&session_of(&reply));
    assert_eq!(host.get("/api/bookings").await.ok()["items"], json!([booked.answer["booking"]]));
    dev.http.get("/metrics").await.text(200);
    for path in ["/api/docs/", "/health/detailed"] {
        assert_eq!(dev.http.get(path).await.status, 200, "{path}");
    }

    // A crash of the program leaves its servers; the next start adopts them and loses nothing.
    let before = servers.running();
    assert_eq!(before.len(), 2, "PostgreSQL and NATS");
    dev.program.kill_9();
    servers.until_running("the servers run on", &before).await;
    let mut dev = Dev::start(&data_dir).await;
    servers.until_running("the servers are adopted", &before).await;
    let booked = Booked { http: dev.http.clone(), ..booked };
    assert_eq!(booked.show().await["booking"], booked.answer["booking"]);
    let host = dev.http.with_session(&session_of(&reply));
    assert_eq!(host.get("/api/bookings").await.ok()["items"], json!([booked.answer["booking"]]));
    assert_ne!(dev.booking["start_time"], booked.answer["booking"]["start_time"], "another time is proposed");
    Booked::of(&dev.http, &dev.http.post("/api/bookings", &dev.booking).await);

    // Ctrl-C stops everything that was started, adopted or not.
    let nats = Url::parse(dev.variable("NATS_URL")).unwrap();
    dev.program.signal(Signal::SIGINT);
    assert!(dev.program.ended().await.success(), "{}", dev.program.said());
    assert!(servers.running().is_empty());
    assert!(TcpStream::connect(("127.0.0.1", nats.port().unwrap())).is_err());
    assert!(!data_dir.join("postgres/data/postmaster.pid").exists(), "PostgreSQL ended in order");
}

/// The role behind a URL, and whether it owns the log.
async fn who(url: &str) -> (String, bool) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let query =
        "SELECT current_user::text, pg_has_role(tableowner, 'MEMBER') FROM pg_tables WHERE tablename = 'events'";
    sqlx::query_as(query).fetch_one(&mut connection).await.unwrap()
}
