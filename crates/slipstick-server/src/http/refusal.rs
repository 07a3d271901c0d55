//! What is refused before a question is read.

use slipstick_api::ApiError;

/// No such place.
pub(crate) fn no_such_place() -> ApiError {
    ApiError::input("request.no_such_place", "there is nothing here")
        .help("ask POST /v1/estimate, or read /openapi.json for all that there is")
}

/// Another method.
pub(crate) fn method() -> ApiError {
    ApiError::input("request.method", "this place does not take that method")
        .help("questions are asked by POST, facts are looked up by GET")
}

/// A body of another kind.
pub(crate) fn media_type() -> ApiError {
    ApiError::input("request.media_type", "the request's body is not said to be JSON")
        .at("Content-Type")
        .help("send it with Content-Type: application/json")
}

/// A body that is too large.
pub(crate) fn too_large(limit: usize) -> ApiError {
    ApiError::input("request.too_large", format!("the request's body has more than {limit} bytes"))
        .help("send the question alone, with a configuration but without weights")
}

/// A body that does not come.
pub(crate) fn slow() -> ApiError {
    ApiError::input("request.slow", "the request's body did not come in time")
        .help("send it again, in one piece")
}

/// A body that broke off.
pub(crate) fn broken_off() -> ApiError {
    ApiError::input("request.syntax", "the request's body broke off").help("send it again, in one piece")
}

/// What is no HTTP.
pub(crate) fn no_http() -> ApiError {
    ApiError::input("request.syntax", "this is no request in HTTP/1.1").help(
        "send one as curl does: curl http://ADDRESS/v1/gpus -H 'Content-Type: application/json' -d '{}'",
    )
}

/// An address that is too long.
pub(crate) fn long_address() -> ApiError {
    ApiError::input("request.long_address", "the request's address is too long")
        .help("ask the question by POST, with its fields in the body")
}

/// A head that is too large.
pub(crate) fn large_head() -> ApiError {
    ApiError::input("request.headers", "the request has too many or too long headers")
        .help("send Host, Content-Type, Content-Length and Accept, which is all that is read")
}

/// No host.
pub(crate) fn no_host() -> ApiError {
    ApiError::input("request.no_host", "the request does not say which host it is for")
        .at("Host")
        .help("send one Host header, as HTTP/1.1 asks for")
}

/// A host that is not this one.
pub(crate) fn foreign_host(host: &str) -> ApiError {
    let shown: String = host.chars().filter(|letter| !letter.is_control()).take(80).collect();
    ApiError::input("request.foreign_host", format!("{shown:?} is not this server")).at("Host").help(
        "ask by its address or as localhost; slipstick serve --allow-host NAME lets it answer to a name",
    )
}

/// A page of somebody else.
pub(crate) fn foreign_origin() -> ApiError {
    ApiError::input("request.foreign_origin", "pages of other origins may not ask here")
        .at("Origin")
        .help("open the page that this server serves, or ask from a program")
}

/// Too many at once.
pub(crate) fn busy() -> ApiError {
    ApiError::input("server.busy", "as many long questions as may wait are waiting already")
        .help("ask again when they are answered")
}

/// A panic.
pub(crate) fn bug() -> ApiError {
    ApiError::internal("server.bug", "this question met a bug in slipstick")
}

/// A query that is none of its place.
pub(crate) fn query() -> ApiError {
    ApiError::input("request.syntax", "the query of the address cannot be read").help(
        "facts are looked up with ?name=value&name=value; a question takes ?explain=true and nothing else",
    )
}

/// No form that is wanted.
pub(crate) fn not_acceptable() -> ApiError {
    ApiError::input("request.not_acceptable", "there is no answer of a kind that is accepted")
        .at("Accept")
        .help("accept application/json, text/event-stream, text/csv, text/markdown or text/plain")
}

/// Nobody is there to answer.
pub(crate) fn gone() -> ApiError {
    ApiError::input("question.gone", "whoever asked is gone").help("ask again")
}

/// The time for a question is over.
pub(crate) fn took_too_long() -> ApiError {
    ApiError::input("question.too_long", "the answer takes longer than this server works on one")
        .help("ask for less, let the server take longer with --time-limit, or ask on a command line")
}
