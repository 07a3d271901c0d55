//! Measurements of one's own: read, set beside predictions, fitted, kept, and made fit to be published.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::run::{directory, document, run, texts};

/// What `vllm bench serve` writes, of a system that is `slower` times as slow as some H100.
fn serve(folder: &Path, slower: f64) {
    for (slots, ttft, tpot) in
        [(1, 36.0, 7.0), (4, 70.0, 7.4), (8, 78.0, 7.9), (16, 93.0, 9.0), (32, 124.0, 11.2)]
    {
        let requests = 10 * slots;
        let result = json!({
            "date": "20251126-101530", "endpoint_type": "vllm", "model_id": "meta-llama/Llama-3.1-8B-Instruct",
            "request_rate": "inf", "max_concurrency": slots, "completed": requests,
            "total_input_tokens": 1024 * requests, "total_output_tokens": 256 * requests,
            "output_throughput": 0, "mean_ttft_ms": slower * ttft, "mean_tpot_ms": slower * tpot,
        });
        // Zero is what tools write of what they did not measure.
        fs::write(folder.join(format!("c{slots}.json")), result.to_string()).expect("a directory of ours");
    }
}

fn median(answer: &Value, quantity: &str, which: &str) -> f64 {
    let errors = answer["errors"].as_array().expect("errors").iter();
    let one = errors.clone().find(|one| one["quantity"] == quantity).expect("a quantity");
    one[which]["median"].as_f64().expect("an error")
}

fn tpot(flags: &[&str]) -> (f64, Value) {
    let ask = [
        "estimate",
        "llama-3.1-8b",
        "--on",
        "h100",
        "--engine",
        "vllm@0.11",
        "--concurrency",
        "16",
        "--no-history",
    ];
    let (code, answer) = document(&[&ask[..], flags].concat());
    assert_eq!(code, 0, "{answer}");
    (answer["latency"]["tpot_s"]["value"].as_f64().expect("a time"), answer)
}

#[test]
fn what_own_runs_tell_is_kept_used_and_named() {
    let folder = directory("calibrate-own");
    let results = folder.join("results");
    fs::create_dir_all(&results).expect("a directory of ours");
    serve(&results, 1.4);
    fs::write(results.join("readme.txt"), "our runs").expect("a directory of ours");
    let (results, own) = (results.display().to_string(), folder.join("own.toml").display().to_string());
    let ask = ["calibrate", "--from", &results, "--on", "h100", "--engine", "vllm@0.11", "--out", &own];
    let (code, answer) = document(&ask);
    assert_eq!(code, 0, "{answer}");
    let files = answer["files"].as_array().expect("files");
    let unread: Vec<&Value> = files.iter().filter(|file| !file["refused"].is_null()).collect();
    assert!(files.len() == 6 && unread.len() == 1 && !unread[0]["cure"].is_null(), "{files:?}");
    let [before, after, left_out] =
        ["before", "after", "left_out"].map(|which| median(&answer, "tpot_s", which));
    assert!(before > 20.0 && after < 0.4 * before && left_out < 0.5 * before, "{before} {after} {left_out}");
    let text = fs::read_to_string(&own).expect("it was written");
    assert_eq!(Some(text.as_str()), answer["overlay_toml"].as_str());
    // The same files give the same bytes.
    assert_eq!(run(&ask).stdout, run(&ask).stdout);
    assert_eq!(fs::read_to_string(&own).expect("it was written"), text);
    let ((plain, _), (kept, used)) = (tpot(&[]), tpot(&["--catalog", &own]));
    assert!(kept > 1.2 * plain, "{kept} {plain}");
    let source = used["calibration"]["source"].as_str().unwrap_or_default();
    assert!(source.contains("fitted on your 10 points of vllm bench serve (request "), "{source}");
    let explained = [
        "explain",
        "tpot_s",
        "estimate",
        "llama-3.1-8b",
        "--on",
        "h100",
        "--engine",
        "vllm@0.11",
        "--catalog",
        &own,
    ];
    assert!(texts(&explained).1.contains("fitted on your 10 points of vllm bench serve"));
    // Every command takes it: one row of a comparison is as slow.
    let compare = [
        "compare",
        "llama-3.1-8b",
        "--on",
        "h100",
        "--engine",
        "vllm@0.11",
        "--concurrency",
        "16",
        "--catalog",
        &own,
    ];
    let (_, compared) = document(&compare);
    assert_eq!(compared["rows"][0]["tpot_s"]["value"].as_f64(), Some(kept), "{compared}");
}

#[test]
fn runs_that_the_catalogue_predicts_change_little() {
    let folder = directory("calibrate-like");
    serve(&folder, 1.0);
    let from = folder.display().to_string();
    let (code, answer) = document(&["calibrate", "--from", &from, "--on", "h100", "--engine", "vllm@0.11"]);
    assert_eq!(code, 0, "{answer}");
    for factor in answer["factors"].as_array().expect("factors") {
        let value = factor["value"].as_f64().expect("a factor");
        assert!((0.9..1.1).contains(&value), "{factor}");
    }
}

fn refusal(arguments: &[&str]) -> (String, String) {
    let (code, document) = document(arguments);
    let said = |field: &str| document["error"][field].as_str().unwrap_or_default().to_owned();
    assert!(code == 2 && !said("help").is_empty(), "{arguments:?}: {document}");
    (said("code"), said("message"))
}

