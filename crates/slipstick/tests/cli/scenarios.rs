//! Scenario files, measured runs and past answers.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::run::{directory, document, example, program, texts};

fn text(path: &Path) -> &str {
    path.to_str().expect("Cargo's directories are UTF-8")
}

/// The exit code and document of a command with a data directory of its own.
fn kept(data: &Path, arguments: &[&str]) -> (i32, Value) {
    let mut command = with_history(data);
    let output = command.args(arguments).arg("--json").output().expect("Cargo has built the program");
    let out = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&out).unwrap_or(Value::Null);
    (output.status.code().expect("the program is not killed"), value)
}

fn with_history(data: &Path) -> Command {
    let mut command = program();
    command.env("XDG_DATA_HOME", data);
    command
}

#[test]
fn a_saved_question_gives_the_same_answer_again() {
    let folder = directory("saved");
    let path = folder.join("chat.toml");
    let asked =
        ["estimate", &example(), "--on", "h100", "--input", "1k", "--output", "256", "--concurrency", "32"];
    let (code, first) = document(&[&asked[..], &["--price", "$2.50/h", "--save", text(&path)]].concat());
    assert_eq!(code, 0);
    let (code, second) = document(&["run", text(&path)]);
    assert_eq!((code, &second), (0, &first));
    let written = fs::read_to_string(&path).unwrap();
    assert!(written.contains("[estimate]\nmodel = ") && written.contains("price = \"$2.5/h\""), "{written}");
}

#[test]
fn a_file_is_not_written_over_unasked() {
    let path = directory("there-already").join("mine.toml");
    fs::write(&path, "mine").unwrap();
    let asked = ["model", &example(), "--save", text(&path)];
    let (code, refusal) = document(&asked);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("file.exists")));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(document(&[&asked[..], &["--force"]].concat()).0, 0);
    assert!(fs::read_to_string(&path).unwrap().contains("[model]"));
}

#[test]
fn a_scenario_that_is_none_is_refused_by_its_line() {
    let folder = directory("no-scenarios");
    let refused = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let (code, refusal) = document(&["run", text(&path)]);
        let at = refusal["error"]["at"].as_str().unwrap_or_default().to_owned();
        (code, refusal["error"]["code"].as_str().unwrap_or_default().to_owned(), at)
    };
    for (name, content, line) in [
        ("unknown-command.toml", "\n[memroy]\n", "line 2"),
        ("unknown-key.toml", "[model]\nmodel = \"a\"\ncontxt = 1\n", "line 3"),
        ("no-unit.toml", "[summarize]\nmodel = \"a\"\ntokens = 1\nelapsed = \"12\"\n", "line 4"),
        ("no-toml.toml", "{\"model\": 1}", "line 1"),
        ("two.toml", "[model]\nmodel = \"a\"\n[memory]\n", "line"),
        ("empty.toml", "", ""),
        ("no-model.toml", "[compare]\nmodel = []\non = [\"h100\"]\n", ""),
    ] {
        let (code, error, at) = refused(name, content);
        assert_eq!((code, error.as_str()), (2, "scenario.invalid"), "{name}");
        assert!(at.contains(line), "{name}: {at}");
    }
    assert_eq!(document(&["run", "nothing.toml"]).1["error"]["code"], "file.not_found");
    let listed = document(&["gpus", "--save", text(&folder.join("gpus.toml"))]);
    assert_eq!(listed.1["error"]["code"], "scenario.not_kept");
}

