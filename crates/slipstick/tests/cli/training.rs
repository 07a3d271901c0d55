//! `train` as its users meet it: parts that sum, memory against measured runs, layouts that are refused.

use serde_json::Value;

use crate::run::{document, number, texts};

#[test]
fn the_parts_of_a_step_and_of_its_memory_sum() {
    let (code, answer) =
        document(&["train", "llama-3.1-8b", "--on", "8xh100", "--tokens", "1T", "--sequence", "8192"]);
    assert_eq!(code, 0, "{answer}");
    let parts = ["compute_s", "exposed_communication_s", "bubble_s", "optimizer_s", "host_s"];
    let sum: f64 = parts.iter().map(|part| number(&answer["step"], &format!("/{part}"))).sum();
    assert!((sum / number(&answer, "/step/time_s") - 1.0).abs() < 1e-9);
    for stage in answer["memory"]["stages"].as_array().unwrap() {
        let parts = ["weights", "gradients", "optimizer", "activations", "logits", "buffers", "transient"];
        let sum: f64 = parts.iter().map(|part| number(stage, &format!("/{part}_bytes"))).sum();
        assert!((sum - number(stage, "/peak_bytes")).abs() < 1.0, "{stage}");
    }
    for meters in [["allocated", "reserved"], ["reserved", "device"]] {
        let read = |meter: &str| number(&answer, &format!("/memory/{meter}_bytes"));
        assert!(read(meters[0]) <= read(meters[1]));
    }
}

#[test]
fn conventions_differ_as_their_definitions_do() {
    let arguments = ["train", "llama-3.1-8b", "--on", "8xh100", "--sequence", "8192", "--recompute", "full"];
    let (_, answer) = document(&arguments);
    let by = |name: &str| {
        let all = answer["mfu_by_convention"].as_array().unwrap();
        let one = all.iter().find(|one| one["convention"] == name).unwrap();
        one["flops_per_s_per_accelerator"].as_f64().unwrap()
    };
    // Llama-3-8B at 8,192 tokens: the whole square adds an eighth to the causal count.
    assert!((by("full") / by("causal") - 1.125).abs() < 0.003, "{}", by("full") / by("causal"));
    assert!((by("hardware") / by("full") - 4.0 / 3.0).abs() < 1e-9);
}

/// Peak memory that PyTorch measured on B200 (SimuMax's published runs of Megatron-Core 0.14): dense rows within half a
/// percent on average and 1.5 % each, experts with latent attention within 3 %.
#[test]
fn memory_equals_what_megatron_was_measured_to_allocate() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../measured/training.csv");
    let (_, result) = document(&["validate", "--data", table]);
    let rows = result["rows"].as_array().unwrap();
    let errors = |experts: bool| -> Vec<f64> {
        let own = rows.iter().filter(|row| row["id"].as_str().unwrap().starts_with("simx"));
        own.filter(|row| is_moe(row) == experts)
            .map(|row| {
                (number(row, "/peak_memory_bytes") / number(row, "/measured/peak_memory_bytes") - 1.0).abs()
            })
            .collect()
    };
    let (dense, experts) = (errors(false), errors(true));
    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    assert_eq!((dense.len(), experts.len()), (11, 6));
    assert!(mean(&dense) < 0.005 && dense.iter().all(|error| *error < 0.015), "{dense:?}");
    assert!(mean(&experts) < 0.03, "{experts:?}");
}

/// SimuMax's six DeepSeek-V3 rows are numbered 007, 008, 015, 016, 023 and 024.
fn is_moe(row: &Value) -> bool {
    ["007", "008", "015", "016", "023", "024"]
        .iter()
        .any(|end| row["id"].as_str().is_some_and(|id| id.ends_with(end)))
}

#[test]
fn a_version_that_nobody_knows_has_assumed_rules() {
    let ask = |stack: &str| document(&["train", "llama-3.1-8b", "--on", "8xh100", "--stack", stack]).1;
    let known = ask("torchtitan@2025.6");
    assert_eq!(known["stack"]["version"], "2025.6");
    assert!(known.get("warnings").is_none(), "{known}");
    let unknown = ask("torchtitan@2019.1");
    assert_eq!(
        (&unknown["step"]["time_s"]["basis"], &unknown["stack"]["rules"]),
        (&"assumed".into(), &known["stack"]["rules"])
    );
    assert!(unknown["warnings"][0].as_str().unwrap().contains("2019.1"), "{unknown}");
}

