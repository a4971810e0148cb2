//! Talking HTTP to a node.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::program::Said;
use super::reply::Reply;

/// Somebody who talks to a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    base: Url,
    said: Said,
    credentials: Option<(&'static str, String)>,
}

/// A request that is about to be sent: `await` sends it.
#[derive(Debug)]
pub struct Call {
    request: reqwest::RequestBuilder,
    what: String,
    said: Said,
}

impl Http {
    /// Somebody without credentials. `said` is what the node logs, for failures.
    pub fn to(base: Url, said: Said) -> Self {
        // Plain HTTP needs no cryptography, but the client wants to know whose it would use.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self { client, base, said, credentials: None }
    }

    /// The same person at another node.
    #[must_use]
    pub fn at(&self, other: &Self) -> Self {
        Self { credentials: self.credentials.clone(), ..other.clone() }
    }

    /// Somebody with a session.
    #[must_use]
    pub fn with_session(&self, token: &str) -> Self {
        Self { credentials: Some(("cookie", format!("daybook_session={token}"))), ..self.clone() }
    }

    /// Somebody with an API key.
    #[must_use]
    pub fn with_api_key(&self, key: &str) -> Self {
        Self { credentials: Some(("authorization", format!("Bearer {key}"))), ..self.clone() }
    }

    /// The API key; fails if these are other credentials.
    #[track_caller]
    pub fn api_key(&self) -> String {
        let (name, value) = self.credentials.as_ref().unwrap();
        assert_eq!(*name, "authorization");
        value.trim_start_matches("Bearer ").to_owned()
    }

    /// The same without credentials.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { credentials: None, ..self.clone() }
    }

    /// Where the node is.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// A request to a path, query included.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let url = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, url);
        if let Some((name, value)) = &self.credentials {
            request = request.header(*name, value);
        }
        Call { request, what, said: self.said.clone() }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// A POST of a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// A PUT of a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// A PATCH of a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// A DELETE.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

impl Call {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    /// Adds a booking's token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("x-booking-token", token)
    }

    /// Adds an idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { request: self.request.json(body), ..self }
    }

    /// Sets a body as it is, with a media type.
    #[must_use]
    pub fn raw(self, media_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self { request: self.request.header("content-type", media_type).body(body), ..self }
    }

    /// Sends the request and leaves the body to be read as it comes.
    pub async fn begin(self) -> reqwest::Response {
        let Self { request, what, .. } = self;
        let sent = request.timeout(Duration::from_mins(10)).send().await;
        sent.unwrap_or_else(|error| panic!("{what}: {error:?}"))
    }

    /// Sends the request; an error if no whole answer comes back.
    pub async fn attempt(self) -> Result<Reply, reqwest::Error> {
        let Self { request, what, said } = self;
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        Ok(Reply { what, status, headers, body, said })
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = BoxFuture<'static, Reply>;

    fn into_future(self) -> Self::IntoFuture {
        let what = self.what.clone();
        self.attempt().map(move |reply| reply.unwrap_or_else(|error| panic!("{what}: {error:?}"))).boxed()
    }
}
