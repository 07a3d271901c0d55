//! The page: files that are built into the program.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{refusal, reply};

/// The page's bundle. A build for work on the page reads it from the disk each time.
#[derive(RustEmbed)]
#[folder = "assets/"]
struct Bundle;

/// What a browser is told of a file by its ending.
const KINDS: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
];

/// The file at a path of the page.
pub(crate) fn file(path: &str, headers: &HeaderMap) -> Response<Body> {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let (Some(kind), Some(file)) = (kind(name), Bundle::get(name)) else {
        return reply::refusal(&refusal::no_such_place());
    };
    let tag = tag(&file);
    let is_known = headers.get_all(header::IF_NONE_MATCH).iter().any(|known| known == tag.as_str());
    let mut response = if is_known { unchanged() } else { Response::new(Body::from(file.data)) };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn unchanged() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

fn kind(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1;
    KINDS.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)
}

/// Files of equal content have equal tags. It is a weak one, since a response may be compressed.
fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let number = hash.iter().take(16).fold(0, |number: u128, byte| (number << 8) | u128::from(*byte));
    format!("W/\"{number:032x}\"")
}
