//! Requests to the routes themselves, without a network.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use serde_json::Value;
use slipstick_api::Bounds;
use slipstick_server::http::{App, Limits, Settings, routes};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// A response, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn kind(&self) -> &str {
        self.headers["content-type"].to_str().unwrap()
    }
}

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

/// Limits with room for tests that run side by side.
pub(crate) fn limits() -> Limits {
    Limits { long: 4, quick: 4, waiting: 64, ..Limits::default() }
}

pub(crate) fn app(limits: Limits) -> Arc<App> {
    App::new(Settings { limits, ..Settings::default() }).unwrap()
}

fn usual() -> &'static Router {
    static ROUTES: OnceLock<Router> = OnceLock::new();
    ROUTES.get_or_init(|| routes(&app(limits())))
}

pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// A server that ends searches at once: names are looked up before them.
pub(crate) fn hasty() -> Router {
    let (time, bounds) = (Duration::from_millis(20), Bounds::new(8, 1));
    routes(&app(Limits { time, bounds, ..limits() }))
}

/// Sends a request to routes and reads what comes back.
pub(crate) async fn sent(routes: &Router, request: Request<Body>) -> Answer {
    let response = routes.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = to_bytes(response.into_body(), 64 << 20).await.unwrap();
    Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

/// Sends a request to a server with usual limits.
pub(crate) fn send(request: Request<Body>) -> Answer {
    runtime().block_on(sent(usual(), request))
}

pub(crate) fn get(path: &str) -> Answer {
    send(request("GET", path, &[], Body::empty()))
}

pub(crate) fn post(path: &str, body: &Value) -> Answer {
    send(request("POST", path, &[JSON], body.to_string()))
}
