//! The description of everything that can be asked over HTTP, in OpenAPI 3.1, whose schemas are JSON Schema.
//!
//! It is made from the registry: a command that is added there is described here.

use serde_json::{Map, Value, json};

use super::{
    problem::{STATUSES, title},
    schemas::{Schemas, reference},
};
use crate::{
    commands::{COMMANDS, reports},
    provenance::asked,
    registry::Command,
    report,
    request::Request,
};

/// Statuses of refusals that any place may answer with.
const ANYWHERE: [u16; 4] = [400, 403, 405, 421];

/// Statuses of refusals that an answer to a question may have besides.
const OF_QUESTIONS: [u16; 5] = [406, 422, 429, 500, 503];

/// Statuses of refusals that a body may be met with besides.
const OF_BODIES: [u16; 3] = [408, 413, 415];

const ABOUT: &str = "Memory, speed and cost of large language models on any hardware. A question is a command of the \
    terminal, its fields are the flags without their dashes, and its answer is the document of `--json`. A model is a name of \
    the catalogue or the object of a config.json. Files and addresses are not read for anybody who asks: where a file is meant, send its text in place of its path.";

/// The description: every command of the registry, the catalogue, and what runs.
pub fn openapi() -> Value {
    let mut schemas = Schemas::default();
    schemas.add("Problem", problem());
    schemas.add("Progress", progress());
    let mut paths = Map::new();
    for command in COMMANDS {
        let answer = answer(command, &mut schemas);
        paths.insert(
            format!("/v1/{}", command.key()),
            json!({"post": question(command, &answer, &mut schemas)}),
        );
        if command.catalogue {
            paths
                .insert(format!("/v1/catalogue/{}", command.key()), json!({"get": lookup(command, &answer)}));
        }
    }
    paths.insert(format!("/v1/{}", asked::NAME), json!({"post": explanation(&mut schemas)}));
    paths.extend(own_places());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "slipstick",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "questions", "description": "What the terminal answers."},
            {"name": "catalogue", "description": "Facts, looked up."},
            {"name": "server", "description": "What runs."},
        ],
        "paths": paths,
        "components": {"schemas": schemas.0, "responses": refusals()},
    })
}

/// The schema of a command's answer.
fn answer(command: &Command, schemas: &mut Schemas) -> Value {
    let mut kinds: Vec<Value> = command
        .reports
        .iter()
        .map(|kind| schemas.add(&format!("{}.answer", kind.command), report::schema(*kind)))
        .collect();
    match kinds.len() {
        // It asks another command, and answers with that one's document.
        0 => json!({"type": "object", "required": ["schema"],
            "properties": {"schema": {"enum": reports().into_iter().map(report::ReportKind::name).collect::<Vec<_>>()}}}),
        1 => kinds.remove(0),
        _ => json!({"anyOf": kinds}),
    }
}

fn question(command: &Command, answer: &Value, schemas: &mut Schemas) -> Value {
    let schema = schemas.add(&format!("{}.question", command.key()), command.request_schema().to_value());
    let example = command.asked().find(Request::names_no_file).map(|request| request.table());
    let mut body = json!({"schema": schema});
    if let Some(example) = example {
        body["example"] = Value::Object(example);
    }
    let explain = json!({
        "name": "explain", "in": "query", "description": "Whether to say where each number comes from.",
        "schema": {"type": "boolean"},
    });
    json!({
        "operationId": command.key(),
        "tags": ["questions"],
        "summary": command.about,
        "description": command.notes,
        "parameters": [explain],
        "requestBody": {"required": true, "content": {"application/json": body}},
        "responses": responses(answer, &[&ANYWHERE[..], &OF_QUESTIONS, &OF_BODIES].concat()),
    })
}

/// Where a number comes from.
fn explanation(schemas: &mut Schemas) -> Value {
    let schema = schemas.add("explain.question", Value::Object(asked::schema()));
    let answer = json!({"type": "object", "required": ["schema"], "properties": {
        "schema": {"const": "slipstick.explain/1"},
        "pointer": {"type": "string", "description": "Where the number stands in its answer, as a JSON pointer."},
        "value": {"description": "The number."},
        "provenance": {"type": "object", "description": "Its formula, inputs and source, and those of every number behind it, by pointer."},
        "numbers": {"type": "array", "description": "What can be explained, where no number was named."},
    }});
    let example =
        json!({"number": "tpot_s", "question": {"estimate": {"model": "llama-3.1-8b", "on": "h100"}}});
    json!({
        "operationId": asked::NAME,
        "tags": ["questions"],
        "summary": asked::ABOUT,
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": responses(&answer, &[&ANYWHERE[..], &OF_QUESTIONS, &OF_BODIES].concat()),
    })
}

