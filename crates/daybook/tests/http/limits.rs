//! Rate limits, on nodes of their own (A3).

use futures::future::join_all;
use serde_json::json;

use crate::support::deployment::Deployment;
use crate::support::node::Node;
use crate::support::people::{Host, PASSWORD};
use crate::support::reply::Reply;

async fn limited_node(deployment: &Deployment, more: Vec<(&'static str, String)>) -> Node {
    let mut serve = deployment.serve();
    serve.rate_limit = true;
    serve.more = more;
    serve.start().await
}

#[track_caller]
fn number(reply: &Reply, header: &str) -> u64 {
    reply.header(header).unwrap_or_else(|| panic!("no {header}: {reply}")).parse().unwrap()
}

#[tokio::test]
async fn answers_say_how_much_is_left_and_a_request_too_many_when_to_come_back() {
    let deployment = Deployment::create().await;
    let node = limited_node(&deployment, Vec::new()).await;
    let http = node.http();
    let host = Host::register(&http).await;
    let first = http.get("/api/users/nobody-here").await;
    let second = http.get("/api/users/nobody-here").await;
    assert_eq!(number(&first, "ratelimit-limit"), number(&second, "ratelimit-limit"));
    assert!(number(&second, "ratelimit-remaining") <= number(&first, "ratelimit-remaining"));
    assert!(number(&first, "ratelimit-remaining") < number(&first, "ratelimit-limit"));
    assert!(number(&first, "ratelimit-reset") >= 1);

    // Guessing at one account ends long before requests as such do.
    let guess = |email: &str| http.post("/api/auth/login", &json!({"email": email, "password": "a guess"}));
    let mut guesses = 0;
    let refused = loop {
        let reply = guess(&host.email).await;
        if reply.status == 429 {
            break reply;
        }
        reply.problem(401, "UNAUTHENTICATED");
        guesses += 1;
        assert!(guesses <= 20, "log-in attempts are throttled harder than other requests");
    };
    refused.problem(429, "RATE_LIMITED");
    assert!((1..=600).contains(&number(&refused, "retry-after")), "{refused}");
    let right = http.post("/api/auth/login", &json!({"email": host.email, "password": PASSWORD})).await;
    right.problem(429, "RATE_LIMITED");
    guess("somebody@example.org").await.problem(401, "UNAUTHENTICATED");
    host.http.get("/api/auth/me").await.ok();
    // Who claims to be somebody else is still who they are.
    let disguised =
        guess(&host.email).header("x-forwarded-for", "203.0.113.9").header("forwarded", "for=203.0.113.9").await;
    disguised.problem(429, "RATE_LIMITED");
    node.until_metric("daybook_rate_limited_total{limit=\"log_ins_of_address\"}", |value| value >= 3.0).await;
    for _ in 0..40 {
        let health = http.get("/health/ready").await;
        assert_eq!((health.status, health.header("ratelimit-limit")), (200, None));
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_every_client_has_their_own_allowance() {
    let deployment = Deployment::create().await;
    let node = limited_node(&deployment, vec![("DAYBOOK_TRUSTED_PROXIES", "127.0.0.1".to_owned())]).await;
    let http = node.http();
    let log_in = |client: &str, n: usize| {
        let body = json!({"email": format!("nobody{n}@example.org"), "password": "a guess"});
        http.post("/api/auth/login", &body).header("x-forwarded-for", client)
    };
    // At once: what is given back while the test runs is little. What stands left of the proxy's own entry is the client's
    // invention, and no second allowance.
    let clients = ["198.51.100.7", "198.51.100.9, 198.51.100.7"];
    let replies = join_all((0..80).map(|n| log_in(clients[n % 2], n).into_future())).await;
    let (answered, throttled): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 401);
    assert!((5..50).contains(&answered.len()), "{} of 80 attempts were answered", answered.len());
    for reply in throttled {
        reply.problem(429, "RATE_LIMITED");
    }
    log_in("198.51.100.8", 80).await.problem(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn limits_that_are_off_tell_nothing() {
    let reply = crate::shared().await.one.http().get("/api/users/nobody-here").await;
    assert_eq!(reply.header("ratelimit-limit"), None);
}
