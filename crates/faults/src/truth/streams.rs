//! What is in JetStream, as an operator and an analyst see it.

use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::{self, consumer::DeliverPolicy, consumer::pull::OrderedConfig};
use daybook_testkit::TestNats;
use futures::StreamExt as _;
use serde_json::Value;

use super::{Event, within};

/// Both streams hold every event once, in the order of the log, counted from one.
pub(crate) async fn must_hold(nats: &TestNats, events: &[Event]) -> Result<()> {
    for stream in ["DAYBOOK", "DAYBOOK_ANALYTICS"] {
        compare(nats, stream, events).await.with_context(|| format!("stream {stream}"))?;
    }
    Ok(())
}

async fn compare(nats: &TestNats, name: &str, events: &[Event]) -> Result<()> {
    let url = url::Url::parse(&nats.operator_url())?;
    let password = url.password().context("the operator's password")?.to_owned();
    let options = async_nats::ConnectOptions::new().user_and_password(url.username().to_owned(), password);
    let client = options.connect(format!("nats://127.0.0.1:{}", nats.port())).await?;
    let jetstream = jetstream::new(client);
    let what = format!("it holds {} messages", events.len());
    let stream = within(&what, async || {
        let Ok(found) = jetstream.get_stream(name).await else { return Ok(None) };
        let held = usize::try_from(found.cached_info().state.messages)?;
        ensure!(held <= events.len(), "{held} messages, more than the {} events of the log", events.len());
        Ok((held == events.len()).then_some(found))
    })
    .await?;
    let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    for (number, event) in (1..).zip(events) {
        let next = tokio::time::timeout(super::LIMIT, messages.next()).await.context("no next message in time")?;
        let message = next.context("the messages end")??;
        judge(&message, number, event, name).with_context(|| format!("message {number} and {event:?}"))?;
    }
    Ok(())
}

fn judge(message: &jetstream::Message, number: u64, event: &Event, stream: &str) -> Result<()> {
    let headers = message.headers.as_ref().context("no headers")?;
    let header = |name: &str| headers.get(name).map(ToString::to_string);
    let (id, place) = (event.id.to_string(), &event.place);
    let body: Value = serde_json::from_slice(&message.payload)?;
    ensure!(message.info().is_ok_and(|info| info.stream_sequence == number), "not where it belongs");
    ensure!(header("Nats-Msg-Id").as_ref() == Some(&id) && body["id"] == id.as_str(), "another event: {body}");
    ensure!(header("Daybook-Position").as_ref() == Some(place), "another place: {headers:?}");
    ensure!(body["sequence"] == place.as_str() && body["data"]["version"] == event.version, "another place: {body}");
    ensure!(body["source"] == format!("/calendars/{}", event.host), "another calendar: {body}");
    ensure!(message.subject.ends_with(&event.kind), "another subject: {}", message.subject);
    let is_clean = if stream == "DAYBOOK" { !body.to_string().contains("plain") } else { !has_personal_data(&body) };
    ensure!(is_clean, "personal data: {body}");
    Ok(())
}

/// Whether personal data, sealed or not, is anywhere in it.
fn has_personal_data(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            ["sealed", "plain", "erased", "guest", "reason"].contains(&name.as_str()) || has_personal_data(value)
        }),
        Value::Array(items) => items.iter().any(has_personal_data),
        _ => false,
    }
}
