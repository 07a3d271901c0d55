//! The start log of vLLM: what weights, the pool and captured graphs take of each device.

use super::{
    Kind, Measurements, Run,
    log::{after, number, setting, size, size_before},
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

/// What a line says of a size: before the figure, and the term's name. Those of 0.6.5 stand in lines of their own, those
/// of 0.7 to 0.9 in a sentence, those of V1 where it logs for debugging.
const SIZES: [(&str, &str); 14] = [
    ("Model loading took", "weights"),
    ("Loading model weights took", "weights"),
    ("model weights take", "weights"),
    ("Available KV cache memory:", "kv_cache_budget"),
    ("available_kv_cache_memory", "kv_cache_budget"),
    ("reserved for KV Cache is", "kv_cache_budget"),
    ("PyTorch activation peak memory takes", "activation_peak"),
    ("PyTorch activation peak memory", "activation_peak"),
    ("torch peak memory increase:", "activation_peak"),
    ("non_torch_memory takes", "non_torch"),
    ("non_torch_memory", "non_torch"),
    ("non-torch forward increase memory:", "non_torch"),
    ("Graph capturing finished in", "cudagraph"),
    ("Estimated CUDA graph memory:", "cudagraph_est"),
];

/// What V1 says since 0.11 once it is up: behind the figure, and the term's name.
const USAGE: [(&str, &str); 4] = [
    ("GiB for weight,", "weights"),
    ("GiB for peak activation", "activation_peak"),
    ("GiB for non-torch memory", "non_torch"),
    ("GiB for CUDAGraph memory", "cudagraph"),
];

/// What stands before the count of blocks.
const BLOCKS: [&str; 3] = ["# GPU blocks:", "# CUDA blocks:", "# cuda blocks:"];

/// What stands before the memory that the device shows.
const VISIBLE: [&str; 2] = ["total_gpu_memory (", "total_gpu_memory"];

/// What stands before the share of it that may be taken.
const SHARES: [&str; 3] =
    ["gpu_memory_utilization (", "gpu_memory_utilization ", "Desired GPU memory utilization is ("];

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
        for (term, value, unit) in sizes(line) {
            add(term, value, unit.to_owned(), "per device");
        }
        if let Some((blocks, _)) = BLOCKS.iter().find_map(|mark| after(line, mark).and_then(number)) {
            add("kv_blocks", blocks, "blocks".to_owned(), "per replica");
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

/// The sizes in a line. What is called GB is divided by 2^30 all the same.
fn sizes(line: &str) -> impl Iterator<Item = (&'static str, f64, &'static str)> {
    let in_front = SIZES.iter().filter_map(move |(mark, term)| {
        let rest = if *term == "cudagraph" { after(line, mark).map(|_| "took") } else { Some(*mark) };
        let (value, unit) = rest.and_then(|mark| size(line, mark))?;
        Some((*term, value, if unit == "GB" { "GiB" } else { unit }))
    });
    let behind = USAGE.iter().filter_map(move |(mark, term)| Some((*term, size_before(line, mark)?, "GiB")));
    in_front.chain(behind)
}

/// The memory that the device shows, in GiB, as exactly as the log says it.
fn visible(text: &str) -> Option<f64> {
    let on_device = |line| {
        let (_, rest) = after(line, "Free memory on device (")?.split_once('/')?;
        number(rest).map(|(gib, _)| gib)
    };
    let stated = |line| VISIBLE.iter().find_map(|mark| size(line, mark).map(|(gib, _)| gib));
    text.lines().find_map(|line| stated(line).or_else(|| on_device(line)))
}

/// The share that may be taken, where a line but the settings says it.
fn share(text: &str) -> Option<f64> {
    let stated = |line| SHARES.iter().find_map(|mark| Some(number(after(line, mark)?)?.0));
    text.lines().find_map(stated).filter(|share| (0.0..=1.0).contains(share))
}

/// What holds for every line.
fn common(text: &str) -> Run {
    let config = text.lines().find(|line| line.contains("config: model=")).unwrap_or_default();
    let args = text.lines().find(|line| line.contains("non-default args")).unwrap_or_default();
    let either = |key: &str| setting(config, key).or_else(|| setting(args, key));
    let dtype = setting(config, "dtype").and_then(dtype);
    let weights = setting(config, "quantization").or(dtype);
    let cache = setting(config, "kv_cache_dtype");
    let cache = if cache == Some("auto") { dtype } else { cache };
    let count = |key| either(key).filter(|text| text.parse::<u64>().is_ok());
    let stated_share = either("gpu_memory_utilization").and_then(|share| share.parse().ok());
    let ranks = |key| setting(config, key).and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    let gpus = ["tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size"].map(ranks);
    let all = gpus.iter().fold(1_u64, |all, one| all.saturating_mul(*one));
    Run::default()
        .with("engine", Some("vllm"))
        .with("mode", Some("inference"))
        .with("engine_version", version(text, config))
        .with("model_id", either("model"))
        .with("precision", weights)
        .with("kv_dtype", cache)
        .with("context_tokens", count("max_seq_len").or_else(|| count("max_model_len")))
        .with("max_sequences", count("max_num_seqs"))
        .with("max_batched_tokens", count("max_num_batched_tokens"))
        .with("memory_fraction", stated_share.or_else(|| share(text)))
        .with("visible_gib", visible(text))
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

/// The release, from the line of the settings or the server's first one.
fn version(text: &str, config: &str) -> Option<String> {
    let banner =
        || text.lines().find_map(|line| after(line, "API server version "))?.split_whitespace().next();
    let version = after(config, "LLM engine (v").and_then(|rest| rest.split(')').next()).or_else(banner)?;
    Some(version.split(['+', '.']).take(3).collect::<Vec<_>>().join("."))
}

fn dtype(name: &str) -> Option<&'static str> {
    match name.trim_start_matches("torch.") {
        "bfloat16" => Some("bf16"),
        "float16" => Some("fp16"),
        "float32" => Some("fp32"),
        _ => None,
    }
}
