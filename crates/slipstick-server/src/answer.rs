//! `POST /v1/<command>`: a question, and its document.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, HttpBody as _},
    http::{HeaderMap, Request, Response, header},
};
use slipstick_api::{ApiError, Output, registry::Command};
use tokio::time::timeout;

use crate::{App, Limits, refusal, reply};

/// Answers a question whose body is its table of fields.
pub(crate) async fn ask(app: Arc<App>, command: &'static Command, request: Request<Body>) -> Response<Body> {
    match asked(app, command, request).await {
        Ok(text) => reply::document("application/json", text),
        Err(error) => reply::refusal(&error),
    }
}

async fn asked(
    app: Arc<App>,
    command: &'static Command,
    request: Request<Body>,
) -> Result<Vec<u8>, ApiError> {
    let explain = wants_explanations(request.uri().query());
    let body = body(request, app.settings.limits).await?;
    let answering = Arc::clone(&app);
    app.pool.run(command.long, move || answer(&answering, command, &body, explain)).await
}

fn answer(app: &App, command: &Command, body: &[u8], explain: bool) -> Result<Vec<u8>, ApiError> {
    let world = app.world();
    let request = command.read_json(body)?.opened(&world)?;
    written(&request.answer(&app.catalog, &world)?, explain)
}

/// The bytes that `--json` prints.
pub(crate) fn written(output: &Output, explain: bool) -> Result<Vec<u8>, ApiError> {
    let mut text = Vec::with_capacity(1 << 13);
    output.write_json(explain, &mut text).map_err(|error| ApiError::unwritten(&error))?;
    text.push(b'\n');
    Ok(text)
}

/// Whether a query asks for the provenance of every number.
pub(crate) fn wants_explanations(query: Option<&str>) -> bool {
    query.unwrap_or_default().split('&').any(|part| part == "explain" || part == "explain=true")
}

/// The body of a request, if it is one that may be read.
async fn body(request: Request<Body>, limits: Limits) -> Result<Bytes, ApiError> {
    if !is_json(request.headers()) {
        return Err(refusal::media_type());
    }
    let body = request.into_body();
    if body.size_hint().lower() > limits.body as u64 {
        return Err(refusal::too_large(limits.body));
    }
    let read = timeout(limits.body_time, axum::body::to_bytes(body, limits.body)).await;
    read.map_err(|_| refusal::slow())?.map_err(|error| {
        let source = std::error::Error::source(&error);
        let is_large = source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
        if is_large { refusal::too_large(limits.body) } else { refusal::broken_off() }
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}
