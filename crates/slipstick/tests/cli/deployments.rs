//! Deployments that are easy to get wrong: encoders, checkpoints by their scheme, engines by their relatives.

use std::fs;

use serde_json::Value;

use crate::run::{directory, document, example, texts};

/// An encoder keeps nothing between tokens: nothing is set aside for a cache, and there is no decoding to estimate.
#[test]
fn an_encoder_has_memory_and_no_decoding() {
    let bert = "bert-base-multilingual-cased";
    let (code, memory) = document(&["memory", bert, "--on", "l4", "--context", "512", "--concurrency", "4"]);
    assert_eq!(code, 0);
    let part = |name: &str| {
        let part = &memory["per_accelerator"][name];
        part.as_u64().or_else(|| part["value"].as_u64()).expect(name)
    };
    assert_eq!(part("kv_cache_bytes"), 0);
    assert!(part("free_bytes") > memory["accelerator"]["capacity_bytes"].as_u64().unwrap() / 2);
    assert!(part("overhead_bytes") < 4 << 30, "{memory}");
    // Memory bounds nothing here, so the model's own limit does.
    assert_eq!(memory["max_context_tokens"], 512);
    let (code, refusal) = document(&["estimate", bert, "--on", "l4", "--input", "256", "--output", "32"]);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("model.no_decode")));
}

/// The published checkpoints are far smaller than their parameters in 16 bit: 405 GB and 72.7 GB on disk.
#[test]
fn a_checkpoint_of_the_catalogue_has_its_own_format() {
    for (model, at_most) in [
        ("nvidia/DeepSeek-V3.1-NVFP4", 420_000_000_000_u64),
        ("nvidia/Llama-3.1-70B-Instruct-FP8", 73_000_000_000),
    ] {
        let (_, answer) = document(&["model", model]);
        let bytes = answer["weights_bytes"].as_u64().unwrap();
        assert!(bytes < at_most && bytes > at_most / 10 * 8, "{model}: {bytes}");
        let format = answer["weights_format"].as_str().unwrap();
        assert!(format.starts_with("nvfp4") || format.starts_with("fp8"), "{format}");
    }
}

#[test]
fn the_launch_command_names_what_an_engine_finds() {
    let launch = |more: &[&str]| {
        let mut asked = vec!["estimate", "llama-3.1-8b", "--on", "h100"];
        asked.extend(more);
        document(&asked).1["launch"].as_str().unwrap().to_owned()
    };
    assert!(launch(&[]).starts_with("vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len "));
    let llama = launch(&["--engine", "llama.cpp", "--quant", "q4_k_m", "--kv-dtype", "q8_0"]);
    assert!(llama.starts_with("llama-server --model Llama-3.1-8B-Instruct-Q4_K_M.gguf "), "{llama}");
    assert!(llama.ends_with("--cache-type-k q8_0 --cache-type-v q8_0"), "{llama}");
}

