//! Whatever is refused is refused as a problem document, with a status that says what kind of thing is wrong.

use axum::body::Body;
use serde_json::json;

use crate::send::{Answer, JSON, get, post, request, send};

fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.kind(), "application/problem+json", "{}", answer.text);
    let problem = answer.json();
    assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{}", answer.text);
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    for field in ["title", "detail", "help"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {}", answer.text);
    }
}

fn ask(headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    send(request("POST", "/v1/memory", headers, body))
}

#[test]
fn what_is_no_request_is_refused_by_its_kind() {
    is_problem(&get("/nothing"), 404, "request.no_such_place");
    is_problem(&get("/v1/nothing"), 404, "request.no_such_place");
    is_problem(&post("/v1/nothing", &json!({})), 404, "request.no_such_place");
    is_problem(&get("/v1/memory"), 405, "request.method");
    is_problem(&post("/healthz", &json!({})), 405, "request.method");
    is_problem(&ask(&[], "{}"), 415, "request.media_type");
    is_problem(&ask(&[("content-type", "text/plain")], "{}"), 415, "request.media_type");
    for text in ["", "{", "[]", "3", "{\"model\": 1e}", "\u{0}", "{\"model\":\"a\"}{}"] {
        is_problem(&ask(&[JSON], text), 400, "request.syntax");
    }
    is_problem(&ask(&[JSON], "[".repeat(100_000)), 400, "request.syntax");
    is_problem(&ask(&[JSON], vec![0xff, 0xfe]), 400, "request.syntax");
    is_problem(&ask(&[JSON], " ".repeat((1 << 20) + 1)), 413, "request.too_large");
    is_problem(&get("/v1/catalogue/gpus?limit=%zz"), 422, "request.invalid_field");
    is_problem(&send(request("POST", "/v1/memory?tp=2", &[JSON], "{}")), 400, "request.syntax");
}

#[test]
fn a_question_that_is_refused_says_what_the_terminal_says() {
    for (body, code, at) in [
        (json!({"model": "llama-3.1-8b"}), "request.missing_field", "on"),
        (json!({"model": "llama-3.1-8b", "on": "h100", "tpp": 2}), "request.unknown_field", "tpp"),
        (json!({"model": "llama-3.1-8b", "on": "h1000"}), "gpu.unknown", "--on"),
        (json!({"model": "lama-3.1-8b", "on": "h100"}), "model.not_found", "MODEL"),
        (json!({"model": {"model_type": "nothing"}, "on": "h100"}), "model.unknown_type", "/model_type"),
    ] {
        let answer = post("/v1/memory", &body);
        is_problem(&answer, 422, code);
        assert_eq!(answer.json()["at"], at, "{body}");
    }
}

#[test]
fn only_this_server_is_asked_and_only_by_its_own_page() {
    let ask = |headers: &[(&str, &str)]| {
        let mut request = axum::http::Request::builder().method("GET").uri("/healthz");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(request.body(Body::empty()).unwrap())
    };
    for host in ["localhost", "LOCALHOST:8177", "127.0.0.1:8177", "[::1]:8177", "127.9.9.9"] {
        assert_eq!(ask(&[("host", host)]).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "192.0.2.1",
        "127.0.0.1.evil.example:8177",
        "[2001:db8::1]",
    ] {
        is_problem(&ask(&[("host", host)]), 421, "request.foreign_host");
    }
    is_problem(&ask(&[]), 400, "request.no_host");
    is_problem(&ask(&[("host", "a b")]), 400, "request.no_host");
    is_problem(&ask(&[("host", "localhost"), ("host", "localhost")]), 400, "request.no_host");
    for origin in
        ["http://evil.example", "null", "http://localhost:1", "http://localhost.evil.example:8177", ""]
    {
        is_problem(&ask(&[("host", "localhost:8177"), ("origin", origin)]), 403, "request.foreign_origin");
    }
    assert_eq!(ask(&[("host", "localhost:8177"), ("origin", "http://localhost:8177")]).status, 200);
}

#[test]
fn no_other_page_may_read_an_answer_and_browsers_are_told_what_to_load() {
    for answer in [get("/"), get("/nothing"), post("/v1/memory", &json!({}))] {
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        assert!(header("content-security-policy").unwrap().starts_with("default-src 'self'; style-src"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("access-control-allow-origin"), None);
    }
}

#[test]
fn the_page_is_told_apart_by_its_content() {
    let first = get("/");
    assert_eq!((first.status, first.kind()), (200, "text/html; charset=utf-8"));
    let tag = first.headers["etag"].to_str().unwrap();
    let again = send(request("GET", "/", &[("if-none-match", tag)], Body::empty()));
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let packed = send_packed();
    assert_eq!(packed, Some("gzip".to_owned()));
}

fn send_packed() -> Option<String> {
    use crate::send::{app, limits, runtime};
    use tower::ServiceExt as _;
    let routes = slipstick_server::http::routes(&app(limits()));
    let headers = [JSON, ("accept-encoding", "gzip")];
    let asked = request("POST", "/v1/model", &headers, json!({"model": "llama-3.1-8b"}).to_string());
    let response = runtime().block_on(routes.oneshot(asked)).unwrap();
    response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned())
}
