//! `POST /v1/<command>` and `GET /v1/catalogue/<command>`: a question, and its document.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    extract::Query,
    http::{HeaderMap, Request, Response, Uri, header},
};
use slipstick_api::{
    ApiError,
    provenance::asked,
    registry::{self, Command},
};
use tokio::time::timeout;

use super::{
    App, Limits,
    asker::Asker,
    events,
    question::{About, Fields, Form, Question},
    refusal, reply,
};

/// Answers a question whose body is its table of fields.
pub(crate) async fn ask(app: Arc<App>, command: &'static Command, request: Request<Body>) -> Response<Body> {
    let read = asked(command, request, app.settings.limits).await;
    answer(&app, read).await
}

/// Says where a number comes from.
pub(crate) async fn explain(app: Arc<App>, request: Request<Body>) -> Response<Body> {
    let read = number(request, app.settings.limits).await;
    answer(&app, read).await
}

/// Looks facts up; the fields of the question stand in the address.
pub(crate) async fn look_up(
    app: Arc<App>,
    command: &'static Command,
    request: Request<Body>,
) -> Response<Body> {
    let read = looked_up(command, request.uri(), request.headers());
    drop(request);
    answer(&app, read).await
}

async fn answer(app: &Arc<App>, question: Result<Question, ApiError>) -> Response<Body> {
    let answered = match question {
        Ok(question) if question.form == Form::Events => return events::answered(app, question),
        Ok(question) => {
            let form = question.form;
            // A client that goes drops this future, and with it what waits.
            let (asker, _waiting) = Asker::new(app.settings.limits.time, None);
            question.answered(app, asker).await.map(|text| (form, text))
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok((form, text)) => reply::document(form.kind(), text),
        Err(error) => reply::refusal(&error),
    }
}

async fn asked(
    command: &'static Command,
    request: Request<Body>,
    limits: Limits,
) -> Result<Question, ApiError> {
    let form = Form::accepted(request.headers())?;
    let explain = match request.uri().query() {
        None | Some("" | "explain=false") => false,
        Some("explain" | "explain=true") => true,
        Some(_) => return Err(refusal::query()),
    };
    let fields = Fields::Json(body(request, limits).await?);
    Ok(Question { about: About::Command { command, fields, explain }, form })
}

async fn number(request: Request<Body>, limits: Limits) -> Result<Question, ApiError> {
    let form = Form::accepted(request.headers())?;
    if request.uri().query().is_some_and(|query| !query.is_empty()) {
        return Err(refusal::query());
    }
    let fields = registry::table(&body(request, limits).await?, asked::NAME)?;
    Ok(Question { about: About::Number(Box::new(asked::Asked::read(fields)?)), form })
}

fn looked_up(command: &'static Command, uri: &Uri, headers: &HeaderMap) -> Result<Question, ApiError> {
    let form = Form::accepted(headers)?;
    let fields = Query::<BTreeMap<String, String>>::try_from_uri(uri).map_err(|_| refusal::query())?;
    let fields = Fields::Texts(fields.0);
    Ok(Question { about: About::Command { command, fields, explain: false }, form })
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
