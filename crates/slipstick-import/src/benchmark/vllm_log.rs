//! The start log of vLLM: what weights, the pool and captured graphs take of each device.

use super::{
    Kind, Measurements, Run,
    log::{after, number, setting, size},
};

/// Lines that vLLM prints when it starts, of any version since 0.6.
const MARKS: [&str; 6] = [
    "Model loading took",
    "Available KV cache memory:",
    "GPU KV cache size:",
    "model weights take",
    "Loading model weights took",
    "reserved for KV Cache is",
];

/// What a line says of a size: before the figure, and the term's name.
const SIZES: [(&str, &str); 11] = [
    ("Model loading took", "weights"),
    ("Loading model weights took", "weights"),
    ("model weights take", "weights"),
    ("Available KV cache memory:", "kv_cache_budget"),
    ("reserved for KV Cache is", "kv_cache_budget"),
    ("PyTorch activation peak memory takes", "activation_peak"),
    ("torch peak memory increase:", "activation_peak"),
    ("non_torch_memory takes", "non_torch"),
    ("non-torch forward increase memory:", "non_torch"),
    ("Graph capturing finished in", "cudagraph"),
    ("total_gpu_memory (", "visible"),
];

/// Whether a text is such a log.
pub(super) fn knows(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

/// Reads a log. Ranks print the same lines: the first of each counts.
pub(super) fn read(text: &str) -> Measurements {
    let common = common(text);
    let mut found = Measurements::of("vllm start log", Kind::Memory);
    let mut add = |term: &'static str, value: f64, unit: String, scope: &'static str| {
        if found.runs.iter().all(|run| run.get("measured_what") != Some(term)) {
            let run = common.clone().with("measured_what", Some(term)).with("value", Some(value));
            found.runs.push(run.with("unit", Some(unit)).with("term_scope", Some(scope)));
        }
    };
    for line in text.lines() {
        for (mark, term) in SIZES.iter().filter(|(_, term)| *term != "visible") {
            let rest = if *term == "cudagraph" { after(line, mark).map(|_| "took") } else { Some(*mark) };
            if let Some((value, unit)) = rest.and_then(|mark| size(line, mark)) {
                add(term, value, unit.to_owned(), "per device");
            }
        }
        if let Some((tokens, _)) = after(line, "GPU KV cache size:").and_then(number) {
            add("kv_tokens", tokens, "tokens".to_owned(), "per replica");
        }
        let most = after(line, "Maximum concurrency for").and_then(number);
        if let Some((context, rest)) = most
            && let Some((times, _)) = after(rest, "per request:").and_then(number)
        {
            add("max_concurrency", times, format!("x @{context}"), "per replica");
        }
    }
    found
}

/// What holds for every line.
fn common(text: &str) -> Run {
    let config = text.lines().find(|line| line.contains("config: model=")).unwrap_or_default();
    let args = text.lines().find(|line| line.contains("non-default args")).unwrap_or_default();
    let either = |key: &str| setting(config, key).or_else(|| setting(args, key));
    let version = after(config, "LLM engine (v").and_then(|rest| rest.split(')').next());
    let version = version.map(|version| version.split(['+', '.']).take(3).collect::<Vec<_>>().join("."));
    let dtype = setting(config, "dtype").and_then(dtype);
    let weights = setting(config, "quantization").or(dtype);
    let cache = setting(config, "kv_cache_dtype");
    let cache = if cache == Some("auto") { dtype } else { cache };
    let count = |key| either(key).filter(|text| text.parse::<u64>().is_ok());
    let visible = text.lines().find_map(|line| size(line, "total_gpu_memory ("));
    let ranks = |key| setting(config, key).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    let gpus = ["tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size"].map(ranks);
    let all = gpus.iter().fold(1_u64, |all, one| all.saturating_mul(*one));
    Run::default()
        .with("engine", Some("vllm"))
        .with("mode", Some("inference"))
        .with("engine_version", version)
        .with("model_id", either("model"))
        .with("precision", weights)
        .with("kv_dtype", cache)
        .with("context_tokens", count("max_seq_len").or_else(|| count("max_model_len")))
        .with("max_sequences", count("max_num_seqs"))
        .with("max_batched_tokens", count("max_num_batched_tokens"))
        .with("memory_fraction", either("gpu_memory_utilization"))
        .with("visible_gib", visible.map(|(gib, _)| gib))
        .with(
            "enforce_eager",
            setting(config, "enforce_eager").map(|on| if on == "True" { "yes" } else { "no" }),
        )
        .with("tp_ranks", Some(gpus[0]))
        .with("pp_ranks", Some(gpus[1]))
        .with("dp", Some(gpus[2]))
        .with("gpus", Some(all))
        .with("n_gpus", Some(all))
}

fn dtype(name: &str) -> Option<&'static str> {
    match name.trim_start_matches("torch.") {
        "bfloat16" => Some("bf16"),
        "float16" => Some("fp16"),
        "float32" => Some("fp32"),
        _ => None,
    }
}
