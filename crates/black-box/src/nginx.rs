//! nginx before nodes, with the configuration of `deploy/nginx`.

use std::fs;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use daybook_testkit::{Port, ScratchDirectory};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use url::Url;

use super::http::Http;
use super::program::Said;
use super::tools::{repository, tool};
use super::until;
use super::watchdog::Watchdog;

/// Around the file that operators use: what Debian's `nginx.conf` would say, for an nginx that keeps to one folder. Its log
/// tells of each request who was asked.
const AROUND: &str = "
daemon off;
user root root;
worker_processes 2;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 1024; }
http {
    log_format asked '$status $request_method $request_uri asked $upstream_addr';
    access_log access.log asked;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include daybook.conf;
}
";

/// nginx, running. Ended when dropped; says what it logged if the test has failed.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    _watchdog: Watchdog,
    folder: ScratchDirectory,
    port: Port,
}

impl Nginx {
    /// Starts it before nodes that listen, or will, on these loopback ports.
    pub async fn before(nodes: [&Port; 2]) -> Self {
        let (folder, port) = (ScratchDirectory::make().unwrap(), Port::free().unwrap());
        let at = |name: &str| folder.path().join(name);
        let mut ours = fs::read_to_string(repository().join("deploy/nginx/daybook.conf")).unwrap();
        for (written, here) in [
            ("listen 80;", format!("listen 127.0.0.1:{};", port.number())),
            ("server 127.0.0.1:8081 ", format!("server 127.0.0.1:{} ", nodes[0].number())),
            ("server 127.0.0.1:8082 ", format!("server 127.0.0.1:{} ", nodes[1].number())),
        ] {
            assert_eq!(ours.matches(written).count(), 1, "deploy/nginx/daybook.conf says `{written}`");
            ours = ours.replace(written, &here);
        }
        fs::write(at("daybook.conf"), ours).unwrap();
        fs::write(at("nginx.conf"), AROUND).unwrap();
        let child = Command::new(tool("nginx", "DAYBOOK_NGINX"))
            .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
            .arg(folder.path())
            // Its workers are to end with it.
            .process_group(0)
            .stdin(Stdio::null())
            .spawn();
        let child =
            child.unwrap_or_else(|error| panic!("nginx cannot be run ({error}); scripts/setup tests fetches it"));
        let mut nginx = Self { _watchdog: Watchdog::over_group(child.id()), child, folder, port };
        until("nginx listens", || {
            assert!(matches!(nginx.child.try_wait(), Ok(None)), "nginx ended: {}", nginx.errors());
            std::future::ready(TcpStream::connect(("127.0.0.1", nginx.port.number())).is_ok())
        })
        .await;
        nginx
    }

    /// Somebody without credentials who talks to the nodes through it.
    pub fn http(&self) -> Http {
        Http::to(Url::parse(&format!("http://127.0.0.1:{}", self.port.number())).unwrap(), Said::default())
    }

    /// What it complained of.
    pub fn errors(&self) -> String {
        self.read("error.log")
    }

    /// How many requests there were, and for how many of them more than one node was asked.
    pub fn asked(&self) -> (usize, usize) {
        let log = self.read("access.log");
        (log.lines().count(), log.lines().filter(|line| line.contains(", ")).count())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("nginx complained: {}", self.errors());
        }
    }
}