#[test]
fn a_search_says_why_neighbours_lose() {
    let (code, answer) = document(&["train", "llama-3.1-8b", "--on", "8xh100", "--tokens", "1T", "--search"]);
    assert_eq!(code, 0, "{answer}");
    assert!(number(&answer, "/candidates") >= number(&answer, "/valid"));
    let best = answer["best"].as_array().unwrap();
    assert_eq!(best[0]["layout"], answer["layout"]);
    let times: Vec<f64> = best.iter().map(|one| number(one, "/time_s")).collect();
    assert!(times.is_sorted(), "{times:?}");
    let front = answer["front"].as_array().unwrap();
    for pair in front.windows(2) {
        assert!(number(&pair[0], "/time_s") <= number(&pair[1], "/time_s"));
        assert!(number(&pair[0], "/peak_bytes") > number(&pair[1], "/peak_bytes"));
    }
    assert!(!answer["neighbours"].as_array().unwrap().is_empty());
    assert!(number(&answer, "/minimum_accelerators") >= 1.0);
}

/// A search by time skips what a bound shows to be beaten, one by memory skips nothing.
#[test]
fn what_a_bound_skips_is_missed_nowhere() {
    let front = |objective: &str| -> Vec<(String, String)> {
        let question = ["train", "llama-3.1-70b", "--on", "64xh100", "--search", "--objective", objective];
        let (_, answer) = document(&question);
        let own = answer["front"].as_array().unwrap().iter();
        own.map(|one| (one["layout"].to_string(), one["time_s"].to_string())).collect()
    };
    let (pruned, whole) = (front("time"), front("memory"));
    assert!(whole.len() > 1);
    let missed: Vec<_> = whole.iter().filter(|one| !pruned.contains(one)).collect();
    assert!(missed.is_empty() && pruned.len() == whole.len(), "{} of {}", missed.len(), whole.len());
}

#[test]
fn what_does_not_fit_is_answered_with_no() {
    let (code, answer) = document(&["train", "llama-3.1-405b", "--on", "h100"]);
    assert_eq!((code, &answer["fits"]), (1, &Value::Bool(false)));
    let (_, text, _) = texts(&["train", "llama-3.1-405b", "--on", "h100"]);
    assert!(text.contains("does not fit"), "{text}");
}

/// Arguments after `train llama-3.1-8b --on 8xh100`, the code of the refusal, and where it points.
const BAD: &[(&str, &str, &str)] = &[
    ("--tokens -5", "number.invalid", "--tokens"),
    ("--tokens 0", "train.zero_count", "--tokens"),
    ("--tokens many", "number.invalid", "--tokens"),
    ("--sequence 0", "train.zero_count", "--sequence"),
    ("--global-batch 0", "train.zero_count", "--global-batch"),
    ("--global-batch 7 --tp 1 --pp 1 --cp 1", "train.batch", "--global-batch"),
    ("--micro-batch 3 --global-batch 8", "train.batch", "--global-batch"),
    ("--tp 3", "train.accelerators", "--on"),
    ("--tp 5 --pp 2", "train.accelerators", "--on"),
    ("--tp 16", "train.accelerators", "--on"),
    ("--tp 2 --dp 8", "train.accelerators", "--on"),
    ("--pp 0", "train.zero_count", "--pp"),
    ("--pp 8 --vpp 8", "train.layout", "--pp"),
    ("--pp 8 --vpp 2 --global-batch 9 --micro-batch 1", "train.layout", "--vpp"),
    ("--cp 8 --sequence 1000", "train.layout", "--cp"),
    ("--ep 2", "train.layout", "--ep"),
    ("--zero 4", "train.zero", "--zero"),
    ("--zero 1 --fsdp", "train.sharding", "--zero"),
    ("--zero 3 --pp 2", "train.sharding", "--zero"),
    ("--optimizer adam", "train.optimizer", "--optimizer"),
    ("--precision fp9", "train.precision", "--precision"),
    ("--recompute some", "train.recompute", "--recompute"),
    ("--recompute block:x", "train.recompute", "--recompute"),
    ("--schedule zigzag", "train.schedule", "--schedule"),
    ("--schedule interleaved --vpp 1", "train.schedule", "--vpp"),
    ("--stack megatron-cor", "train.stack", "--stack"),
    ("--stack megatron-core@main", "train.stack_version", "--stack"),
    ("--stack nobody@1.0", "train.stack", "--stack"),
    ("--utilisation 0.5", "train.utilisation", "--utilisation"),
    ("--loss none", "train.loss", "--loss"),
    // Schedules and what they take.
    ("--schedule dualpipe --pp 1", "train.schedule", "--schedule"),
    ("--schedule zb-v --pp 4 --vpp 2", "train.schedule", "--vpp"),
    ("--schedule 1f1b --pp 2 --vpp 2", "train.schedule", "--vpp"),
    ("--schedule interleaved --pp 1", "train.schedule", "--schedule"),
    ("--schedule dualpipe --pp 8 --global-batch 8 --micro-batch 1", "train.layout", "--schedule"),
    ("--schedule dualpipe --pp 4 --tp 2 --global-batch 7", "train.layout", "--schedule"),
    // What a software cannot do.
    ("--stack hf-trainer --pp 2", "train.software", "--pp"),
    ("--stack litgpt --tp 2", "train.software", "--tp"),
    ("--stack llm-foundry --cp 2", "train.software", "--cp"),
    ("--stack torchtune --schedule 1f1b --pp 4", "train.software", "--pp"),
    ("--stack axolotl --schedule zb-h1", "train.software", "--schedule"),
    ("--stack torchtitan --zero 1", "train.sharding", "--zero"),
    ("--stack megatron-lm --fsdp", "train.sharding", "--fsdp"),
    ("--stack deepspeed --zero 2 --pp 2", "train.sharding", "--zero"),
    ("--stack megatron-core --hsdp 4 --pp 2", "train.sharding", "--hsdp"),
    ("--zero 3 --schedule zb-h1", "train.sharding", "--zero"),
    // Groups that share states.
    ("--hsdp 3 --tp 1 --pp 1 --cp 1", "train.layout", "--hsdp"),
    ("--hsdp 16 --tp 1 --pp 1 --cp 1", "train.layout", "--hsdp"),
    // What the model or another setting leaves without a meaning.
    ("--imbalance 2", "train.imbalance", "--imbalance"),
    ("--recompute mla-up", "train.recompute", "--recompute"),
    ("--recompute experts", "train.recompute", "--recompute"),
    ("--recompute block:0", "train.recompute", "--recompute"),
    ("--recompute block:33", "train.recompute", "--recompute"),
    ("--offload activations --recompute none", "train.offload", "--offload"),
    ("--gradients bf16 --stack torchtitan", "train.gradients", "--gradients"),
    ("--gradients fp8", "train.gradients", "--gradients"),
    ("--precision nvfp4", "train.no_arithmetic", "--precision"),
    // What cannot be counted.
    ("--sequence 2T", "train.too_long", "--sequence"),
    ("--sequence 1M --micro-batch 1M", "train.too_long", "--micro-batch"),
    ("--between-failures 60s", "train.failures", "--between-failures"),
    ("--restart 50000000h", "train.failures", "--between-failures"),
    ("--pue nan", "train.pue", "--pue"),
    ("--co2-per-kwh inf", "train.co2", "--co2-per-kwh"),
    ("--attention fast", "train.attention", "--attention"),
    ("--sequence -1", "number.invalid", "--sequence"),
    ("--global-batch 1.5", "number.invalid", "--global-batch"),
    ("--offload everything", "train.offload", "--offload"),
    ("--flops half", "train.flops", "--flops"),
    ("--objective luck", "train.objective", "--objective"),
    ("--imbalance 0.5", "train.imbalance", "--imbalance"),
    ("--pue 0.5", "train.pue", "--pue"),
    ("--co2-per-kwh -1", "train.co2", "--co2-per-kwh"),
    ("--between-failures 0s", "train.between_failures", "--between-failures"),
    ("--master fp12", "train.master", "--master"),
];