/// The notes' own example: 16,384 tokens in 12.5 s.
#[test]
fn a_measured_run_is_summed_up() {
    let run =
        ["summarize", &example(), "--elapsed", "12.5s", "--tokens", "16384", "--batch", "32", "--on", "h100"];
    let (code, summary) = document(&run);
    assert_eq!(code, 0);
    let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64).expect("a number");
    assert!((number("/latency/per_token_s") - 12.5 / 16384.0).abs() < 1e-15);
    assert!((number("/latency/tpot_s") - 12.5 / 512.0).abs() < 1e-15);
    assert!((number("/throughput/output_tokens_per_s") - 1310.72).abs() < 1e-9);
    // 2 · 8,030,261,248 FLOP a token, against 989 TFLOP/s.
    let by_parameters = 2.0 * 8_030_261_248.0 * 1310.72;
    assert!((number("/compute/1/achieved_flops_per_s") / by_parameters - 1.0).abs() < 1e-12);
    assert!(
        (number("/compute/1/mfu") / (by_parameters / number("/accelerator/peak_flops_per_s")) - 1.0).abs()
            < 1e-12
    );
    // The seed's summary: 12 · 32 · 4,096² · 2 / latency.
    let seed = 12.0 * 32.0 * 4096.0 * 4096.0 * 2.0 / (12.5 / 16384.0);
    assert!((number("/compute/3/achieved_flops_per_s") / seed - 1.0).abs() < 1e-12);
    // A step reads all weights but the embedding table, and the cache of 32 sequences of 256 tokens on average.
    let weights = 2.0 * (8_030_261_248.0 - 525_336_576.0);
    assert!((number("/bandwidth/weights_bytes_per_step") / weights - 1.0).abs() < 1e-3);
    assert!((number("/bandwidth/cache_bytes_per_step") - 32.0 * 256.0 * 131_072.0).abs() < 1.0);
    let names: Vec<&str> =
        summary["compute"].as_array().unwrap().iter().filter_map(|row| row["convention"].as_str()).collect();
    assert_eq!(names, ["exact", "2N", "palm", "12LH2"]);
}

