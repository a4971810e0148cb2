//! How a node leaves, and what it makes of those who come through a proxy.

use std::time::Duration;

use daybook_testkit::Port;
use futures::future::join_all;
use nix::sys::signal::Signal;

use crate::support::deployment::Deployment;
use crate::support::nginx::Nginx;
use crate::support::node::Serve;
use crate::support::until;

#[tokio::test]
async fn a_node_that_is_to_stop_says_so_and_takes_requests_for_as_long_as_it_was_told() {
    let deployment = Deployment::create().await;
    let more = vec![("DAYBOOK_STOP_DELAY", "3".to_owned())];
    let mut node = Serve { more, ..deployment.serve() }.start().await;
    let http = node.http();
    assert_eq!(http.get("/health/ready").await.header("connection"), None);
    node.program.signal(Signal::SIGTERM);
    until("it says that it is not ready", async || http.get("/health/ready").await.status == 503).await;
    // Each comes over a connection of its own, since the one before was the last of its.
    for _ in 0..10 {
        let reply = http.get("/api/users/nobody-here").await;
        reply.problem(404, "NOT_FOUND");
        assert_eq!(reply.header("connection"), Some("close"));
    }
    assert!(node.program.is_running());
    until("nobody is let in", async || http.get("/health/live").attempt().await.is_err()).await;
    assert!(node.program.ended().await.success());
}

#[tokio::test]
async fn behind_nginx_a_client_is_who_calls_it_whatever_they_say() {
    let deployment = Deployment::create().await;
    let ports = [Port::free().unwrap(), Port::free().unwrap()];
    let more = vec![("DAYBOOK_TRUSTED_PROXIES", "127.0.0.1".to_owned())];
    let listen = ([127, 0, 0, 1], ports[0].number()).into();
    // The other node is down, and nobody misses it.
    let node = Serve { listen, more, rate_limit: true, ..deployment.serve() }.start().await;
    let nginx = Nginx::before([&ports[0], &ports[1]]).await;
    let url = format!("{}api/users/nobody-here", nginx.http().base());
    let left = async |from: [u8; 4], claims: &str| -> u64 {
        let client =
            reqwest::Client::builder().no_proxy().local_address(Some(from.into())).timeout(Duration::from_secs(30));
        let reply = client.build().unwrap().get(&url).header("x-forwarded-for", claims).send().await.unwrap();
        assert_eq!(reply.status(), 404);
        reply.headers()["ratelimit-remaining"].to_str().unwrap().parse().unwrap()
    };
    // At once: allowances are given back quickly.
    let claims: Vec<String> = (0..40).map(|n| format!("203.0.113.{n}")).collect();
    let least = join_all(claims.iter().map(|claims| left([127, 0, 0, 2], claims))).await.into_iter().min().unwrap();
    let other = left([127, 0, 0, 3], "203.0.113.1").await;
    assert!(least + 10 < other, "40 requests are one client's: {least} left, {other} for somebody else");
    assert!(nginx.asked().1 > 0, "the other node was asked");
    node.stop().await;
}
