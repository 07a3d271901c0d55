//! What `finetune` writes for other programs and reads back with `--config` is the same job.

use serde_json::Value;

use crate::run::document;

fn ask(text: &str) -> Value {
    document(&std::iter::once("finetune").chain(text.split_whitespace()).collect::<Vec<_>>()).1
}

/// Numbers and names that a job is.
const PARTS: [&str; 10] = [
    "rank",
    "base_format",
    "adapter_format",
    "trainable_parameters",
    "algorithm",
    "layout",
    "memory",
    "step",
    "models",
    "max_sequence_tokens",
];

/// What the program is told by the answer to a question, and how that differs when it is read.
fn differences(software: &str, on: &str, text: &str) -> Option<String> {
    let asked = ask(&format!("llama-3.1-8b --on {on} --stack {software} {text}"));
    let launch = asked["launch"].as_array().unwrap_or_else(|| panic!("{text}: {asked}"));
    let Some(own) = launch.iter().find(|one| one["software"] == software) else {
        return Some(format!("{software} {on} {text}: it is not told"));
    };
    let name =
        format!("{software}_{}.{}", std::process::id(), if own["file"].is_null() { "sh" } else { "yaml" });
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let written = own["file"].as_str().or(own["command"].as_str()).expect("the test made it");
    std::fs::write(&path, written).expect("the test made it");
    let read = ask(&format!("llama-3.1-8b --on {on} --config {}", path.to_str().expect("the test made it")));
    std::fs::remove_file(&path).expect("the test made it");
    let mut wrong: Vec<String> = PARTS
        .iter()
        .filter(|part| asked[**part] != read[**part])
        .map(|part| format!("{part}: {} {}", asked[*part], read[*part]))
        .collect();
    let unread = read["config"]["not_understood"].as_array().is_none_or(|list| !list.is_empty());
    if unread || asked["data"]["epochs"] != read["data"]["epochs"] {
        wrong.push(format!("{} {}", read["config"], read["error"]));
    }
    (!wrong.is_empty()).then(|| format!("{software} {on} {text}: {}\n{written}", wrong.join("; ")))
}