/// One line measures what was estimated, the other is for use: as many at once as memory holds.
#[test]
fn what_reproduces_and_what_serves_are_two_lines() {
    let asked = ["estimate", "llama-3.1-8b", "--on", "h100", "--engine", "vllm"];
    let (_, answer) = document(&asked);
    let line = |key: &str| answer[key].as_str().unwrap().to_owned();
    assert!(line("launch").contains("--max-num-seqs 1 "), "{}", line("launch"));
    let most = answer["memory"]["max_concurrency"].as_u64().unwrap().min(256);
    let serves = line("launch_serves");
    let seats: u64 =
        serves.split("--max-num-seqs ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(seats > 1 && seats >= most.min(16), "{serves} of {most}");
    let (_, out, _) = texts(&asked);
    assert!(out.contains("# reproduces this") && out.contains("# serves"), "{out}");
}

/// No repository and no folder is called so: the line fails before it serves something else.
#[test]
fn weights_without_a_name_make_the_line_fail() {
    let (_, answer) = document(&["estimate", "llama-3.1-8b", "--on", "h100", "--quant", "awq"]);
    let line = answer["launch"].as_str().unwrap();
    assert!(
        line.starts_with("vllm serve '<a checkpoint of meta-llama/Llama-3.1-8B-Instruct in awq>' "),
        "{line}"
    );
}

/// Mixtures of llama.cpp are its files; what runs on it is started in its own words.
#[test]
fn formats_and_apps_imply_their_engine() {
    let ask = |more: &[&str]| document(&[&["estimate", "llama-3.1-8b", "--on", "rtx-4090"], more].concat()).1;
    let implied = ask(&["--quant", "q4_k_m"]);
    assert_eq!(implied["engine"]["name"], "llama.cpp");
    assert_eq!(ask(&["--quant", "awq"])["engine"]["name"], "vllm");
    assert_eq!(ask(&["--quant", "q4_k_m", "--engine", "vllm"])["engine"]["name"], "vllm");
    for (engine, begins) in
        [("ollama", "OLLAMA_CONTEXT_LENGTH="), ("lm-studio", "lms load "), ("mlx-lm", "mlx_lm.server ")]
    {
        let answer = ask(&["--quant", "q4_k_m", "--engine", engine]);
        assert!(answer["launch"].as_str().unwrap().starts_with(begins), "{}", answer["launch"]);
    }
    assert!(ask(&["--engine", "koboldcpp"])["launch"].is_null(), "another program's command is none");
}

/// A name that says FP8 beside a configuration that says nothing: counted as it stands, and said.
#[test]
fn a_format_that_only_the_name_states_is_warned_of() {
    let folder = directory("Llama-3.1-8B-FP8");
    fs::copy(example_config(), folder.join("config.json")).unwrap();
    let path = folder.to_str().unwrap();
    let warned = |more: &[&str]| {
        let answer = document(&[&["memory", path, "--on", "h100"], more].concat()).1;
        answer["warnings"].to_string().contains("says fp8")
    };
    assert!(warned(&[]) && !warned(&["--quant", "fp8"]));
    assert!(texts(&["model", path]).1.contains("says fp8"));
    for command in ["memory", "estimate"] {
        let (code, refusal) = document(&[command, path, "--on", "h100", "--strict"]);
        assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("model.contradiction")), "{command}");
        assert_eq!(document(&[command, "llama-3.1-8b", "--on", "h100", "--strict"]).0, 0, "{command}");
    }
    assert!(!texts(&["model", &example()]).1.contains("its name says"));
    for (name, cure) in [
        ("Some-8B-W4A16", "--quant w4a16"),
        ("Some-8B-GPTQ-Int4", "--quant int4"),
        ("Some-8B-unsloth-bnb-4bit", "--quant nf4"),
        ("Some-8B-MLX-6bit", "--quant mlx-6bit"),
    ] {
        let folder = directory(name);
        fs::copy(example_config(), folder.join("config.json")).unwrap();
        let path = folder.to_str().unwrap();
        assert!(texts(&["model", path]).1.contains(cure), "{name}");
        let quant = cure.strip_prefix("--quant ").unwrap();
        assert_eq!(document(&["memory", path, "--on", "h100", "--quant", quant]).0, 0, "{name}");
    }
}

/// A list of quantised layers that is empty says nothing: the refusal names a cure, and the cure works.
#[test]
fn an_unread_scheme_is_cured_by_a_format() {
    let asked = ["memory", "minimax-m3-nvfp4", "--on", "h100:8"];
    let (code, refusal) = document(&asked);
    assert_eq!((code, &refusal["error"]["code"]), (2, &Value::from("model.quantisation")));
    assert!(refusal["error"]["help"].as_str().unwrap().contains("--quant nvfp4"), "{refusal}");
    assert_eq!(document(&[&asked[..], &["--quant", "nvfp4"]].concat()).1["fits"], true);
}

/// What the program counts, its list shows; what siblings state, a copied configuration states too.
#[test]
fn the_list_of_models_says_what_the_program_says() {
    let rows = document(&["models"]).1["models"].as_array().unwrap().clone();
    for row in rows.iter().filter(|row| row["model_type"].is_null()) {
        let id = row["id"].as_str().unwrap();
        assert_eq!(document(&["model", id]).0, 2, "{id} is understood");
    }
    let context = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["context_tokens"].as_u64();
    for id in ["llama-2-7b", "llama-2-13b", "llama-2-70b"] {
        assert_eq!(context(id), Some(4096), "{id}");
    }
}

#[test]
fn an_app_has_the_memory_of_the_engine_it_runs_on() {
    let ask = |engine: &str| document(&["memory", "llama-3.1-8b", "--on", "h100", "--engine", engine]);
    let ((code, app), (_, host)) = (ask("ollama"), ask("llama.cpp"));
    assert_eq!((code, &app["engine"]["name"]), (0, &Value::from("ollama")));
    assert_eq!(app["per_accelerator"], host["per_accelerator"]);
    assert!(app["warnings"][0].as_str().unwrap().contains("runs on llama.cpp"));
}

#[test]
fn an_engine_without_rules_says_so() {
    let (code, answer) = document(&["memory", "llama-3.1-8b", "--on", "h100", "--engine", "exllamav2"]);
    assert_eq!((code, &answer["engine"]["name"]), (0, &Value::from("exllamav2")));
    assert!(answer["warnings"][0].as_str().unwrap().contains("no memory rules"));
}

#[test]
fn what_an_engine_would_refuse_is_said() {
    let memory = ["memory", "bert-base-multilingual-cased", "--on", "l4", "--width", "200"];
    let (_, out, _) = texts(&[&memory[..], &["--context", "8k"]].concat());
    assert!(out.contains("8,000 tokens are more than the 512 that the model takes"), "{out}");
    let (_, out, _) =
        texts(&["memory", "llama-3.1-8b", "--on", "h100", "--kv-dtype", "q8_0", "--width", "200"]);
    assert!(out.contains("vLLM keeps no cache as q8_0"), "{out}");
    assert!(
        !texts(&["memory", "llama-3.1-8b", "--on", "h100", "--kv-dtype", "fp8"]).1.contains("keeps no cache")
    );
}

