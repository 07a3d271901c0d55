//! Who may ask: not a page of somebody else, by whatever name it has had this machine called.

use core::net::IpAddr;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, Response, header, uri::Authority},
};
use slipstick_api::ApiError;

use super::{connection::LocalAddress, refusal};

/// What every response says to browsers: scripts and styles of this page alone, in no frame, of exactly the stated kind.
static HEADERS: [(header::HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds what every response says.
pub(crate) fn guarded(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in &HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Refuses a request for another host, and one that a page of another origin makes.
pub(crate) fn admitted(request: &Request<Body>, names: &[String]) -> Result<(), ApiError> {
    let local = request.extensions().get::<LocalAddress>().map(|address| address.0.ip());
    let host = host(request.headers())?;
    let stated = request.uri().authority();
    for authority in [Some(&host), stated].into_iter().flatten() {
        if !is_here(authority.host(), local, names) {
            return Err(refusal::foreign_host(authority.host()));
        }
    }
    match request.headers().get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if is_own(origin, &host) => Ok(()),
        Some(_) => Err(refusal::foreign_origin()),
    }
}

fn host(headers: &HeaderMap) -> Result<Authority, ApiError> {
    let mut all = headers.get_all(header::HOST).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return Err(refusal::no_host()) };
    Authority::try_from(only.as_bytes()).map_err(|_| refusal::no_host())
}

/// Whether a host is this machine: its own address, loopback, or a name that it was told to answer to. A name that merely
/// leads here is not enough, since whoever owns it can have any browser ask in its name.
fn is_here(host: &str, local: Option<IpAddr>, names: &[String]) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return address.is_loopback() || Some(address) == local || names.iter().any(|name| name == bare);
    }
    host.eq_ignore_ascii_case("localhost") || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// Whether a page comes from here, over whatever encrypts the way to this server.
fn is_own(origin: &HeaderValue, host: &Authority) -> bool {
    let origin = origin.to_str().unwrap_or_default();
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host.as_str()))
}
