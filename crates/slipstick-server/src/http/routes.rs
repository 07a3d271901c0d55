//! Which place answers what.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, Response},
    middleware::{Next, from_fn_with_state},
    routing::{get, post},
};
use slipstick_api::{commands::COMMANDS, http, provenance::asked, registry::Command};
use tower_http::compression::CompressionLayer;

use super::{App, answer, assets, guard, refusal, reply};

/// Every place: the questions and the catalogue of the registry, what runs, and the page.
pub fn routes(app: &Arc<App>) -> Router {
    let asked = COMMANDS.iter().fold(Router::new(), with);
    asked
        .route(&format!("/v1/{}", asked::NAME), post(explain))
        .route("/openapi.json", get(description))
        .route("/healthz", get(async || reply::document("text/plain; charset=utf-8", "ok\n")))
        .route("/metrics", get(metrics))
        .fallback(page)
        .method_not_allowed_fallback(async || reply::refusal(&refusal::method()))
        .with_state(Arc::clone(app))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(app), guarded))
}

/// The places of one command.
fn with(routes: Router<Arc<App>>, command: &'static Command) -> Router<Arc<App>> {
    let key = command.key();
    let asked = async move |State(app), request: Request<Body>| answer::ask(app, command, request).await;
    let routes = routes.route(&format!("/v1/{key}"), post(asked));
    if !command.catalogue {
        return routes;
    }
    let looked_up =
        async move |State(app), request: Request<Body>| answer::look_up(app, command, request).await;
    routes.route(&format!("/v1/catalogue/{key}"), get(looked_up))
}

async fn explain(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    answer::explain(app, request).await
}

async fn description(State(app): State<Arc<App>>) -> Response<Body> {
    let text = app.description.get_or_init(|| format!("{:#}\n", http::openapi()).into());
    reply::document("application/json", text.clone())
}

async fn metrics(State(app): State<Arc<App>>) -> Response<Body> {
    let text = app.metrics.text(app.connections());
    reply::document("text/plain; version=0.0.4; charset=utf-8", text)
}

async fn page(request: Request<Body>) -> Response<Body> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        assets::file(request.uri().path(), request.headers())
    } else {
        reply::refusal(&refusal::no_such_place())
    }
}

async fn guarded(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response<Body> {
    let (started, uri) = (Instant::now(), request.uri().clone());
    let response = guard::guarded(match guard::admitted(&request, &app.settings.names) {
        Ok(()) => next.run(request).await,
        Err(error) => reply::refusal(&error),
    });
    app.metrics.count(uri.path(), response.status().as_u16(), started.elapsed());
    response
}
