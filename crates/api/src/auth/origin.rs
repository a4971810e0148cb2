//! A browser sends the session cookie whoever wrote the page; only our own pages may use it to change anything (A3).

use axum::http::{HeaderMap, Method, header};
use url::Url;

use crate::problem::{Answer, Code, Problem};

/// Refuses a write with a cookie that another site's page has caused. Programs send no `Origin`, and no cookie either.
pub fn check(method: &Method, headers: &HeaderMap, public_url: &Url) -> Answer<()> {
    if method.is_safe() {
        return Ok(());
    }
    let ours = public_url.origin().ascii_serialization();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let foreign = |origin: &str| origin != ours && Url::parse(origin).map_or(true, |url| authority(&url) != host);
    match headers.get(header::ORIGIN) {
        Some(origin) if origin.to_str().map_or(true, foreign) => {
            Err(Problem::new(Code::Forbidden, "this site may not act for you: the Origin header names another one"))
        }
        _ => Ok(()),
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn answer(method: &Method, origin: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8080"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        check(method, &headers, &Url::parse("https://book.example.org").unwrap()).is_ok()
    }

    #[test]
    fn only_our_own_pages_may_write_with_the_cookie() {
        assert!(answer(&Method::POST, Some("https://book.example.org")));
        assert!(answer(&Method::POST, Some("http://localhost:8080")), "the address the browser used");
        assert!(answer(&Method::POST, None));
        assert!(!answer(&Method::POST, Some("https://evil.example")));
        assert!(!answer(&Method::DELETE, Some("null")));
        assert!(!answer(&Method::PUT, Some("http://localhost:8081")));
        assert!(answer(&Method::GET, Some("https://evil.example")), "reading is CORS's business");
    }
}
