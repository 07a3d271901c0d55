//! Long answers: how far they are, how many at once, and that nobody works for those who left.

use std::time::{Duration, Instant};

use axum::{Router, body::Body, http::Request};
use serde_json::{Value, json};
use slipstick_api::Bounds;
use slipstick_server::http::{Limits, routes};
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::send::{JSON, app, limits, post, request, runtime, sent};

const EVENTS: (&str, &str) = ("accept", "text/event-stream");

/// A sweep that takes far longer than a test.
fn endless() -> Value {
    json!({"toml": "model = \"all\"\non = \"all\"\ncount = [1, 2, 4, 8]\nquant = [\"checkpoint\", \"fp8\"]\nconcurrency = 1\n"})
}

fn ask(headers: &[(&str, &str)], path: &str, body: &Value) -> Request<Body> {
    request("POST", path, &[&[JSON], headers].concat(), body.to_string())
}

fn served(limits: Limits) -> Router {
    routes(&app(limits))
}

#[test]
fn events_end_with_the_document_of_the_answer() {
    let body = json!({"model": "llama-3.1-8b", "on": ["h100", "h200"], "input": [1000, 2000], "concurrency": [1, 8]});
    let events = runtime().block_on(sent(&served(limits()), ask(&[EVENTS], "/v1/compare", &body)));
    let all: Vec<&str> = events.text.trim_end().split("\n\n").collect();
    let (last, before) = all.split_last().unwrap();
    let progress: Vec<u64> = before
        .iter()
        .map(|event| {
            let text = event.strip_prefix("event: progress\ndata: ").unwrap();
            serde_json::from_str::<Value>(text).unwrap()["per_cent"].as_u64().unwrap()
        })
        .collect();
    assert!(progress.is_sorted() && progress.last() == Some(&100), "{progress:?}");
    let lines = last.strip_prefix("event: answer\n").unwrap().lines();
    let text: Vec<&str> = lines.map(|line| line.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(text.join("\n") + "\n", post("/v1/compare", &body).text);
    let refused =
        runtime().block_on(sent(&served(limits()), ask(&[EVENTS], "/v1/compare", &json!({"model": "a"}))));
    assert!(refused.text.starts_with("event: problem\ndata: {"), "{}", refused.text);
}

/// Who is between may end a connection on which nothing is said.
#[test]
fn who_waits_hears_that_the_connection_lives() {
    let waits = served(Limits { long: 1, quiet: Duration::from_millis(20), ..limits() });
    runtime().block_on(async {
        let first = tokio::spawn(waits.clone().oneshot(ask(&[], "/v1/sweep", &endless())));
        sleep(Duration::from_millis(300)).await;
        let small = json!({"model": "llama-3.1-8b", "on": "h100"});
        let second = tokio::spawn({
            let routes = waits.clone();
            async move { sent(&routes, ask(&[EVENTS], "/v1/compare", &small)).await }
        });
        sleep(Duration::from_millis(300)).await;
        first.abort();
        let heard = second.await.unwrap().text;
        assert!(heard.starts_with(":\n\n:\n\n"), "{heard}");
        assert!(heard.contains("event: answer\ndata: {\n"), "{heard}");
    });
}

/// With room for one, the second is answered only because nobody works for the first any more.
#[test]
fn who_leaves_is_not_worked_for() {
    let routes = served(Limits { long: 1, waiting: 1, ..limits() });
    runtime().block_on(async {
        for headers in [&[EVENTS][..], &[]] {
            let first = tokio::spawn(routes.clone().oneshot(ask(headers, "/v1/sweep", &endless())));
            sleep(Duration::from_millis(300)).await;
            if headers.is_empty() {
                first.abort();
            } else {
                drop(first.await);
            }
            let started = Instant::now();
            let small = json!({"model": "llama-3.1-8b", "on": "h100"});
            assert_eq!(sent(&routes, ask(&[], "/v1/compare", &small)).await.status, 200);
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        }
    });
}

#[test]
fn long_questions_do_not_hold_up_quick_ones_and_no_more_wait_than_may() {
    let routes = served(Limits { long: 1, waiting: 0, ..limits() });
    runtime().block_on(async {
        let first = tokio::spawn(routes.clone().oneshot(ask(&[], "/v1/sweep", &endless())));
        sleep(Duration::from_millis(300)).await;
        let small = json!({"model": "llama-3.1-8b", "on": "h100"});
        let second = sent(&routes, ask(&[], "/v1/compare", &small)).await;
        assert_eq!((second.status, second.json()["code"].as_str()), (429, Some("server.busy")));
        assert!(second.headers.contains_key("retry-after"));
        assert_eq!(sent(&routes, ask(&[], "/v1/estimate", &small)).await.status, 200);
        first.abort();
    });
}

#[test]
fn what_takes_too_long_or_is_too_much_is_refused() {
    let brief = served(Limits { time: Duration::from_millis(200), ..limits() });
    let late = runtime().block_on(sent(&brief, ask(&[], "/v1/sweep", &endless())));
    assert_eq!(
        (late.status, late.json()["code"].as_str()),
        (422, Some("question.too_long")),
        "{}",
        late.text
    );
    let small = served(Limits { bounds: Bounds::new(1000, 1), ..limits() });
    let many: Vec<u64> = (1..=40).collect();
    for (path, body, count) in [
        (
            "/v1/sweep",
            json!({"toml": "model = \"llama-3.1-8b\"\non = \"h100\"\ninput = {from = 1, to = 900, step = 1}\nconcurrency = [1, 2]"}),
            "1800 combinations",
        ),
        (
            "/v1/compare",
            json!({"model": "llama-3.1-8b", "on": "h100", "input": many, "output": many}),
            "1600 combinations",
        ),
        (
            "/v1/plan",
            json!({"model": "llama-3.1-8b", "rate": "5/s", "max_sequences": many, "max_batched_tokens": many}),
            "combinations are more than the 1000",
        ),
        (
            "/v1/sweep",
            json!({"toml": "model = \"llama-3.1-8b\"\non = \"h100\"\ninput = {from = 1, to = 1e15, step = 1}"}),
            "more than 1000 values",
        ),
    ] {
        let started = Instant::now();
        let refused = runtime().block_on(sent(&small, ask(&[], path, &body)));
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains(count), "{path}: {}", refused.text);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
