//! What a server's refusal means, and what to do about it.

use super::Url;
use crate::{SourceError, SourceErrorKind};

/// The error of a status that is no success.
///
/// `code` is the hub's own word for it (`X-Error-Code`), `with_token` whether a token was sent.
pub(super) fn error(status: u16, code: Option<&str>, url: &Url, with_token: bool) -> SourceError {
    use SourceErrorKind as Kind;
    let say = |kind, what: &str| SourceError::new(kind, format!("{url}: {what} (status {status})"));
    match (status, code) {
        (401 | 403, Some("GatedRepo")) => {
            say(Kind::Unauthorised, "the repository is gated").help(gated(with_token))
        }
        // The hub answers so for a repository that does not exist too, lest one could tell which private ones do.
        (401, _) => say(Kind::Unauthorised, "the repository does not exist, or needs a login").help(format!(
            "check the spelling of the id; for a private or gated repository {}",
            login(with_token)
        )),
        (403, _) => say(Kind::Unauthorised, "access is refused").help(gated(with_token)),
        (404, Some("RevisionNotFound")) => say(Kind::Missing, "there is no such revision")
            .help("leave out @revision, or give a branch, tag or commit"),
        (404, Some("EntryNotFound")) => say(Kind::Missing, "the repository has no such file"),
        (404 | 410, _) => {
            say(Kind::Missing, "there is no such page").help("check the spelling of the id or address")
        }
        (429, _) => say(Kind::RateLimited, "the server asks to wait").help(if with_token {
            "try again in a few minutes"
        } else {
            "try again in a few minutes, or set HF_TOKEN: requests with a login are limited less"
        }),
        (416, _) => say(Kind::Protocol, "the server has fewer bytes than it said"),
        (408 | 500..=599, _) => say(Kind::Unreachable, "the server failed").help("try again later"),
        _ => say(Kind::Protocol, "the server answered with a status that makes no sense here"),
    }
}

fn login(with_token: bool) -> &'static str {
    if with_token {
        "check that the token of HF_TOKEN may read it"
    } else {
        "set HF_TOKEN to an access token (huggingface.co/settings/tokens)"
    }
}

fn gated(with_token: bool) -> String {
    format!("accept the licence on the repository's page, then {}", login(with_token))
}
