//! Documents and refusals as responses.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use slipstick_api::ApiError;

/// A document in some form.
pub(crate) fn document(kind: &'static str, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal.
pub(crate) fn refusal(error: &ApiError) -> Response<Body> {
    let text = format!("{:#}\n", error.problem());
    let mut response = document("application/problem+json", text.into_bytes());
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.status_mut() = status;
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