#[test]
fn layouts_that_cannot_be_are_refused_with_their_place() {
    let mut wrong = Vec::new();
    for (arguments, code, at) in BAD {
        let words: Vec<&str> = ["train", "llama-3.1-8b", "--on", "8xh100"]
            .into_iter()
            .chain(arguments.split_whitespace())
            .collect();
        let (exit, refusal) = document(&words);
        let text = |key: &str| refusal["error"][key].as_str().unwrap_or_default().to_owned();
        if exit != 2 || text("code") != *code || text("at") != *at || text("help").is_empty() {
            wrong.push(format!("{arguments}: {exit} {refusal}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What lies in the host's memory comes over its link, 64 GB/s each way: of an 8B in 16 bits gradients go and weights come
/// back for a step, the host's processors update 3.89e9 parameters a second, and weights that lie there come twice a
/// micro-batch, which much computation hides.
#[test]
fn what_is_offloaded_takes_the_time_of_its_link() {
    let part = |sequence: &str, offload: &str, part: &str| {
        let question = ["train", "llama-3.1-8b", "--on", "h100", "--stack", "deepspeed", "--zero", "3"];
        let batch =
            ["--sequence", sequence, "--micro-batch", "1", "--global-batch", "1", "--recompute", "full"];
        number(&document(&[&question[..], &batch, &["--offload", offload]].concat()).1, part)
    };
    let (weights, update) = (2.0 * 8.03e9 / 64e9, 8.03e9 / 3.89e9);
    let optimizer = part("512", "optimizer", "/step/optimizer_s");
    assert!((optimizer / (2.0 * weights + update) - 1.0).abs() < 0.01, "{optimizer}");
    let gradients = part("512", "optimizer,weights", "/step/optimizer_s");
    assert!((gradients / (weights + update) - 1.0).abs() < 0.01, "{gradients}");
    let waits = |sequence: &str| {
        part(sequence, "optimizer,weights", "/step/host_s") - part(sequence, "optimizer", "/step/host_s")
    };
    let short = waits("512");
    assert!(short > weights && short < 2.0 * weights, "{short}");
    assert!(waits("65536").abs() < 1e-9);
}
