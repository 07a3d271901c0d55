//! One registry: what is asked, what is described, and what is answered are the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use slipstick_api::{commands::COMMANDS, registry::Command};

use crate::send::{JSON, get, hasty, post, request, runtime, send, sent};

fn description() -> Value {
    let answer = get("/openapi.json");
    assert_eq!((answer.status, answer.kind()), (200, "application/json"));
    answer.json()
}

#[test]
fn every_command_has_a_place_and_every_place_is_described() {
    let mut expected: BTreeSet<String> =
        ["/openapi.json", "/healthz", "/metrics", "/v1/explain"].map(str::to_owned).into();
    expected.extend(COMMANDS.iter().map(|command| format!("/v1/{}", command.key())));
    let listed = COMMANDS.iter().filter(|command| command.catalogue);
    expected.extend(listed.map(|command| format!("/v1/catalogue/{}", command.key())));
    let description = description();
    let described: BTreeSet<String> = description["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, expected);
    let routes = hasty();
    for (path, place) in description["paths"].as_object().unwrap() {
        let method = if place.get("post").is_some() { "POST" } else { "GET" };
        let answer = runtime().block_on(sent(&routes, request(method, path, &[JSON], "{}")));
        assert!(![404, 405, 500].contains(&answer.status), "{path}: {}", answer.text);
    }
}

/// What refers and what is referred to, anywhere in a document.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_description_refers_to_nothing_that_is_not_there() {
    let description = description();
    assert_eq!(description["openapi"], "3.1.0");
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 300, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
    let operations = description["paths"].as_object().unwrap().values();
    let ids: Vec<&Value> = operations
        .flat_map(|place| place.as_object().unwrap().values())
        .map(|one| &one["operationId"])
        .collect();
    assert_eq!(ids.iter().map(|id| id.as_str().unwrap()).collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn what_an_example_says_is_answered() {
    let description = description();
    let mut answered = 0;
    for command in COMMANDS {
        let path = format!("/v1/{}", command.key());
        let body = &description["paths"][&path]["post"]["requestBody"]["content"]["application/json"];
        // A command without an example can only be asked about files.
        let Some(example) = body.get("example").filter(|_| !command.long) else { continue };
        let answer = post(&path, example);
        assert_eq!(answer.status, 200, "{path} {example}: {}", answer.text);
        let kinds: Vec<String> = command.reports.iter().map(|kind| kind.name()).collect();
        assert!(kinds.contains(&answer.json()["schema"].as_str().unwrap().to_owned()), "{path}");
        answered += 1;
    }
    assert!(answered >= 12, "{answered}");
}

#[test]
fn a_number_is_explained() {
    let estimate = json!({"model": "llama-3.1-8b", "on": "h100"});
    let ask = |question: Value, accept: &str| {
        send(request("POST", "/v1/explain", &[JSON, ("accept", accept)], question.to_string()))
    };
    let one = json!({"number": "tpot_s", "question": {"estimate": estimate}});
    let explained = ask(one.clone(), "*/*");
    assert_eq!(explained.status, 200, "{}", explained.text);
    let document = explained.json();
    let answer = post("/v1/estimate?explain=true", &estimate).json();
    assert_eq!(document["value"], answer["latency"]["tpot_s"]);
    let pointer = "/latency/tpot_s";
    assert_eq!((&document["pointer"], document["provenance"][pointer].is_object()), (&json!(pointer), true));
    for (question, accept, status, says) in [
        (one.clone(), "text/markdown", 200, "## "),
        (one.clone(), "text/plain", 200, "latency.tpot_s"),
        (one, "text/csv", 422, "output.no_table"),
        (json!({"question": {"estimate": estimate}}), "*/*", 200, "/latency/ttft_s"),
        (json!({}), "*/*", 200, "/latency/ttft_s"),
        (json!({"number": "tpot_s"}), "*/*", 422, "explain.question"),
        (json!({"number": "tpot_s", "question": {"estimates": {}}}), "*/*", 422, "help"),
        (json!({"number": "tpott_s", "question": {"estimate": estimate}}), "*/*", 422, "tpot_s"),
        (
            json!({"question": {"estimate": {"model": "/etc/passwd", "on": "h100"}}}),
            "*/*",
            403,
            "world.closed",
        ),
    ] {
        let answer = ask(question, accept);
        assert_eq!((answer.status, answer.text.contains(says)), (status, true), "{accept}: {}", answer.text);
    }
}

#[test]
fn facts_are_looked_up_as_they_are_asked() {
    for command in COMMANDS.iter().filter(|command: &&Command| command.catalogue) {
        let key = command.key();
        let fields = if command.request_schema().get("required").is_some() {
            command.asked().map(|request| request.table()).next().unwrap_or_default()
        } else {
            Map::new()
        };
        let text = |value: &Value| match value {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            one => one.as_str().unwrap().to_owned(),
        };
        let query: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        let asked = post(&format!("/v1/{key}"), &Value::Object(fields));
        let looked_up = get(&format!("/v1/catalogue/{key}?{}", query.join("&")));
        assert_eq!(asked.text, looked_up.text, "{key}");
        assert_eq!(asked.status, 200, "{key}: {}", asked.text);
    }
    let few = get("/v1/catalogue/gpus?like=h100&limit=1");
    assert_eq!(few.json()["gpus"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_answer_comes_in_the_form_that_is_accepted() {
    let ask = |accept: &str| {
        let body = json!({"model": "llama-3.1-8b", "on": "h100"}).to_string();
        send(request("POST", "/v1/memory", &[JSON, ("accept", accept)], body))
    };
    for (accept, kind, begins) in [
        ("*/*", "application/json", "{\n  \"schema\": \"slipstick.memory/1\""),
        ("text/html, application/json;q=0.9", "application/json", "{"),
        ("text/csv", "text/csv; charset=utf-8", "verdict,fits,"),
        ("text/markdown", "text/markdown; charset=utf-8", "## "),
        ("text/plain", "text/plain; charset=utf-8", "Llama"),
        ("text/event-stream", "text/event-stream", "event: answer\ndata: {\n"),
        ("image/png", "application/problem+json", "{"),
    ] {
        let answer = ask(accept);
        assert_eq!(answer.kind(), kind, "{accept}");
        assert!(answer.text.starts_with(begins), "{accept}: {}", answer.text);
        assert_eq!(answer.status, if accept == "image/png" { 406 } else { 200 });
    }
}