#[test]
fn what_cannot_be_used_is_refused_with_a_cure() {
    let folder = directory("calibrate-bad");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("a directory of ours");
        path.display().to_string()
    };
    let llama = br#"[{"model_type": "llama 8B Q4_0", "model_filename": "mine.gguf", "n_prompt": 512, "n_gen": 0, "avg_ts": 900.5}]"#;
    let lines = "{\"a\": 1}\n".repeat(1_000_000);
    let cases = [
        (write("empty.json", b""), "it is empty"),
        (write("binary.json", &[0xff, 0xfe, 0, 1, 2]), "UTF-8"),
        (write("zeros.json", &[0; 64]), "no text"),
        (write("half.json", b"{\"completed\": 3, \"outp"), "not JSON"),
        (write("other.json", b"{\"a\": 1}"), "which tool"),
        (write("deep.json", "[".repeat(200_000).as_bytes()), "recursion"),
        (write("many.jsonl", lines.as_bytes()), "over 10000 runs"),
        (write("llama.json", llama), "no configuration"),
        (folder.join("missing.json").display().to_string(), "no file"),
    ];
    for (path, what) in &cases {
        let (code, message) = refusal(&["calibrate", "--from", path]);
        assert!(message.contains(what), "{path}: {code}: {message}");
    }
    let llama = &cases[7].0;
    let on = ["calibrate", "--from", llama, "--model", "llama-3.1-8b"];
    assert!(refusal(&on).1.contains("the accelerator is not known"));
    let odd = |flags: &[&str]| refusal(&[&on[..], flags].concat()).0;
    assert_eq!(odd(&["--on", "h100", "--out", "own.csv"]), "calibrate.ending");
    assert_eq!(odd(&["--on", "h100", "--rows", "own.toml"]), "calibrate.ending");
    assert_eq!(
        refusal(&["calibrate", "--from", &directory("calibrate-none").display().to_string()]).0,
        "calibrate.nothing"
    );
    let overlay = |text: &str| {
        let path = write("overlay.toml", text.as_bytes());
        let (code, document) = document(&["gpus", "--catalog", &path]);
        (code, document["error"]["message"].as_str().unwrap_or_default().to_owned())
    };
    let head = "[[adjustment]]\nengine = \"vllm\"\naccelerator = \"h\"\npoints = 1\nsource = \"s\"\nseen = \"2026-11\"\n";
    for (factors, what) in [
        ("factors = { bandwidth = -1.0 }", "bandwidth: -1"),
        ("factors = { speed = 2.0 }", "unknown field `speed`"),
        ("factors = { level = nan }", "level: NaN"),
        ("factors = 3", "line 7"),
    ] {
        let (code, message) = overlay(&format!("{head}{factors}\n"));
        assert!(code == 3 && message.contains(what), "{factors}: {message}");
    }
}

/// What a table of one's own may hold that nobody else should read.
const PRIVATE: [&str; 11] = [
    "alice",
    "/home/",
    "C:\\\\Users",
    "10.1.2.3",
    "node17.corp.example",
    "sk-proj-4f9a",
    "hf_AbCdEf",
    "AKIA",
    "@example.com",
    "acme",
    "secret",
];

#[test]
fn nothing_private_is_contributed() {
    let folder = directory("contribute");
    let table = "id,source,date,host,user,notes,regime,engine,engine_version,accelerator_id,gpus,tp_ranks,precision,kv_dtype,isl,osl,concurrency_or_batch,arrival,requests_per_slot,ttft_ms,tpot_ms,model_id,model_argument\n\
        /home/alice/run1,http://10.1.2.3:8000/v1?key=sk-proj-4f9a,2025-11-26T10:15:30 alice,node17.corp.example,alice@example.com,token hf_AbCdEf AKIA123,agg_unsaturated,vllm,0.11.0,nvidia-h100-sxm-80gb,1,1,bf16,bf16,1024,256,8,closed,10,78.5,7.9,meta-llama/Llama-3.1-8B-Instruct,\n\
        run2,C:\\\\Users\\\\alice,acme,acme,alice,secret,agg_unsaturated,vllm,acme-fork-0.11,nvidia-h100-sxm-80gb,1,1,,,1024,256,16,closed,10,93.5,9.1,meta-llama/Llama-3.1-8B-Instruct,\n\
        run3,acme,2025-11,h,u,n,agg_unsaturated,vllm,0.11.0,nvidia-h100-sxm-80gb,1,1,bf16,bf16,1024,256,8,closed,10,78.5,7.9,acme/secret-8b,\n";
    let (own, out) = (folder.join("own.csv"), folder.join("out.csv"));
    fs::write(&own, table).expect("a directory of ours");
    let (own, out) = (own.display().to_string(), out.display().to_string());
    let (code, shown, talk) = texts(&["validate", "--data", &own, "--contribute", &out]);
    assert_eq!(code, 0, "{talk}");
    let written = fs::read_to_string(&out).expect("it was written");
    for word in PRIVATE {
        assert!(!written.to_lowercase().contains(&word.to_lowercase()), "{word}: {written}");
    }
    let rows: Vec<&str> = written.lines().collect();
    assert_eq!(rows.len(), 3, "{written}\n{shown}");
    let kept = include_str!("../../../../measured/inference.csv").lines().next().expect("a head");
    let known: Vec<&str> = kept.split(',').collect();
    assert!(rows[0].split(',').all(|column| known.contains(&column)), "{}", rows[0]);
    assert!(rows[1].starts_with(
        "contributed-0001,contributed,2025-11,agg_unsaturated,vllm,0.11.0,nvidia-h100-sxm-80gb,1,"
    ));
    assert!(rows[2].contains(",vllm,,nvidia-h100-sxm-80gb,"), "{}", rows[2]);
    // What is written can be read again.
    assert_eq!(document(&["validate", "--data", &out]).1["rows"].as_array().map(Vec::len), Some(2));
    let training = concat!(env!("CARGO_MANIFEST_DIR"), "/../../measured/training.csv");
    assert_eq!(refusal(&["validate", "--data", training, "--contribute", &out]).0, "contribute.kind");
}
