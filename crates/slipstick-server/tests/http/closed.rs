//! No field of any question opens a file or an address of this machine.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use axum::Router;
use serde_json::{Map, Value, json};
use slipstick_api::{commands::COMMANDS, registry::Command};

use crate::send::{Answer, JSON, hasty, post, request, runtime, sent};

fn ask(routes: &Router, command: &Command, body: Map<String, Value>) -> Answer {
    let asked = request("POST", &format!("/v1/{}", command.key()), &[JSON], Value::Object(body).to_string());
    runtime().block_on(sent(routes, asked))
}

/// What stands in the files below, and would stand in any answer that read one.
const MARK: &str = "canary-1729";

/// Files that a field could name, each readable as what it says it is.
fn bait() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(MARK);
    fs::create_dir_all(&folder).unwrap();
    let config = json!({"_name_or_path": MARK, "model_type": MARK}).to_string();
    for (name, text) in [
        ("config.json", config.as_str()),
        ("chip.toml", "[canary-1729]\nvendor = 3\n"),
        ("points.csv", "canary-1729\n1\n"),
        ("question.toml", "canary-1729 = 1\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// The fields of a command that take texts, or lists of them.
fn texts(command: &Command) -> Vec<String> {
    let schema = command.request_schema().to_value();
    let takes = |field: &Value| field.to_string().contains("\"string\"");
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    fields.into_iter().filter(|(_, field)| takes(field)).map(|(name, _)| name).collect()
}

/// A question of the command that is sound but for one field.
fn asked(command: &Command, field: &str, value: &str) -> Map<String, Value> {
    let sound = command.asked().map(|request| request.table()).next().unwrap_or_default();
    let mut table: Map<String, Value> = sound;
    let is_list = table.get(field).is_some_and(Value::is_array);
    table.insert(field.to_owned(), if is_list { json!([value]) } else { json!(value) });
    table
}

#[test]
fn a_path_in_any_field_of_any_question_is_not_opened() {
    let folder = bait();
    let place = |name: &str| folder.join(name).display().to_string();
    let values = [
        place("config.json"),
        place("chip.toml"),
        place(""),
        format!("{}:8", place("chip.toml")),
        place("points.csv"),
        place("question.toml"),
        format!("file://{}", place("config.json")),
        format!("draft:{}=4", place("config.json")),
    ];
    let (mut closed, routes) = (BTreeSet::new(), hasty());
    for command in COMMANDS {
        for field in texts(command) {
            let named = ["model", "on", "speculative"].contains(&field.as_str());
            for value in values.iter().take(if named { values.len() } else { 2 }) {
                let answer = ask(&routes, command, asked(command, &field, value));
                let says = answer.text.replace(value.as_str(), "").replace(folder.to_str().unwrap(), "");
                assert!(!says.contains(MARK), "{} {field} = {value}: {}", command.name, answer.text);
                assert!(answer.status < 500, "{} {field} = {value}: {}", command.name, answer.text);
                if answer.status == 403 {
                    closed.insert(format!("{} {field}", command.name));
                }
            }
        }
    }
    for known in [
        "model model",
        "memory model",
        "memory on",
        "estimate model",
        "estimate on",
        "estimate speculative",
        "compare model",
        "plan model",
        "train config",
        "train on",
        "finetune config",
        "fleet spec",
        "sweep spec",
        "run file",
        "validate data",
        "calibrate from",
        "prices import file",
        "recommend on",
        "scale model",
    ] {
        assert!(
            closed.contains(known),
            "{known} opened something, or its refusal has no code of its own: {closed:?}"
        );
    }
    assert!(!folder.join("out.csv").exists());
}

#[test]
fn nothing_is_written_for_strangers() {
    let folder = bait();
    let out = folder.join("out.csv");
    let toml = "model = \"llama-3.1-8b\"\non = \"h100\"\nconcurrency = [1, 2]\n";
    let answer = post("/v1/sweep", &json!({"toml": toml, "out": out.display().to_string()}));
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (403, Some("world.closed")),
        "{}",
        answer.text
    );
    assert!(!out.exists());
}

#[test]
fn an_address_in_any_field_is_not_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let values = [
        format!("http://127.0.0.1:{port}/config.json"),
        format!("http://localhost:{port}/a/b"),
        format!("//127.0.0.1:{port}/a"),
        format!("127.0.0.1:{port}/a"),
        "org/name".to_owned(),
        "hf:org/name".to_owned(),
        "https://huggingface.co/org/name".to_owned(),
    ];
    let routes = hasty();
    for command in COMMANDS {
        for field in texts(command) {
            for value in values.iter().take(if field == "model" { values.len() } else { 2 }) {
                let answer = ask(&routes, command, asked(command, &field, value));
                assert!(answer.status < 500, "{} {field} = {value}: {}", command.name, answer.text);
            }
        }
    }
    let connected = listener.accept();
    assert!(connected.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    for model in ["org/name", "https://huggingface.co/org/name"] {
        assert_eq!(post("/v1/model", &json!({"model": model})).status, 403, "{model}");
    }
    for on in ["auto", "cpu"] {
        assert_eq!(post("/v1/memory", &json!({"model": "llama-3.1-8b", "on": on})).status, 403, "{on}");
    }
}

const CHIP: &str =
    "[my-chip]\nlike = \"h100-sxm\"\nmemory = \"96GiB\"\nsource = \"a test\"\nseen = \"2026-11-01\"\n";

/// What stands in a file may stand in the question.
#[test]
fn a_text_in_the_question_is_a_file() {
    let example = |name: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)).unwrap()
    };
    let data = "id,regime,model_id,accelerator,n_gpus,engine,isl,osl,concurrency\n1,agg_unsaturated,llama-3.1-8b,h100-sxm,1,vllm,1000,100,8\n";
    let hours = "1\n2\n3\n";
    let trace = "time,input_tokens,output_tokens\n0,100,10\n1,100,10\n2,100,10\n";
    for (path, question) in [
        ("fleet", json!({"spec": example("fleet.toml")})),
        ("sweep", json!({"spec": "model = \"llama-3.1-8b\"\non = \"h100\"\n"})),
        ("run", json!({"file": "[memory]\nmodel = \"llama-3.1-8b\"\non = \"h100\"\n"})),
        ("validate", json!({"data": data})),
        ("plan", json!({"model": "llama-3.1-8b", "on": "h100", "trace": trace})),
        ("breakeven", json!({"model": "llama-3.1-8b", "on": "h100", "profile": hours})),
        (
            "train",
            json!({"model": "llama-3.1-8b", "on": "8xh100", "config": "{\"bf16\": {\"enabled\": true}, \"zero_optimization\": {\"stage\": 3}}"}),
        ),
        ("memory", json!({"model": "llama-3.1-8b", "on": CHIP})),
        ("estimate", json!({"model": "llama-3.1-70b", "on": format!("2x4x{CHIP}")})),
        ("compare", json!({"model": "llama-3.1-8b", "on": ["h100", CHIP]})),
        ("compare", json!({"model": "llama-3.1-8b", "on": CHIP})),
    ] {
        let answer = post(&format!("/v1/{path}"), &question);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    let memory = post("/v1/memory", &json!({"model": "llama-3.1-8b", "on": format!("2x{CHIP}")})).json();
    assert_eq!(memory["accelerator"]["count"], 2);
    assert_eq!(memory["accelerator"]["capacity_bytes"], 96_u64 << 30);
    let wrong = post("/v1/memory", &json!({"model": "llama-3.1-8b", "on": "[a]\nb = 1\n"}));
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (422, Some("gpu.description")));
}

#[test]
fn a_configuration_in_the_question_is_a_model() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/llama-3.1-8b/config.json");
    let text = fs::read_to_string(path).unwrap();
    let config: Value = serde_json::from_str(&text).unwrap();
    let by_name = post("/v1/model", &json!({"model": "llama-3.1-8b"})).json();
    for model in [json!(text), config] {
        let answer = post("/v1/model", &json!({"model": model}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["parameters"], by_name["parameters"]);
        let both = post("/v1/compare", &json!({"model": [model, "qwen3-8b"], "on": "h100"}));
        assert_eq!(both.json()["rows"].as_array().map(Vec::len), Some(2), "{}", both.text);
    }
}
