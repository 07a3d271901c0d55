//! A refusal over HTTP: its status, and its problem document (RFC 9457).

use serde_json::{Value, json};

use crate::{ApiError, ErrorKind};

/// Refusals whose status says more than that the question was refused.
pub(super) const STATUSES: &[(&str, u16)] = &[
    ("request.syntax", 400),
    ("request.no_host", 400),
    ("request.foreign_origin", 403),
    ("world.closed", 403),
    ("request.no_such_place", 404),
    ("request.method", 405),
    ("request.not_acceptable", 406),
    ("request.slow", 408),
    ("request.too_large", 413),
    ("request.long_address", 414),
    ("request.media_type", 415),
    ("request.foreign_host", 421),
    ("server.busy", 429),
    ("server.ending", 503),
    ("request.headers", 431),
];

/// What a status says, by RFC 9110.
const TITLES: &[(u16, &str)] = &[
    (400, "Bad Request"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (408, "Request Timeout"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (421, "Misdirected Request"),
    (422, "Unprocessable Content"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
];

/// What a status of a refusal says.
pub(super) fn title(status: u16) -> &'static str {
    TITLES.iter().find(|(known, _)| *known == status).map_or("Error", |(_, title)| title)
}

impl ApiError {
    /// The status of a response that says it.
    ///
    /// ```
    /// use slipstick_api::ApiError;
    /// assert_eq!(ApiError::input("world.closed", "no file is read here").status(), 403);
    /// assert_eq!(ApiError::input("gpu.unknown", "\"h1000\" is no accelerator").status(), 422);
    /// ```
    pub fn status(&self) -> u16 {
        let own = STATUSES.iter().find(|(code, _)| *code == self.code).map(|(_, status)| *status);
        own.unwrap_or(match self.kind {
            ErrorKind::Input => 422,
            ErrorKind::Catalogue => 503,
            ErrorKind::Internal => 500,
        })
    }

    /// Its problem document: the fields of RFC 9457, and the code, cure and place that the terminal shows.
    pub fn problem(&self) -> Value {
        let status = self.status();
        json!({
            "type": "about:blank",
            "title": title(status),
            "status": status,
            "detail": self.message,
            "code": self.code,
            "help": self.help,
            "at": self.at,
        })
    }
}
