use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use uuid::Uuid;

use super::*;

fn limits() -> RateLimits {
    let hourly = |requests| Allowance::new(requests, Duration::from_hours(1));
    RateLimits::new(Allowances {
        requests: hourly(6),
        account_requests: hourly(2),
        registrations: hourly(1),
        log_ins: hourly(2),
        log_ins_of_address: hourly(2),
        bookings: hourly(3),
    })
}

fn client(address: &str) -> Client {
    let mut extensions = Extensions::new();
    extensions.insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
    Client::of(&HeaderMap::new(), &extensions, &TrustedProxies::default())
}

#[test]
fn what_is_costly_has_a_class_of_its_own() {
    assert_eq!(Class::of(&Method::POST, "/api/users"), Class::Registrations);
    assert_eq!(Class::of(&Method::GET, "/api/users"), Class::Requests);
    assert_eq!(Class::of(&Method::PATCH, "/api/users/me"), Class::Requests);
    assert_eq!(Class::of(&Method::POST, "/api/auth/login"), Class::LogIns);
    assert_eq!(Class::of(&Method::POST, "/api/bookings"), Class::Bookings);
    assert_eq!(Class::of(&Method::PUT, "/api/bookings/1/reschedule"), Class::Bookings);
    assert_eq!(Class::of(&Method::GET, "/api/bookings/1"), Class::Requests);
}

#[test]
fn every_request_counts_for_its_client_and_some_count_twice() {
    let (limits, client) = (limits(), client("198.51.100.7"));
    let post = |path| limits.request(client, &Method::POST, path);
    assert_eq!(post("/api/users").unwrap().unwrap().remaining, 0, "the tighter of the two is told");
    assert_eq!(post("/api/users").unwrap_err().limit, "registrations");
    assert_eq!(post("/api/auth/login").unwrap().unwrap().remaining, 1);
    assert_eq!(post("/api/bookings").unwrap().unwrap().remaining, 2);
    let get = || limits.request(client, &Method::GET, "/api/availability");
    assert_eq!(get().unwrap().unwrap().remaining, 1);
    assert_eq!(get().unwrap().unwrap().remaining, 0);
    assert_eq!(get().unwrap_err().limit, "requests");
}

#[test]
fn clients_do_not_pay_for_each_other_but_neighbours_in_one_ipv6_network_do() {
    let limits = limits();
    let register = |address: &str| limits.request(client(address), &Method::POST, "/api/users").is_ok();
    assert!(register("198.51.100.7"));
    assert!(register("198.51.100.8"));
    assert!(register("2001:db8::1"));
    assert!(!register("2001:db8::2"));
}

#[test]
fn an_account_has_its_quota_wherever_it_is_used_from() {
    let limits = limits();
    let user = UserId(Uuid::from_u128(1));
    assert_eq!(limits.account(user).unwrap().unwrap().remaining, 1);
    assert!(limits.account(user).is_ok());
    assert_eq!(limits.account(user).unwrap_err().limit, "account_requests");
    assert!(limits.account(UserId(Uuid::from_u128(2))).is_ok());
}

#[test]
fn guesses_at_one_address_are_counted_together_until_the_owner_logs_in() {
    let limits = limits();
    limits.log_in("ada@example.org").unwrap();
    limits.log_in(" Ada@Example.ORG ").unwrap().succeeded();
    limits.log_in("ada@example.org").unwrap();
    limits.log_in("ada@example.org").unwrap();
    assert_eq!(limits.log_in("ada@example.org").unwrap_err().limit, "log_ins_of_address");
    assert!(limits.log_in("bob@example.org").is_ok());
}

#[test]
fn a_refusal_says_when_to_come_back() {
    let (limits, client) = (limits(), client("198.51.100.7"));
    let post = || limits.request(client, &Method::POST, "/api/users");
    post().unwrap();
    let exceeded = post().unwrap_err();
    let seconds = exceeded.standing.wait().as_secs();
    assert!((3_590..=3_600).contains(&seconds), "{seconds}");
    assert_eq!(Problem::from(exceeded).code(), Code::RateLimited);
}

#[test]
fn limits_that_are_off_never_refuse_and_tell_nothing() {
    let (limits, client) = (RateLimits::off(), client("198.51.100.7"));
    for _ in 0..1_000 {
        assert_eq!(limits.request(client, &Method::POST, "/api/users"), Ok(None));
        assert!(limits.log_in("ada@example.org").is_ok());
    }
    assert!(!limits.are_on());
}
