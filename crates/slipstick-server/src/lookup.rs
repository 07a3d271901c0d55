//! `GET /v1/catalogue/<command>`: facts, with the fields of their question in the query.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::Query,
    http::{Request, Response},
};
use slipstick_api::{ApiError, registry::Command};

use crate::{App, answer::written, refusal, reply};

/// Looks facts up.
pub(crate) async fn look_up(
    app: Arc<App>,
    command: &'static Command,
    request: Request<Body>,
) -> Response<Body> {
    let fields = Query::<BTreeMap<String, String>>::try_from_uri(request.uri());
    let answered = match fields {
        Ok(fields) => looked_up(app, command, fields.0).await,
        Err(_) => Err(refusal::query()),
    };
    match answered {
        Ok(text) => reply::document("application/json", text),
        Err(error) => reply::refusal(&error),
    }
}

async fn looked_up(
    app: Arc<App>,
    command: &'static Command,
    fields: BTreeMap<String, String>,
) -> Result<Vec<u8>, ApiError> {
    let answering = Arc::clone(&app);
    let answer = move || {
        let request = command.read_texts(fields)?;
        written(&request.answer(&answering.catalog, &answering.world())?, false)
    };
    app.pool.run(command.long, answer).await
}
