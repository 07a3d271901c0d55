//! What people type before they know the program: flags of other programs, half a line, the program's name alone.

use crate::run::{directory, document, program, texts};

fn refusal(arguments: &[&str]) -> (String, String) {
    let (code, refused) = document(arguments);
    assert_eq!(code, 2, "{refused}");
    let text = |key: &str| refused["error"][key].as_str().unwrap_or_default().to_owned();
    (text("code"), text("help"))
}

/// A flag of an engine is read as ours where it means the same.
#[test]
fn flags_of_other_programs_are_read_as_ours() {
    let ours =
        ["--concurrency=8", "--max-sequences=64", "--memory-fraction=0.85", "--context=4096", "--tp=1"];
    let theirs = [
        "--batch=8",
        "--max-num-seqs=64",
        "--gpu-memory-utilization=0.85",
        "--max-model-len=4096",
        "--tensor-parallel-size=1",
    ];
    let ask = |flags: [&str; 5], on: &str, quant: &str| {
        let line = [["estimate", "llama-3.1-8b", on, "h100"].as_slice(), &flags, &[quant, "fp8"]].concat();
        let (code, answer) = document(&line);
        assert_eq!(code, 0, "{answer}");
        answer
    };
    assert_eq!(ask(ours, "--on", "--quant"), ask(theirs, "--gpu", "--precision"));
    assert_eq!(ask(ours, "--on", "--quant"), ask(theirs, "--accelerator", "--dtype"));
}

/// A flag that means something else here is answered with what to type; what only resembles is no help.
#[test]
fn flags_that_are_none_are_answered_with_what_to_type() {
    let help = |flag: &[&str]| {
        let (code, help) = refusal(&[["estimate", "llama-3.1-8b", "--on", "h100"].as_slice(), flag].concat());
        assert_eq!(code, "usage.unknown_flag");
        help
    };
    assert!(help(&["--gpus", "2"]).contains("--on 2xh100"));
    assert!(help(&["-ngl", "99"]).contains("slipstick memory"));
    assert!(help(&["-c", "8192"]).contains("--context 8k"));
    assert!(help(&["--max_new_tokens", "9"]).contains("--output"));
    assert_eq!(help(&["--concurency", "9"]), "did you mean --concurrency?");
    assert!(help(&["--ttft", "1s"]).contains("plan"));
    let unlike = help(&["--pression", "1"]);
    assert!(!unlike.contains("did you mean") && unlike.contains("slipstick estimate --help"), "{unlike}");
    assert!(
        refusal(&["train", "llama-3.1-8b", "--on", "8xh100", "--batch", "4"]).1.contains("--micro-batch")
    );
}

