//! Documents and refusals as responses.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use slipstick_api::ApiError;

/// A document in some form.
pub(crate) fn document(kind: &'static str, text: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal.
pub(crate) fn refusal(error: &ApiError) -> Response<Body> {
    let text = format!("{:#}\n", error.problem());
    let mut response = document("application/problem+json", text.into_bytes());
    *response.status_mut() =
        StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}