#[track_caller]
fn go_round(software: &str, cases: &[(&str, &str)]) {
    assert!(cases.len() >= 12);
    let wrong: Vec<String> = cases.iter().filter_map(|(on, text)| differences(software, on, text)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

#[test]
fn trl() {
    go_round(
        "trl",
        &[
            ("h100", ""),
            ("rtx-4090", "--method qlora --rank 8 --sequence 2048 --accumulation 4"),
            ("h100", "--method qdora --rank 32 --recompute none --epochs 3"),
            ("h100", "--method rslora --base-format int8 --dropout 0.05"),
            ("h100", "--method rslora --base-format nf4"),
            ("4xh100", "--method full --optimizer adamw-8bit --fsdp"),
            ("4xh100", "--method full --zero 3 --micro-batch 2"),
            ("4xh100", "--method full --zero 2 --loss chunked --optimizer lion"),
            ("2xh200", "--method full --zero 1 --optimizer paged-adamw-8bit"),
            ("8xh200", "--zero 0 --targets q_proj,v_proj --sequence 8k"),
            ("h200", "--attention unfused --offload activations"),
            ("h200", "--method full --master fp32 --compile --optimizer sgd"),
            ("v100-32gb", "--method qlora --precision fp16"),
            ("4xh100", "--algorithm dpo --method lora --micro-batch 2"),
            ("4xh100", "--algorithm kto --method full --fsdp"),
            ("4xh100", "--algorithm grpo --sleep --engine-share 0.4 --sequence 4k"),
            ("h200", "--packing false --targets attention,lm_head"),
        ],
    );
}

#[test]
fn axolotl() {
    go_round(
        "axolotl",
        &[
            ("4xh100", "--fsdp --method qlora --rank 8 --sequence 2048 --accumulation 4"),
            (
                "4xh100",
                "--fsdp --method dora --rank 32 --targets q_proj,v_proj --dropout 0.1 --sequence 2048 --recompute none",
            ),
            ("4xh100", "--fsdp --method rslora --base-format int8"),
            ("4xh100", "--fsdp --method full --optimizer adamw-8bit"),
            ("4xh100", "--fsdp --method lora --loss chunked --micro-batch 2"),
            ("h100", "--method qdora --base-format nf4"),
            ("h100", "--method rslora --base-format nf4 --epochs 2"),
            ("4xh100", "--zero 0"),
            ("4xh100", "--zero 1 --method full --optimizer paged-adamw-8bit"),
            ("4xh100", "--zero 2 --method full --compile"),
            ("4xh100", "--zero 3 --method full --attention unfused"),
            ("8xh100", "--hsdp 4 --method full --recompute full"),
            ("4xh100", "--fsdp --cp 2 --sequence 32k"),
            ("4xh100", "--fsdp --offload weights,activations --method full"),
            ("h200", "--algorithm dpo --packing false"),
            ("v100-32gb", "--method qlora --precision fp16 --targets mlp"),
        ],
    );
}

#[test]
fn torchtune() {
    go_round(
        "torchtune",
        &[
            ("h100", ""),
            ("rtx-4090", "--method qlora --rank 8 --sequence 2048"),
            ("h100", "--method dora --recompute none --epochs 3"),
            ("h100", "--method qdora --targets q_proj,v_proj,o_proj"),
            ("h100", "--targets q_proj,k_proj,v_proj,o_proj,lm_head"),
            ("h100", "--targets mlp --dropout 0.1"),
            ("h100", "--method full --optimizer paged-adamw-8bit"),
            ("h100", "--method full --optimizer adamw-8bit-in-backward"),
            ("4xh100", "--method full --fsdp --loss chunked"),
            ("8xh100", "--fsdp --micro-batch 4 --accumulation 2"),
            ("2x8xh100", "--method full --fsdp --compile"),
            ("h200", "--method full --optimizer sgd --offload activations"),
            ("h200", "--method full --optimizer adamw-foreach --packing false"),
            ("h200", "--method full --master fp32 --optimizer paged-adamw"),
        ],
    );
}

#[test]
fn unsloth() {
    go_round(
        "unsloth",
        &[
            ("h100", ""),
            ("rtx-4090", "--method qlora --rank 8"),
            ("rtx-4090", "--method qlora --rank 64 --sequence 2048"),
            ("rtx-4090", "--method qlora --optimizer paged-adamw-8bit"),
            ("h100", "--method rslora"),
            ("h100", "--method rslora --base-format nf4-dq"),
            ("h100", "--method lora --rank 32 --sequence 8k"),
            ("h100", "--micro-batch 4 --accumulation 2"),
            ("h100", "--optimizer adamw-8bit"),
            ("h100", "--optimizer adamw-foreach --dropout 0.05"),
            ("h100", "--packing false"),
            ("h100", "--packing --sequence 16k --optimizer lion-8bit"),
        ],
    );
}

/// A program is not told what it has no word for.
#[test]
fn what_cannot_be_said_is_not() {
    let told = |text: &str| -> Vec<String> {
        let answer = ask(&format!("llama-3.1-8b --on 4xh100 {text}"));
        let launch = answer["launch"].as_array().unwrap_or_else(|| panic!("{text}: {answer}"));
        launch.iter().map(|one| one["software"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("--fsdp"), ["trl", "axolotl", "torchtune"]);
    for nothing in ["--base-format fp8", "--base-format gptq-int4", "--optimizer muon --method full"] {
        assert_eq!(told(nothing), Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(told("--recompute selective"), Vec::<String>::new());
    // Unsloth has a word for its checkpointing and none for going without.
    assert!(!ask("llama-3.1-8b --on h100 --recompute none")["launch"].to_string().contains("\"unsloth\""));
    assert_eq!(told("--fsdp --targets gate_proj"), ["trl", "axolotl"]);
    assert_eq!(told("--zero 0"), ["trl", "axolotl"]);
    assert_eq!(told("--fsdp --cp 2"), ["axolotl"]);
    assert_eq!(told("--hsdp 2"), ["axolotl"]);
}
