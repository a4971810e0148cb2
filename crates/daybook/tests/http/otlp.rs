//! Traces for an OpenTelemetry collector: what reaches one, and what happens without one (O1).
//!
//! The collector here takes the protocol and keeps what it is given; it decodes it with OpenTelemetry's own types.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::support::deployment::Deployment;
use crate::support::node::Node;
use crate::support::people::{Host, booking};
use crate::support::times::{at, tuesday};
use crate::support::{eventually, until};

/// Somebody who takes traces.
struct Collector {
    url: String,
    taken: Arc<Mutex<Vec<ResourceSpans>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keep = taken.clone();
        let take = async move |body: Bytes| {
            let request = ExportTraceServiceRequest::decode(body).unwrap();
            keep.lock().unwrap().extend(request.resource_spans);
        };
        let router = Router::new().route("/v1/traces", post(take));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, taken, _serving: AbortOnDropHandle::new(serving) }
    }

    /// The spans of a trace.
    fn of(&self, trace: Uuid) -> Vec<Span> {
        let taken = self.taken.lock().unwrap();
        let spans = taken.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans);
        spans.filter(|span| span.trace_id == trace.as_bytes()).cloned().collect()
    }
}

async fn node(deployment: &Deployment, collector: &str) -> Node {
    let mut serve = deployment.serve();
    serve.more.push(("DAYBOOK_OTLP_ENDPOINT", collector.to_owned()));
    serve.more.push(("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()));
    serve.start().await
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}

#[tokio::test]
async fn a_collector_gets_every_hop_of_a_booking_in_one_trace() {
    let (deployment, collector) = (Deployment::create().await, Collector::start().await);
    let node = node(&deployment, &collector.url).await;
    let offer = Host::register(&node.http()).await.offer().await;
    let request = Uuid::new_v4();
    let asked = booking(&offer.id, &at(tuesday(), "09:00"));
    node.http().post("/api/bookings", &asked).header("x-request-id", &request.to_string()).await.created();
    // Two events, each into two streams and two read models.
    let expected = [("request", 1), ("command", 1), ("append", 1), ("publish", 4), ("project", 4)];
    let spans = eventually("every hop has arrived", async || {
        let spans = collector.of(request);
        let count = |name: &str| spans.iter().filter(|span| span.name == name).count();
        expected.iter().all(|(name, expected)| count(name) >= *expected).then_some(spans)
    })
    .await;
    for (name, expected) in expected {
        let of_name: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(of_name.len(), expected, "{of_name:#?}");
    }
    let root = spans.iter().find(|span| span.name == "request").unwrap();
    assert_eq!(root.span_id, request.as_bytes()[8..]);
    assert!(root.parent_span_id.is_empty(), "{root:?}");
    assert_eq!(attribute(root, "route").as_deref(), Some("/api/bookings"));
    for span in spans.iter().filter(|span| span.name != "request") {
        assert_eq!(span.parent_span_id, root.span_id, "{span:#?}");
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano && span.start_time_unix_nano > 0, "{span:?}");
    }
    let everything = format!("{:?}", collector.taken.lock().unwrap());
    assert!(everything.contains("service.name") && everything.contains("\"daybook\""));
    for personal in ["invitee_email", "invitee_name"] {
        let personal = asked[personal].as_str().unwrap();
        assert!(!everything.contains(personal), "{personal} was sent");
    }
}

#[tokio::test]
async fn a_trace_of_the_caller_is_continued() {
    let (deployment, collector) = (Deployment::create().await, Collector::start().await);
    let node = node(&deployment, &collector.url).await;
    let offer = Host::register(&node.http()).await.offer().await;
    let (trace, parent) = (Uuid::new_v4(), "b7ad6b7169203331");
    let carried = format!("00-{}-{parent}-01", trace.simple());
    let asked = booking(&offer.id, &at(tuesday(), "09:00"));
    node.http().post("/api/bookings", &asked).header("traceparent", &carried).await.created();
    let spans = eventually("the request and what follows from it have arrived", async || {
        let spans = collector.of(trace);
        ["request", "project"].iter().all(|name| spans.iter().any(|span| span.name == *name)).then_some(spans)
    })
    .await;
    let root = spans.iter().find(|span| span.name == "request").unwrap();
    assert_eq!(Uuid::try_parse(&format!("{parent:0>32}")).unwrap().as_bytes()[8..], root.parent_span_id);
    assert!(spans.iter().filter(|span| span.name == "project").all(|span| span.parent_span_id == root.span_id));
}

#[tokio::test]
async fn a_collector_that_says_nothing_keeps_nobody_waiting() {
    let deployment = Deployment::create().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let node = node(&deployment, &format!("http://{}", silent.local_addr().unwrap())).await;
    let offer = Host::register(&node.http()).await.offer().await;
    let (taken, _) = silent.accept().await.unwrap();
    offer.book(&at(tuesday(), "09:00")).await;
    until("the booking is projected", async || {
        node.metric("daybook_projection_events_total{projection=\"bookings\"}").await.is_some_and(|count| count >= 2.0)
    })
    .await;
    node.stop().await;
    drop(taken);
}