fn lookup(command: &Command, answer: &Value) -> Value {
    let schema = command.request_schema().to_value();
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let parameters: Vec<Value> =
        fields.into_iter().map(|(name, field)| parameter(&name, &field, &required)).collect();
    json!({
        "operationId": format!("catalogue-{}", command.key()),
        "tags": ["catalogue"],
        "summary": command.about,
        "description": command.notes,
        "parameters": parameters,
        "responses": responses(answer, &[&ANYWHERE[..], &OF_QUESTIONS].concat()),
    })
}

/// A field in an address: a text there, as it is after a flag.
fn parameter(name: &str, field: &Value, required: &[Value]) -> Value {
    let about = field["description"].clone();
    let kinds = field["type"].to_string();
    let schema =
        if kinds.contains("boolean") { json!({"type": "boolean"}) } else { json!({"type": "string"}) };
    let is_required = required.iter().any(|one| one == name);
    json!({"name": name, "in": "query", "description": about, "required": is_required, "schema": schema})
}

fn responses(answer: &Value, statuses: &[u16]) -> Value {
    let text = json!({"schema": {"type": "string"}});
    let mut all = Map::new();
    let content = json!({
        "application/json": {"schema": answer},
        "text/event-stream": text,
        "text/csv": text,
        "text/markdown": text,
        "text/plain": text,
    });
    let about =
        "The answer, in the form that Accept asks for; as events, progress first, then answer or problem.";
    all.insert("200".to_owned(), json!({"description": about, "content": content}));
    all.extend(statuses.iter().map(|status| refused(*status)));
    Value::Object(all)
}

fn refused(status: u16) -> (String, Value) {
    (status.to_string(), json!({"$ref": format!("#/components/responses/{status}")}))
}

/// What each status of a refusal comes with.
fn refusals() -> Map<String, Value> {
    let content = json!({"application/problem+json": {"schema": reference("Problem")}});
    let one = |status: u16| (status.to_string(), json!({"description": title(status), "content": content}));
    let all = [404].iter().chain(&ANYWHERE).chain(&OF_QUESTIONS).chain(&OF_BODIES);
    all.map(|status| one(*status)).collect()
}

/// A problem document.
fn problem() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let maybe = |about: &str| json!({"type": ["string", "null"], "description": about});
    let mut statuses: Vec<u16> = STATUSES.iter().map(|(_, status)| *status).chain([422, 500, 503]).collect();
    statuses.sort_unstable();
    statuses.dedup();
    json!({
        "type": "object",
        "description": "Why there is no answer (RFC 9457), in the words of the terminal.",
        "properties": {
            "type": text("Always about:blank: the code says what it is."),
            "title": text("What the status says."),
            "status": {"enum": statuses, "description": "The status of the response."},
            "detail": text("What is wrong."),
            "code": text("A stable code, such as gpu.unknown."),
            "help": maybe("What to send instead."),
            "at": maybe("Where: a flag, a field, or a JSON pointer into a configuration."),
        },
        "required": ["type", "title", "status", "detail", "code", "help", "at"],
    })
}

/// The text of an event that says how far an answer is.
fn progress() -> Value {
    json!({
        "type": "object",
        "description": "How far an answer is: the text of an event named progress.",
        "properties": {
            "what": {"type": "string", "description": "What is counted."},
            "per_cent": {"type": "integer", "minimum": 0, "maximum": 100, "description": "How much of it is done."},
        },
        "required": ["what", "per_cent"],
    })
}

/// Places that are no question.
fn own_places() -> impl Iterator<Item = (String, Value)> {
    let place = |path: &str, summary: &str, kind: &str, schema: Value| {
        let id = path.trim_start_matches('/').replace('.', "-");
        let mut responses = Map::from_iter(ANYWHERE.map(refused));
        let content = Map::from_iter([(kind.to_owned(), json!({"schema": schema}))]);
        responses.insert("200".to_owned(), json!({"description": summary, "content": content}));
        let get = json!({"operationId": id, "tags": ["server"], "summary": summary, "responses": responses});
        (path.to_owned(), json!({"get": get}))
    };
    let (text, object) = (json!({"type": "string"}), json!({"type": "object"}));
    [
        place("/openapi.json", "This description", "application/json", object),
        place("/healthz", "Whether the server answers", "text/plain", text.clone()),
        place("/metrics", "What was asked and how long it took, for Prometheus", "text/plain", text),
    ]
    .into_iter()
}