#[test]
fn half_a_line_is_answered_with_a_whole_one() {
    let of = |line: &[&str]| refusal(line).1;
    assert!(of(&["estimate"]).contains("slipstick estimate llama-3.1-8b --json --on h100;"));
    assert!(
        of(&["memory", "qwen3-8b"]).contains("slipstick memory qwen3-8b --json --on h100; slipstick gpus")
    );
    assert!(of(&["methods"]).contains("eval"));
    let (code, out, err) = texts(&["estimate", "llama-3.1-8b"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("error at --on") && err.contains("help: type for example"), "{err}");
}

/// A list takes what is looked for after a flag.
#[test]
fn a_word_behind_a_list_is_answered_with_its_flag() {
    for (typed, help) in [
        (["instances", "h100"], "look for it with slipstick instances --gpu h100"),
        (["prices", "llama-3.1-70b"], "look for it with slipstick prices --model llama-3.1-70b"),
    ] {
        assert_eq!(refusal(&typed).1, help);
    }
}

/// A machine of a cloud is its accelerators at that cloud's price.
#[test]
fn an_instance_is_hardware_at_its_own_price() {
    let ask = |on: &str| {
        let (code, answer) = document(&["estimate", "llama-3.1-70b", "--on", on]);
        assert_eq!(code, 0, "{answer}");
        answer
    };
    let (one, listed) = (ask("p5.48xlarge"), ask("8xh100"));
    assert_eq!(one["memory"]["accelerator"], listed["memory"]["accelerator"]);
    assert_eq!(one["latency"], listed["latency"]);
    let (_, offers) = document(&["instances", "--cloud", "aws", "--gpu", "h100", "--term", "on-demand"]);
    let prices: Vec<f64> = offers["instances"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["instance"] == "p5.48xlarge")
        .filter_map(|row| row["usd_per_hour"].as_f64())
        .collect();
    assert!(prices.contains(&one["cost"]["usd_per_hour"].as_f64().unwrap()), "{prices:?} {}", one["cost"]);
    assert!(refusal(&["estimate", "llama-3.1-8b", "--on", "p5.47xlarge"]).1.contains("slipstick instances"));
}

/// A maker's machine is its accelerators, too.
#[test]
fn a_makers_machine_is_hardware() {
    for (machine, counted) in
        [("dgx-h100", "8xh100"), ("2xHGX H200", "2x8xh200"), ("gb200-nvl72", "18x4xgb200")]
    {
        let of = |on: &str| document(&["memory", "deepseek-v3", "--on", on]).1["per_accelerator"].clone();
        assert!(of(machine).is_object(), "{machine}");
        assert_eq!(of(machine), of(counted), "{machine}");
    }
    assert_eq!(document(&["gpus", "dgx-b200"]).1["gpu"]["id"], "nvidia-b200-sxm-180gb");
    let (_, _, message) = texts(&["memory", "qwen3-8b", "--on", "dgx-a100"]);
    assert!(message.contains("DGX A100 640GB"), "{message}");
}

#[test]
fn the_name_alone_says_where_to_begin() {
    let (code, out, err) = texts(&[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(
        out.contains("this machine: ") && out.contains("slipstick estimate gpt-oss-120b --on h100"),
        "{out}"
    );
}

/// Help is a screen: what every command takes stands in one line, what is rare under `--help-all`.
#[test]
fn help_fits_a_screen() {
    for command in slipstick_api::commands::COMMANDS {
        let words: Vec<&str> = command.name.split(' ').collect();
        let (code, help, _) = texts(&[words.as_slice(), &["--help"]].concat());
        assert_eq!(code, 0);
        let lines = help.lines().count();
        assert!(lines <= 50, "{}: {lines} lines", command.name);
        let flags = command.with_arguments(clap::Command::new("flags"));
        let known = |rare: &str| flags.get_arguments().any(|flag| flag.get_id() == rare);
        assert!(command.rare.iter().all(|rare| known(rare)), "{}: {:?}", command.name, command.rare);
        assert!(help.contains("Everywhere: --json") && help.contains("--help-all"), "{}", command.name);
        let (_, all, _) = texts(&[words.as_slice(), &["--help-all"]].concat());
        assert!(all.contains("--no-history"), "{}", command.name);
    }
}

/// A shell offers what a value may be: chips, models, engines, clouds.
#[test]
fn completions_offer_values() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = texts(&["completions", shell]);
        assert_eq!(code, 0);
        let names = ["nvidia-h100-sxm-80gb", "qwen3-32b", "sglang", "q4_k_m", "runpod"];
        let words = ["on-demand", "chatbot", "usd-per-token", "torchtitan", "adamw-8bit"];
        for name in names.iter().chain(&words) {
            assert!(script.contains(name), "{shell} lacks {name}");
        }
    }
    let (_, script, _) = texts(&["completions", "bash"]);
    assert!(script.contains(" h100 "), "people type the short name");
}

#[test]
fn a_chip_is_printed_as_a_file_to_change() {
    let path = directory("template").join("my-chip.toml");
    let (code, template, _) = texts(&["gpus", "h200", "--toml"]);
    assert_eq!(code, 0);
    std::fs::write(&path, &template).unwrap();
    let ask = |on: &str| document(&["memory", "llama-3.1-70b", "--on", on]).1["max_concurrency"].clone();
    assert_eq!(ask(path.to_str().unwrap()), ask("h200"), "{template}");
}

/// A saved question says what it was taken to mean, and is the same question.
#[test]
fn a_saved_question_pins_what_was_resolved() {
    let path = directory("pinned").join("q.toml");
    let file = path.to_str().unwrap();
    let (code, first) = document(&["estimate", "llama-3.1-8b", "--on", "h100", "--save", file]);
    assert_eq!(code, 0);
    let saved = std::fs::read_to_string(&path).unwrap();
    for pinned in ["# engine = \"vllm@", "# price = \"$", ", as of 20", "# --kv-dtype bf16"] {
        assert!(saved.contains(pinned), "{pinned} in {saved}");
    }
    assert_eq!(document(&["run", file]), (0, first));
}

/// Past answers are found by command and model, sorted by a number of theirs, and plotted.
#[test]
fn past_answers_are_found_sorted_and_plotted() {
    let data = directory("found");
    let ask = |arguments: &[&str]| {
        let mut command = program();
        let output = command.env("XDG_DATA_HOME", &data).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    for on in ["l4", "h100", "l40s"] {
        assert_eq!(ask(&["estimate", "llama-3.1-8b", "--on", on]).0, Some(0));
    }
    assert_eq!(ask(&["memory", "qwen3-8b", "--on", "h100"]).0, Some(0));
    let listed = |more: &[&str]| -> Vec<(u64, String)> {
        let (code, out) = ask(&[["history", "list", "--json"].as_slice(), more].concat());
        assert_eq!(code, Some(0), "{out}");
        let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
        let of = |row: &serde_json::Value| {
            let on = row["request"].as_object().unwrap().values().next().unwrap()["on"]
                .as_str()
                .unwrap()
                .to_owned();
            (row["number"].as_u64().unwrap(), on)
        };
        answer["entries"].as_array().unwrap().iter().map(of).collect()
    };
    assert_eq!(listed(&[]).len(), 4);
    assert_eq!(listed(&["--model", "QWEN3"]), [(1, "h100".to_owned())]);
    let fastest: Vec<String> = listed(&["--command", "estimate", "--sort", "output_tokens_per_s"])
        .into_iter()
        .map(|(_, on)| on)
        .collect();
    assert_eq!(fastest, ["h100", "l40s", "l4"]);
    let (code, plot) = ask(&["history", "plot", "tpot_s", "--model", "llama"]);
    assert!(code == Some(0) && plot.starts_with("tpot_s of 3 past answers"), "{plot}");
    assert_eq!(ask(&["history", "plot", "nothing"]).0, Some(2));
}