/// Some editors put a byte order mark before the text.
#[test]
fn a_byte_order_mark_is_no_syntax() {
    let folder = directory("with-mark");
    let mut text = b"\xef\xbb\xbf".to_vec();
    text.extend(fs::read(example_config()).unwrap());
    fs::write(folder.join("config.json"), text).unwrap();
    let (code, model) = document(&["model", folder.to_str().unwrap()]);
    assert_eq!((code, &model["parameters"]["total"]), (0, &Value::from(8_030_261_248_u64)));
}

fn example_config() -> std::path::PathBuf {
    let example = std::path::PathBuf::from(example());
    if example.is_dir() { example.join("config.json") } else { example }
}

/// The mark of the capacity stands inside the width that was asked for, whatever the bar.
#[test]
fn a_bar_that_runs_over_keeps_to_the_width() {
    for width in ["40", "80"] {
        let (_, out, _) = texts(&["memory", "deepseek-v3", "--on", "h100:8", "--width", width]);
        assert!(out.contains("ends here"), "{out}");
        let widest = out.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest} > {width}:\n{out}");
    }
}

/// No width and no `--quiet` hides that a speed is assumed, nor the half of an interval. Measured elsewhere: 4.1 tokens/s.
#[test]
fn assumed_speeds_are_marked_and_keep_their_band() {
    let asked =
        ["estimate", "llama-3.3-70b-instruct", "--on", "gb10", "--quant", "nvfp4", "--engine", "vllm"];
    let (code, answer) = document(&asked);
    assert_eq!(code, 0);
    let rate = &answer["throughput"]["output_tokens_per_s"];
    let end = |name: &str| rate[name].as_f64().expect("every speed has a band");
    assert!(end("low") < 4.1 && 4.1 < end("high") && rate["basis"] == "assumed", "{rate}");
    for width in ["40", "60", "200"] {
        let (_, out, _) = texts(&[&asked[..], &["--quiet", "--width", width]].concat());
        let title = out.split("weights").next().unwrap().replace('\n', " ");
        assert!(title.contains(": ~") && title.contains(" to ") && title.contains("assumed;"), "{out}");
        assert!(!out.contains("not shown for want of room: band"), "{out}");
    }
    let (_, out, _) = texts(&["compare", "llama-3.1-8b", "--on", "h100,l4", "--quiet", "--width", "60"]);
    let row = out.lines().find(|line| line.contains('~')).expect("a marked speed");
    assert!(row.contains(" to "), "{out}");
}

/// The cheapest price is one number, wherever it is asked for.
#[test]
fn the_cheapest_price_is_one_number() {
    let (_, list) = document(&["gpus", "--like", "nvidia-h100-sxm-80gb"]);
    let (_, estimate) = document(&["estimate", "llama-3.1-8b", "--on", "h100"]);
    assert_eq!(list["gpus"][0]["list_usd_per_hour"], estimate["cost"]["usd_per_hour"]);
    let (_, out, _) = texts(&["explain", "cost.usd_per_hour", "estimate", "llama-3.1-8b", "--on", "h100"]);
    assert!(
        out.contains("the lowest price of a provider's own list")
            && out.contains("cheaper ones passed over: $"),
        "{out}"
    );
    let (_, out, _) = texts(&["estimate", "llama-3.1-8b", "--on", "h100", "--width", "200"]);
    assert!(out.contains("slipstick prices import FILE"), "a stale price says how to refresh it: {out}");
}

/// vLLM's recipes for Kimi K3 (recipes.vllm.ai, read 2026-11): a million tokens on 8 x B300 with fp8 cache at 0.95 of memory,
/// 16 x H200 with caps of 32,768 tokens and five sequences; 1,680 GB at least, which 8 x B200 have not.
#[test]
fn published_deployments_of_a_large_model_fit() {
    let fits = |on: &str, more: &[&str]| {
        let asked =
            ["memory", "kimi-k3", "--on", on, "--kv-dtype", "fp8", "--gpu-memory-utilization", "0.95"];
        document(&[&asked[..], more].concat()).1["fits"].as_bool().expect("a verdict")
    };
    assert!(fits("8xb300", &["--context", "1048576"]));
    assert!(fits("16xh200", &["--tp", "16", "--context", "32768", "--max-sequences", "5"]));
    assert!(!fits("8xb200", &[]));
    let (_, out, _) = texts(&["memory", "kimi-k3", "--on", "8xb200"]);
    assert!(!out.contains("--max-sequences 0"), "{out}");
}
