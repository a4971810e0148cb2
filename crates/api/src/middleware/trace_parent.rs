//! The trace that a request belongs to, as W3C Trace Context carries it.

use axum::http::{HeaderMap, HeaderName};
use uuid::Uuid;

/// Carries it.
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Version, trace, span and flags, with hyphens between.
const LENGTH: usize = 2 + 1 + 32 + 1 + 16 + 1 + 2;

/// The trace and the span of whoever sent the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceParent<'a> {
    /// 128 bits, not all zero: as large as a UUID, so it serves as one.
    pub(crate) trace: Uuid,
    /// What version 00 has of the header, for whoever goes on with the trace.
    pub(crate) text: &'a str,
}

impl<'a> TraceParent<'a> {
    /// Reads `traceparent`. One that breaks the rules counts as none (W3C Trace Context, section 3.2).
    pub(crate) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let text = headers.get(&TRACE_PARENT)?.to_str().ok()?;
        let mut parts = text.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, digits| {
            part.len() == digits && part.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
        };
        let is_zero = |part: &str| part.bytes().all(|c| c == b'0');
        let holds = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
        // A later version may add parts; of version 00 there are four, and there is no version ff.
        let known = version != "ff" && (version != "00" || parts.next().is_none());
        if !holds || !known || is_zero(trace) || is_zero(parent) {
            return None;
        }
        Some(Self { trace: Uuid::try_parse(trace).ok()?, text: text.get(..LENGTH)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Uuid> {
        let headers = HeaderMap::from_iter([(TRACE_PARENT, text.parse().unwrap())]);
        TraceParent::of(&headers).map(|parent| parent.trace)
    }

    #[test]
    fn a_trace_is_taken_over_if_the_header_is_as_the_standard_has_it() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let expected = Uuid::try_parse(trace).ok();
        assert_eq!(read(&format!("00-{trace}-b7ad6b7169203331-01")), expected);
        assert_eq!(read(&format!("01-{trace}-b7ad6b7169203331-00-what-comes")), expected);
        for wrong in [
            "",
            "00",
            &format!("00-{trace}-b7ad6b7169203331"),
            &format!("00-{trace}-b7ad6b7169203331-01-more"),
            &format!("ff-{trace}-b7ad6b7169203331-01"),
            &format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()),
            &format!("00-{trace}-0000000000000000-01"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
