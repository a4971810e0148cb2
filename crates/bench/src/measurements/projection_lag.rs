//! From the commit of a booking to the commit of its row in the read model, both by the database's own clock: against one
//! message's way through the same JetStream.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use async_nats::jetstream::stream;
use daybook_messaging::Nats;
use daybook_testkit::{NatsUser, Role};
use futures::StreamExt;
use hdrhistogram::Histogram;
use sqlx::PgPool;
use tokio::time::{sleep, sleep_until, timeout};

use super::book::with_calendars;
use crate::deployment::Deployment;
use crate::load;
use crate::report::{Goal, Percentiles, Report, panels};
use crate::rounds::Side;
use crate::turn::{Recorder, Turn, latencies};
use crate::world::Calendars;

/// Bookings, and messages, a second.
const RATE: u32 = 500;
const CONNECTIONS: usize = 32;
const CALENDARS: u64 = 1_000;
/// Bytes of a message; an event has about as many.
const MESSAGE: usize = 900;
/// How long the read model may take to show the last booking.
const PATIENCE: Duration = Duration::from_mins(1);

/// Measures the lag that 99 % stay below.
pub async fn measure(whole: Duration) -> Result<Report> {
    let deployment = Deployment::start().await?;
    let calendars = Arc::new(Calendars::new(CALENDARS));
    let node = with_calendars(&deployment, &calendars).await?;
    let meter = deployment.meter(&node);
    let nats = Nats::connect(&deployment.nats.url(NatsUser::Operator), "bench").await?;
    let nats = nats.client();
    let (mut daybook, mut baseline) = (Side::new(), Side::new());
    baseline.take(&meter, round_trips(nats, whole / 3)).await?;
    let next = {
        let calendars = Arc::clone(&calendars);
        move |number| calendars.booking_request(u64::from(number) % CALENDARS)
    };
    // Some that do not count: nodes that have just started load calendars and make months.
    let warm_up = load::at_constant_rate(node.address, CONNECTIONS, RATE, whole / 6, next.clone()).await?.operations;
    let before = meter.read()?;
    let answered = load::at_constant_rate(node.address, CONNECTIONS, RATE, whole / 2, next).await?;
    let used = meter.read()?.since(&before);
    let database = deployment.pool(Role::Superuser, 1).await?;
    let lags = lags(&database, warm_up, answered.operations).await?;
    daybook.add(&Turn { latencies: lags, ..answered }, &used);
    database.close().await;
    node.stop().await?;
    deployment.stop().await?;

    let (own, trip) = (Percentiles::from(&daybook.latencies), Percentiles::from(&baseline.latencies));
    Ok(Report {
        baseline_name: Some("JetStream round trip"),
        baseline: Some(trip.p99 / 1000.0),
        ratio: Some(own.p99 / trip.p99),
        percentiles: Some(own),
        baseline_percentiles: Some(trip),
        panels: panels("JetStream round trip", &daybook, Some(&baseline)),
        cpu_micros_each: daybook.cpu.micros_per(daybook.operations),
        baseline_cpu_micros_each: baseline.cpu.micros_per(baseline.operations),
        cpu_seconds: daybook.cpu.clone(),
        baseline_cpu_seconds: baseline.cpu.clone(),
        ..Report::new("projection-lag", own.p99 / 1000.0, "ms (p99)")
    }
    .goal(Goal::at_most("ms from commit to read model that 99 % stay below", own.p99 / 1000.0, 25.0))
    .note(format!(
        "{:.0} bookings/s over HTTP, {} in all; {RATE} messages/s of {MESSAGE} bytes",
        daybook.rate(),
        { daybook.latencies.len() }
    )))
}

/// Publishes messages at a constant rate and takes the time until each is consumed.
async fn round_trips(nats: &async_nats::Client, turn: Duration) -> Result<Turn> {
    let context = async_nats::jetstream::new(nats.clone());
    let config = stream::Config { name: "BENCH".into(), subjects: vec!["bench".into()], ..stream::Config::default() };
    let stream = context.create_stream(config).await?;
    let consumer = push::OrderedConfig {
        deliver_subject: nats.new_inbox(),
        deliver_policy: DeliverPolicy::All,
        ..push::OrderedConfig::default()
    };
    let mut messages = stream.create_consumer(consumer).await?.messages().await?;
    let begun = Instant::now();
    let count = turn.as_secs_f64() * f64::from(RATE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds times a rate")]
    let count = count as u32;
    let intended = move |number: u32| begun + Duration::from_secs(1) * number / RATE;
    let publishing = tokio::spawn(async move {
        let payload = bytes::Bytes::from(vec![b'x'; MESSAGE]);
        for number in 0..count {
            sleep_until(intended(number).into()).await;
            // Its acknowledgement need not be waited for: that it is stored shows when it arrives.
            drop(context.publish("bench", payload.clone()).await?);
        }
        anyhow::Ok(())
    });
    let mut recorder = Recorder::new(begun);
    for number in 0..count {
        let message = timeout(PATIENCE, messages.next()).await.context("JetStream delivers")?;
        message.context("JetStream goes on delivering")??;
        recorder.record(intended(number));
    }
    publishing.await??;
    nats.flush().await?;
    Ok(recorder.end())
}

/// For every booking but the first ones, the nanoseconds between its commit and that of its row.
async fn lags(database: &PgPool, first: u64, bookings: u64) -> Result<Histogram<u64>> {
    let shown = async {
        loop {
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM read_models.bookings").fetch_one(database).await?;
            if rows.cast_unsigned() >= first + bookings {
                return anyhow::Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, shown).await.context("the read model does not catch up")??;
    let micros: Vec<i64> = sqlx::query_scalar(
        "SELECT (extract(epoch FROM pg_xact_commit_timestamp(b.xmin)
                     - pg_xact_commit_timestamp(e.transaction_id::xid)) * 1e6)::bigint
         FROM events e JOIN read_models.bookings b ON b.id = (e.payload ->> 'booking_id')::uuid
         WHERE e.event_type = 'BookingRequested' ORDER BY e.transaction_id, e.position OFFSET $1",
    )
    .bind(i64::try_from(first)?)
    .fetch_all(database)
    .await?;
    ensure!(micros.len() as u64 == bookings, "{} of {bookings} bookings have a lag", micros.len());
    let mut lags = latencies();
    for micros in micros {
        lags.saturating_record(micros.max(1).cast_unsigned() * 1000);
    }
    Ok(lags)
}