#[test]
fn a_run_that_cannot_be_is_refused_or_remarked_on() {
    let refused = |flags: &[&str]| {
        let (code, refusal) = document(&[&["summarize", &example()], flags].concat());
        (code, refusal["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refused(&["--elapsed", "12", "--tokens", "10"]), (2, "unit.missing".to_owned()));
    assert_eq!(refused(&["--elapsed", "0s", "--tokens", "10"]), (2, "run.range".to_owned()));
    assert_eq!(refused(&["--elapsed", "1s", "--tokens", "0"]), (2, "run.range".to_owned()));
    assert_eq!(refused(&["--elapsed", "1s", "--tokens", "4", "--batch", "8"]), (2, "run.range".to_owned()));
    assert_eq!(
        refused(&["--elapsed", "1s", "--tokens", "4", "--on", "h1000"]),
        (2, "gpu.unknown".to_owned())
    );
    assert_eq!(refused(&["--tokens", "4"]), (2, "usage.missing_argument".to_owned()));
    let (_, out, _) =
        texts(&["summarize", &example(), "--elapsed", "1ms", "--tokens", "16384", "--on", "h100"]);
    assert!(out.contains("the hardware cannot do that"), "{out}");
}

#[test]
fn answers_are_kept_listed_repeated_and_compared() {
    let data = directory("history");
    let memory = |context: &str| kept(&data, &["memory", &example(), "--on", "h100", "--context", context]);
    let (_, first) = memory("8k");
    memory("16k");
    let (code, list) = kept(&data, &["history"]);
    assert_eq!((code, list["total"].as_u64()), (0, Some(2)));
    assert_eq!(list["entries"][0]["command"], "memory");
    let (_, shown) = kept(&data, &["history", "show", "2"]);
    assert_eq!(shown["document"], first);
    let (_, compared) = kept(&data, &["history", "compare", "2", "1"]);
    // 131,072 bytes a token.
    let caches = &compared["differ"]["per_accelerator.kv_cache_bytes"];
    let grown = caches[1].as_f64().unwrap() - caches[0].as_f64().unwrap();
    assert!((grown - 8000.0 * 131_072.0).abs() < 0.5, "{grown}");
    assert_eq!(kept(&data, &["history", "run", "2"]).1, first);
    assert_eq!(kept(&data, &["history"]).1["total"], 3);
    assert_eq!(kept(&data, &["history", "show", "9"]).1["error"]["code"], "history.unknown");
    kept(&data, &["model", &example()]);
    assert_eq!(kept(&data, &["history", "compare", "1", "2"]).1["error"]["code"], "history.unlike");
    assert_eq!(with_history(&data).args(["history", "clear"]).status().unwrap().code(), Some(0));
    assert_eq!(kept(&data, &["history"]).1["total"], 0);
}

/// What was answered then is kept in brief, and whether it still is answered so is said.
#[test]
fn a_past_answer_that_is_another_now_says_so() {
    let data = directory("changed");
    let config = data.join("config.json");
    fs::copy(example(), &config).unwrap();
    let (_, then) = kept(&data, &["model", text(&config)]);
    assert_eq!(kept(&data, &["history", "show", "1"]).1["same"], true);
    let thinner = fs::read_to_string(&config)
        .unwrap()
        .replace("\"num_hidden_layers\": 32", "\"num_hidden_layers\": 31");
    fs::write(&config, thinner).unwrap();
    let (_, shown) = kept(&data, &["history", "show", "1"]);
    assert_eq!(shown["same"], false);
    assert_eq!(shown["numbers"]["parameters.total"].as_f64(), then["parameters"]["total"].as_f64());
    assert!(shown["document"]["parameters"]["total"].as_u64() < then["parameters"]["total"].as_u64());
    assert!(shown["remark"].as_str().unwrap().contains("answered otherwise"), "{shown}");
    let output = with_history(&data).args(["history", "run", "1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("answered otherwise"));
    // The answer of then and the answer of now, though the file of then is gone.
    let (_, compared) = kept(&data, &["history", "compare", "2", "1"]);
    let total = &compared["differ"]["parameters.total"];
    assert_eq!(total[0], then["parameters"]["total"].as_f64().unwrap());
    assert_eq!(total[1], shown["document"]["parameters"]["total"].as_f64().unwrap());
    assert_eq!(
        (&compared["answers"][0]["same"], &compared["answers"][1]["same"]),
        (&false.into(), &true.into())
    );
    fs::remove_file(&config).unwrap();
    let (code, shown) = kept(&data, &["history", "show", "2"]);
    assert_eq!((code, &shown["document"], &shown["same"]), (0, &Value::Null, &false.into()));
    assert!(shown["remark"].as_str().unwrap().contains("could not be asked again"), "{shown}");
}

/// A history of a kilobyte an answer holds thousands.
#[test]
fn an_answer_takes_a_kilobyte_at_most() {
    let data = directory("in-brief");
    let asked = [
        &[
            "estimate",
            "qwen3-32b",
            "--on",
            "h200:8",
            "--input",
            "4000",
            "--output",
            "500",
            "--concurrency",
            "64",
        ][..],
        &["memory", "deepseek-v3", "--on", "h100:8"],
        &["model", "qwen3-32b"],
        &["compare", "qwen3-32b", "--on", "h100:8,h200:8,b200:8", "--quant", "bf16,fp8,awq,nvfp4"],
        &["summarize", "qwen3-32b", "--elapsed", "12.5s", "--tokens", "16384", "--on", "h100"],
        &["methods", "compare", "qwen3-32b", "--on", "h100:8"],
    ];
    for question in asked {
        kept(&data, question);
    }
    let file = fs::read_to_string(data.join("slipstick").join("history.jsonl")).unwrap();
    let lengths: Vec<usize> = file.lines().map(str::len).filter(|length| *length > 0).collect();
    assert!(lengths.len() == asked.len() && lengths.iter().all(|length| *length < 1024), "{lengths:?}");
    // A headline that is called otherwise one day would be missed here.
    for (number, names) in [
        (
            "6",
            &[
                "latency.ttft_s",
                "latency.tpot_s",
                "throughput.output_tokens_per_s",
                "cost.usd_per_million_output_tokens",
            ][..],
        ),
        (
            "5",
            &[
                "per_accelerator.total_bytes",
                "per_accelerator.free_bytes",
                "max_concurrency",
                "max_context_tokens",
            ],
        ),
        (
            "4",
            &[
                "parameters.total",
                "parameters.active",
                "cache.bytes_per_token",
                "weights_bytes",
                "work.decode_flops",
            ],
        ),
        ("2", &["latency.tpot_s", "throughput.output_tokens_per_s", "bandwidth.mbu"]),
    ] {
        let (_, shown) = kept(&data, &["history", "show", number]);
        for name in names {
            assert!(shown["numbers"][name].is_number(), "{name}: {}", shown["numbers"]);
        }
    }
}

#[test]
fn nothing_is_kept_against_the_users_will() {
    let data = directory("no-history");
    let asked = ["model", &example()];
    assert!(
        with_history(&data).env("SLIPSTICK_HISTORY", "off").args(asked).output().unwrap().status.success()
    );
    assert!(with_history(&data).args(asked).arg("--no-history").output().unwrap().status.success());
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
    // A directory that cannot be written costs the record, not the answer.
    let file = data.join("file");
    fs::write(&file, "").unwrap();
    let output = with_history(&file).args(asked).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn a_spoilt_file_and_many_writers_lose_no_other_answer() {
    let data = directory("spoilt");
    kept(&data, &["model", &example()]);
    let file = data.join("slipstick").join("history.jsonl");
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend_from_slice(b"{\"at\": \"2026-11-22T1\xff\xfe\0");
    fs::write(&file, bytes).unwrap();
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let mut command = with_history(&data);
            command.args(["model", &example()]).stdout(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let (_, list) = kept(&data, &["history", "list", "--limit", "3"]);
    assert_eq!((list["total"].as_u64(), list["unreadable_lines"].as_u64()), (Some(9), Some(1)));
    assert_eq!(list["entries"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_kept_is_bounded() {
    let data = directory("bounded");
    let folder = data.join("slipstick");
    fs::create_dir_all(&folder).unwrap();
    let filler = "x".repeat(5 << 20);
    fs::write(folder.join("history.jsonl"), &filler).unwrap();
    kept(&data, &["model", &example()]);
    kept(&data, &["model", &example()]);
    assert!(fs::metadata(folder.join("history.jsonl")).unwrap().len() < 64 << 10);
    assert!(fs::metadata(folder.join("history.1.jsonl")).unwrap().len() > 5 << 20);
    assert_eq!(kept(&data, &["history"]).1["total"], 2);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

/// 800 MB of nothing stand where past answers are kept: its end is read, and nothing else.
#[test]
fn a_huge_file_costs_no_time() {
    let data = directory("huge");
    let folder = data.join("slipstick");
    fs::create_dir_all(&folder).unwrap();
    let huge = fs::File::create(folder.join("history.1.jsonl")).unwrap();
    huge.set_len(800 << 20).unwrap();
    for _ in 0..3 {
        kept(&data, &["model", &example()]);
    }
    let start = std::time::Instant::now();
    assert_eq!(kept(&data, &["history"]).1["total"], 3);
    // Reading it all takes seconds.
    assert!(start.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(kept(&data, &["history", "show", "3"]).1["same"], true);
}

/// Llama-3.1-70B on eight H100, 32 users of 32k tokens: each method's cache is eight times the true one, for one reason.
#[test]
fn methods_are_compared_and_their_disagreements_explained() {
    let asked = ["methods", "compare", "llama-3.1-70b", "--on", "8xh100"];
    let load = ["--input", "31744", "--output", "1024", "--concurrency", "32"];
    let (code, compared) = document(&[&asked[..], &load].concat());
    assert_eq!(code, 0);
    let quantities = compared["quantities"].as_array().unwrap();
    let of = |name: &str| quantities.iter().find(|row| row["quantity"] == name).expect("a row");
    let cache = of("kv_cache_bytes");
    // 2 · 80 layers · 8 heads · 128 · 2 B · 32 · 32,768 tokens.
    assert_eq!(cache["ours"]["value"].as_f64(), Some(343_597_383_680.0));
    assert_eq!(cache["methods"]["llm-tools"]["ratio_to_ours"].as_f64(), Some(8.0));
    assert_eq!(of("parameters")["ours"]["value"].as_f64(), Some(70_553_706_496.0));
    let disagreements = compared["disagreements"].as_array().unwrap();
    let cause = |quantity: &str, method: &str| {
        let found = disagreements.iter().find(|d| d["quantity"] == quantity && d["method"] == method);
        found.and_then(|d| d["faults"][0]["id"].as_str()).unwrap_or("none").to_owned()
    };
    assert_eq!(cause("kv_cache_bytes", "llm-tools"), "no-gqa");
    assert_eq!(cause("activations_bytes", "llm-tools"), "training-activations-in-inference");
    assert_eq!(cause("total_bytes", "tokentally"), "no-kv-cache");
    assert_eq!(cause("usd_per_million_output_tokens", "tokentally"), "batch-of-one");
    assert_eq!(compared["measured"]["same_scenario"], false);
    let markdown = texts(&[&asked[..], &load, &["--markdown"]].concat()).1;
    assert!(markdown.contains("| llm-tools | 8.00 times ours; no-gqa:"), "{markdown}");
}

/// A point of the catalogue's own table: the comparison shows what was measured.
#[test]
fn a_scenario_that_was_measured_shows_it() {
    let asked =
        ["methods", "compare", "llama-3.1-70b", "--on", "8xh100", "--quant", "fp8", "--engine", "vllm"];
    let (_, compared) =
        document(&[&asked[..], &["--input", "8192", "--output", "1024", "--concurrency", "32"]].concat());
    assert_eq!(compared["measured"]["same_scenario"], true);
    let quantities = compared["quantities"].as_array().unwrap();
    let tpot = quantities.iter().find(|row| row["quantity"] == "tpot_s").unwrap();
    assert!((tpot["measured"].as_f64().unwrap() - 0.021_612_1).abs() < 1e-9);
    assert_eq!(
        document(&["methods", "compare", "llama-3.1-70b", "--on", "h1000"]).1["error"]["code"],
        "gpu.unknown"
    );
}

#[test]
fn models_are_recommended_in_order_with_reasons() {
    let (code, found) = document(&["recommend", "--on", "rtx-4090", "--limit", "200"]);
    assert_eq!(code, 0);
    let rows = found["rows"].as_array().unwrap();
    assert!(rows.len() > 50);
    let number = |row: &Value, key: &str| {
        row[key].as_f64().or_else(|| row[key]["value"].as_f64()).expect("a number or an estimate")
    };
    for row in rows {
        // A decode step reads every active weight but the embedding table, at no more than 1,008 GB/s.
        let read = number(row, "active_parameters") * number(row, "bits_per_weight") / 8.0 * 0.6;
        assert!(number(row, "tpot_s") > read / 1008e9, "{row}");
        assert!(number(row, "need_bytes") + number(row, "free_bytes") < 25.8e9, "{row}");
        assert!(!row["reasons"].as_array().unwrap().is_empty());
    }
    // What does not fit is not recommended, and what fits is not left out.
    let names: Vec<&str> = rows.iter().filter_map(|row| row["model"].as_str()).collect();
    assert!(names.iter().all(|name| !name.contains("70B") && !name.contains("405B")), "{names:?}");
    assert!(names.contains(&"Llama-3.1-8B-Instruct") && names.contains(&"Qwen3-32B"));
}

/// A chat model is what people look for: pretrained, code and speech models are named when they are asked for.
#[test]
fn chat_models_are_recommended_unless_another_use_is_asked_for() {
    let ask = |flags: &[&str]| {
        let all = ["recommend", "--on", "rtx-4090", "--limit", "300"];
        let found = document(&[&all[..], flags].concat()).1;
        let rows = found["rows"].as_array().unwrap().clone();
        let all = |row: &Value| {
            let others = row["same_shape"].as_array().unwrap().clone();
            others
                .into_iter()
                .chain([row["model"].clone()])
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        let names = rows.iter().flat_map(|row| -> Vec<String> { all(row) }).collect::<Vec<_>>();
        (names, found["models"]["other_uses"].as_u64().unwrap())
    };
    let (chat, others) = ask(&[]);
    let (any, none) = ask(&["--use", "any"]);
    let (code, _) = ask(&["--use", "code"]);
    let holds = |names: &[String], name: &str| names.iter().any(|known| known == name);
    for name in ["Yi-34B", "CodeLlama-34b-hf", "Qwen2.5-0.5B"] {
        assert!(!holds(&chat, name), "{name}");
        assert!(holds(&any, name), "{name}");
    }
    assert!(!holds(&any, "whisper-tiny"), "its decoder takes 448 tokens");
    assert!(holds(&chat, "Qwen3-32B") && holds(&chat, "phi-4"));
    assert!(holds(&code, "CodeLlama-34b-hf") && holds(&code, "Qwen2.5-Coder-32B-Instruct"));
    assert!(others > 60 && none == 6, "{others}, {none}");
    let (_, text, _) = texts(&["recommend", "--on", "rtx-4090"]);
    assert!(text.contains(&format!("{others} models for other uses than chat are left out")), "{text}");
}

/// The score of TokenTally: 1 / need + size + 1 / (1 + rank), need being 1.2 times the 16-bit size and the size factor.
#[test]
fn the_score_of_the_source_method_is_its_own() {
    let asked = ["recommend", "--memory", "24GiB", "--ranking", "tokentally", "--quant", "checkpoint"];
    let (_, found) = document(&[&asked[..], &["--like", "llama-3.1-8b"]].concat());
    let row = &found["rows"][0];
    let score = 1.0 / (2.0 * 8.030_261_248 * 1.2) + 8.030_261_248 + 1.0 / (1.0 + 3.0);
    assert_eq!(row["class"], "6B+");
    assert!((row["score"].as_f64().unwrap() - score).abs() < 1e-12, "{row}");
    assert!(row["tpot_s"].is_null());
}

#[test]
fn a_recommendation_that_makes_no_sense_is_refused() {
    let code = |flags: &[&str]| {
        let (code, refusal) = document(&[&["recommend"], flags].concat());
        (code, refusal["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |name: &str| (2, name.to_owned());
    assert_eq!(code(&[]), refused("usage.missing_argument"));
    assert_eq!(code(&["--memory", "24"]), refused("unit.missing"));
    assert_eq!(code(&["--memory", "1B"]), refused("memory.range"));
    assert_eq!(code(&["--memory", "24GiB", "--on", "h100"]), refused("usage.conflict"));
    assert_eq!(code(&["--on", "h1000"]), refused("gpu.unknown"));
    assert_eq!(code(&["--on", "h100", "--ranking", "best"]), refused("ranking.unknown"));
    assert_eq!(code(&["--on", "h100", "--use", "poetry"]), refused("use.unknown"));
    assert_eq!(code(&["--on", "h100", "--like", "codellama"]), refused("use.none"));
    assert_eq!(code(&["--on", "h100", "--quant", "q9"]), refused("quant.unknown"));
    assert_eq!(code(&["--on", "h100", "--like", "nothing-like-it"]), refused("model.not_found"));
    assert_eq!(code(&["--on", "h100", "--tpot", "0s"]), refused("tpot.range"));
    // Nothing fits: the answer is no.
    let (code, found) = document(&["recommend", "--memory", "64MiB"]);
    assert_eq!((code, found["models"]["fitting"].as_u64()), (1, Some(0)));
}
