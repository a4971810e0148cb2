//! Joins the hops of a request to one trace, though they happen apart: the trace's id is the correlation id, which every event
//! carries, and the request's own span has an id that follows from it.
//!
//! Two layers stand around that of OpenTelemetry: [`Before`] says which ids a span is to have, and what it goes on with;
//! [`After`] takes that back. OpenTelemetry's layer asks for the parent when a span is made, for ids when it is first entered.

use std::cell::{Cell, RefCell};
use std::fmt;

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context as TraceContext, ContextGuard};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

thread_local! {
    /// The ids that the span which is being entered on this thread is to have.
    static IDS: Cell<Option<Ids>> = const { Cell::new(None) };
    /// What the span which is being made goes on with.
    static PARENT: RefCell<Option<ContextGuard>> = const { RefCell::new(None) };
}

/// The ids of a request's own span.
#[derive(Clone, Copy, Debug)]
struct Ids(TraceId, SpanId);

/// The trace of a correlation id, and in it the span of the request itself. None for what is no id.
fn of_request(correlation: Uuid) -> Option<Ids> {
    let (high, low) = correlation.as_u64_pair();
    // Neither may be zero.
    (high | low != 0).then(|| Ids(TraceId::from(correlation.as_u128()), SpanId::from(low.max(1))))
}

/// What a span says about whom it belongs to.
#[derive(Default)]
struct Said {
    correlation: Option<Uuid>,
    trace_parent: Option<SpanContext>,
}

impl Said {
    fn of(attributes: &Attributes<'_>) -> Self {
        let mut said = Self::default();
        attributes.record(&mut said);
        said
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "correlation_id" => self.correlation = Uuid::try_parse(value).ok(),
            "trace_parent" => self.trace_parent = remote(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "correlation_id" {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// The span that a `traceparent` names.
fn remote(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE))
}

/// Says which ids a span is to have that begins a part of a trace on this node, and what it goes on with.
pub struct Before;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Before {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.parent().is_some() || (attributes.is_contextual() && context.lookup_current().is_some()) {
            return;
        }
        let said = Said::of(attributes);
        let Some(ids) = said.correlation.and_then(of_request) else { return };
        let parent = if attributes.metadata().name() == "request" {
            if let Some(span) = context.span(id) {
                span.extensions_mut().insert(ids);
            }
            said.trace_parent
        } else {
            let Ids(trace, request) = ids;
            Some(SpanContext::new(trace, request, TraceFlags::SAMPLED, true, TraceState::NONE))
        };
        let parent = parent.map(|parent| TraceContext::new().with_remote_span_context(parent).attach());
        PARENT.set(parent);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        IDS.set(context.span(id).and_then(|span| span.extensions().get().copied()));
    }
}

/// Takes back what was said.
pub struct After;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for After {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        drop(PARENT.take());
    }

    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        IDS.set(None);
    }
}

/// Gives spans the ids that are said, and others such as chance has it.
#[derive(Debug, Default)]
pub struct CorrelatedIds(RandomIdGenerator);

impl IdGenerator for CorrelatedIds {
    fn new_trace_id(&self) -> TraceId {
        IDS.get().map_or_else(|| self.0.new_trace_id(), |Ids(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        IDS.get().map_or_else(|| self.0.new_span_id(), |Ids(_, span)| span)
    }
}
