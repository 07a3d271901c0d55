//! Bad input, case by case: what is refused, by which code, at which place. Nothing here may crash or be guessed at.

use std::fs;

use crate::run::{directory, document, example, refused};

/// Arguments that follow a sound model, the code of the refusal, and where it points.
const REQUESTS: &[(&str, &str, &str)] = &[
    // Hardware.
    ("memory --on h10O", "gpu.unknown", "--on"),
    ("memory --on a100", "gpu.ambiguous", "--on"),
    ("memory --on=", "gpu.empty", "--on"),
    ("memory --on h100:0", "gpu.count", "--on"),
    ("memory --on h100:-3", "gpu.count", "--on"),
    ("memory --on h100:many", "gpu.count", "--on"),
    ("memory --on 9xh100", "gpu.count", "--on"),
    ("memory --on 9999999999xh100", "gpu.count", "--on"),
    ("memory --on nowhere.toml", "file.not_found", "--on"),
    ("memory", "usage.missing_argument", "--on <HARDWARE>"),
    // Plans.
    ("plan --rate 5/s --concurrency 5", "plan.conflict", "--concurrency"),
    ("plan --pools maybe", "plan.pools", "--pools"),
    ("plan --rate 5/s --on h100 --engines transformers --pools on", "plan.no_pools", "--pools"),
    ("plan --rate 0/s", "plan.conflict", "--rate"),
    ("plan --rate 5", "unit.missing", "--rate"),
    ("plan --concurrency 0", "plan.conflict", "--concurrency"),
    ("plan --planned 0.5", "plan.conflict", "--planned"),
    ("plan --rate 5/s --planned 2", "number.invalid", "--planned"),
    ("plan --trace nowhere.csv", "file.not_found", "--trace"),
    ("plan --ttft 0s", "plan.target", "--ttft"),
    ("plan --concurrency 5 --ttft p95:1s", "plan.percentile", "--ttft"),
    ("plan --tpot p99:40ms", "plan.percentile", "--tpot"),
    ("plan --rate 5/s --e2e p90:9s --pools auto", "plan.percentile", "--e2e"),
    ("plan --rate 5/s --ttft p100:1s", "number.invalid", "--ttft"),
    ("plan --rate 5/s --ttft p10:1s", "number.invalid", "--ttft"),
    ("plan --rate 5/s --ttft median:1s", "number.invalid", "--ttft"),
    ("plan --rate 5/s --ttft p95:1", "unit.missing", "--ttft"),
    ("plan --tpot 0s", "plan.target", "--tpot"),
    ("plan --e2e 0s", "plan.target", "--e2e"),
    ("plan --tpot 5", "unit.missing", "--tpot"),
    ("plan --confidence 0.7", "plan.confidence", "--confidence"),
    ("plan --confidence 2", "number.invalid", "--confidence"),
    ("plan --objective speed", "objective.unknown", "--objective"),
    ("plan --objective usd-per-hour", "plan.no_load", "--objective"),
    ("plan --objective accelerators", "plan.no_load", "--objective"),
    ("plan --on h10O", "gpu.unknown", "--on"),
    ("plan --on a100", "gpu.ambiguous", "--on"),
    ("plan --exclude h10O", "gpu.unknown", "--exclude"),
    ("plan --on h100 --exclude h100", "plan.no_hardware", "--exclude"),
    ("plan --max-gpus 0", "plan.max_gpus", "--max-gpus"),
    ("plan --spare 100000", "plan.spare", "--spare"),
    ("plan --cloud nowhere", "cloud.unknown", "--cloud"),
    ("plan --term 2y", "term.unknown", "--term"),
    ("plan --budget 50", "number.invalid", "--budget"),
    ("plan --on h100 --engines vlm", "engine.unknown", "--engines"),
    ("plan --on h100 --quant fp9", "quant.unknown", "--quant"),
    ("plan --on h100 --kv-dtype fp9", "kv_dtype.unknown", "--kv-dtype"),
    ("plan --input 0 --rate 5/s", "workload.invalid", "--input"),
    ("plan --input 1M --rate 5/s", "context.beyond_model", "--input"),
    ("plan --users 5", "plan.conflict", "--users"),
    ("plan --every 1min", "plan.conflict", "--every"),
    ("plan --users 5 --every 0s", "plan.conflict", "--every"),
    ("plan --users 0 --every 1min", "plan.conflict", "--users"),
    ("plan --users 5 --every 1min --rate 5/s", "plan.conflict", "--users"),
    ("plan --users 5 --every 5", "unit.missing", "--every"),
    ("plan --requests 10k", "plan.conflict", "--requests"),
    ("plan --within 4h", "plan.conflict", "--within"),
    ("plan --requests 0 --within 4h", "plan.conflict", "--requests"),
    ("plan --requests 10k --within 0s", "plan.conflict", "--within"),
    ("plan --requests 10k --within 4h --concurrency 5", "plan.conflict", "--requests"),
    ("plan --requests 10k --within 4h --planned 0.5", "plan.conflict", "--planned"),
    ("plan --max-watts 0", "plan.max_watts", "--max-watts"),
    ("plan --max-watts -5", "number.invalid", "--max-watts"),
    ("plan --use-case chatbots", "use_case.unknown", "--use-case"),
    ("plan --cloud aws,nowhere", "cloud.unknown", "--cloud"),
    ("plan --term on-demand,2y", "term.unknown", "--term"),
    ("plan --region nowhere", "region.unknown", "--region"),
    ("plan --on h100 --speculative lookahead=3", "speculative.invalid", "--speculative"),
    ("plan --on h100 --speculative mtp=1", "speculative.no_layers", "--speculative"),
    ("plan --on h100 --acceptance 2", "usage.invalid_value", "--acceptance"),
    ("plan --on h100 --max-sequences 0", "count.zero", "--max-sequences"),
    ("plan --prefix-hit 2", "number.invalid", "--prefix-hit"),
    ("plan --on h100 --shared-prefix 5k --input 1k", "workload.invalid", "--shared-prefix"),
    ("estimate --on h100 --use-case chat", "use_case.unknown", "--use-case"),
    // One's own against hosted prices.
    ("breakeven --on h100 --api-price 0.6", "number.invalid", "--api-price"),
    ("breakeven --on h100 --api-price 0.6/1.8/2/3", "number.invalid", "--api-price"),
    ("breakeven --on h100 --api-price 0.6/0.7/1.8", "number.invalid", "--api-price"),
    ("breakeven --on h100 --api-price 0/2", "number.invalid", "--api-price"),
    ("breakeven --on h100 --api-price NaN/2", "number.invalid", "--api-price"),
    ("breakeven --on h100 --api-price 1e9/2", "number.invalid", "--api-price"),
    ("breakeven --on h100", "breakeven.no_price", "MODEL"),
    ("breakeven --on h100 --provider nobody", "provider.unknown", "--provider"),
    ("breakeven --api-price 1/2 --on h100 --rate 0/s", "breakeven.rate", "--rate"),
    ("breakeven --api-price 1/2 --on h100 --rate 5", "unit.missing", "--rate"),
    (
        "breakeven --api-price 1/2 --on h100 --rate 5/s --utilisation 0.5",
        "breakeven.conflict",
        "--utilisation",
    ),
    ("breakeven --api-price 1/2 --on h100 --planned 0.5", "breakeven.conflict", "--planned"),
    ("breakeven --api-price 1/2 --on h100 --restart 5min", "breakeven.conflict", "--restart"),
    (
        "breakeven --api-price 1/2 --on h100 --interruptions 5/h --restart 1h",
        "breakeven.interruptions",
        "--interruptions",
    ),
    ("breakeven --api-price 1/2 --on h100 --min-replicas 0", "breakeven.replicas", "--min-replicas"),
    ("breakeven --api-price 1/2 --on h100 --beside $3000", "number.invalid", "--beside"),
    ("breakeven --api-price 1/2 --on h100 --tpot 1us", "breakeven.too_slow", "--tpot"),
    ("breakeven --api-price 1/2 --on h100 --tpot 0s", "breakeven.target", "--tpot"),
    ("breakeven --api-price 1/2 --on h100 --ttft 0s", "breakeven.target", "--ttft"),
    ("breakeven --api-price 1/2 --on m3-ultra:256GB", "breakeven.no_offer", "--on"),
    ("breakeven --api-price 1/2 --on h100 --utilisation 0", "utilisation.range", "--utilisation"),
    ("breakeven --api-price 1/2 --on h100 --prefix-hit 2", "number.invalid", "--prefix-hit"),
    ("breakeven --api-price 1/2 --on h100 --profile nights", "profile.unknown", "--profile"),
    ("breakeven --api-price 1/2 --on h100 --profile no-such.csv", "file.not_found", "--profile"),
    (
        "breakeven --api-price 1/2 --on h100 --profile business-hours --utilisation 0.5",
        "breakeven.conflict",
        "--utilisation",
    ),
    (
        "breakeven --api-price 1/2 --on h100 --profile business-hours --follow",
        "breakeven.conflict",
        "--follow",
    ),
    ("breakeven --api-price 1/2 --on h100 --rate 5/s --follow", "breakeven.conflict", "--follow"),
    ("breakeven --api-price 1/2 --on h100 --rate 5/s --start 5min", "breakeven.conflict", "--start"),
    ("breakeven --api-price 1/2 --on h100 --commit 2y", "term.unknown", "--commit"),
    ("breakeven --api-price 1/2 --on h100 --commit spot", "term.unknown", "--commit"),
    ("breakeven --api-price 1/2 --on h100 --commit 1y --price $2/h", "breakeven.conflict", "--commit"),
    (
        "breakeven --api-price 1/2 --on h100 --commit 1y --committed-price $2/h",
        "breakeven.conflict",
        "--commit",
    ),
    ("breakeven --api-price 1/2 --on h100 --committed-price 2", "number.invalid", "--committed-price"),
    ("breakeven --api-price 1/2 --on h100 --use-case chatbots", "use_case.unknown", "--use-case"),
    // Layout.
    ("memory --on h100:3 --tp 3", "plan.tp", "--tp"),
    ("memory --on h100 --tp 2", "plan.accelerators", "--on"),
    ("memory --on h100 --tp 0", "plan.zero", "--tp"),
    ("memory --on h100 --tp -1", "number.invalid", "--tp"),
    ("memory --on h100 --tp 1.5", "number.invalid", "--tp"),
    ("memory --on 4xh100 --pp 3", "plan.accelerators", "--on"),
    ("memory --on 8xh100 --pp 99", "plan.accelerators", "--on"),
    ("memory --on 8xh100 --ep 8", "plan.ep", "--ep"),
    // Load.
    ("memory --on h100 --context 0", "context.range", "--context"),
    ("memory --on h100 --context -5", "number.invalid", "--context"),
    ("memory --on h100 --context 1e30", "number.invalid", "--context"),
    ("memory --on h100 --context 10GB", "unit.unknown", "--context"),
    ("memory --on h100 --context NaN", "number.invalid", "--context"),
    ("memory --on h100 --context 1.5", "number.invalid", "--context"),
    ("memory --on h100 --concurrency 0", "workload.invalid", "--concurrency"),
    ("memory --on h100 --concurrency 99999999999", "workload.invalid", "--concurrency"),
    ("estimate --on h100 --input 0", "workload.invalid", "--input"),
    ("estimate --on h100 --input x", "number.invalid", "--input"),
    ("estimate --on h100 --output -1", "number.invalid", "--output"),
    ("estimate --on h100 --input 200k --output 1k", "context.beyond_model", "--input"),
    // Engine and formats.
    ("memory --on h100 --engine vlm", "engine.unknown", "--engine"),
    ("memory --on h100 --engine vllm@", "engine.version", "--engine"),
    ("memory --on h100 --quant fp9", "quant.unknown", "--quant"),
    ("memory --on h100 --kv-dtype fp9", "kv_dtype.unknown", "--kv-dtype"),
    ("memory --on h100 --memory-fraction 1.5", "memory_fraction.range", "--memory-fraction"),
    ("memory --on h100 --memory-fraction NaN", "memory_fraction.range", "--memory-fraction"),
    ("memory --on h100 --max-sequences 0", "count.zero", "--max-sequences"),
    ("memory --on h100 --block-size 0", "count.zero", "--block-size"),
    // A setting that the engine does not read.
    ("estimate --on h100 --slots 4", "engine.unread", "--slots"),
    ("memory --on h100 --engine sglang --micro-batch 512", "engine.unread", "--micro-batch"),
    ("memory --on h100 --whole-window-cache", "engine.unread", "--whole-window-cache"),
    ("memory --on h100 --image-encoder false", "engine.unread", "--image-encoder"),
    ("memory --on rtx-4090 --engine llama.cpp --memory-fraction 0.9", "engine.unread", "--memory-fraction"),
    (
        "memory --on rtx-4090 --engine llama.cpp --max-batched-tokens 99",
        "engine.unread",
        "--max-batched-tokens",
    ),
    ("memory --on rtx-4090 --engine transformers --cache-memory 4GiB", "engine.unread", "--cache-memory"),
    ("memory --on epyc-9654 --engine vllm --memory-fraction 0.9", "engine.unread", "--memory-fraction"),
    ("memory --on rtx-4090 --engine llama.cpp --slots 300", "engine.sequences", "--slots"),
    ("memory --on rtx-4090 --engine llama.cpp --max-sequences 257", "engine.sequences", "--max-sequences"),
    // Drafts.
    ("estimate --on h100 --speculative mtp=1", "speculative.no_layers", "--speculative"),
    ("memory --on h100 --speculative mtp", "speculative.no_layers", "--speculative"),
    ("estimate --on h100 --speculative=", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative lookahead=3", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative ngram=many", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative ngram=-1", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative ngram=1.5", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative ngram:llama-3.1-8b=4", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative mtp:llama-3.1-8b", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative draft=4", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative draft:=4", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative eagle3", "speculative.invalid", "--speculative"),
    ("estimate --on h100 --speculative ngram=65", "speculative.tokens", "--speculative"),
    ("estimate --on h100 --speculative draft:nonesuch=4", "model.not_found", "--speculative"),
    ("estimate --on h100 --speculative draft:qwen3-8b=4", "speculative.vocabulary", "--speculative"),
    ("estimate --on h100 --speculative eagle3:qwen3-8b=3", "speculative.head", "--speculative"),
    ("estimate --on h100 --speculative dflash:qwen3-8b", "speculative.head", "--speculative"),
    (
        "estimate --on h100 --engine vllm@0.11 --speculative draft:qwen3-8b",
        "speculative.engine",
        "--speculative",
    ),
    (
        "estimate --on h100 --engine llama.cpp@b3000 --speculative ngram=4",
        "speculative.engine",
        "--speculative",
    ),
    ("estimate --on h100 --engine transformers --speculative mtp=1", "speculative.engine", "--speculative"),
    ("estimate --on h100 --speculative ngram=4 --draft-tokens 2", "speculative.conflict", "--draft-tokens"),
    ("estimate --on h100 --acceptance 0.8", "acceptance.alone", "--acceptance"),
    ("estimate --on h100 --speculative none --acceptance 0.8", "acceptance.alone", "--acceptance"),
    ("estimate --on h100 --speculative ngram=4 --acceptance 1.1", "usage.invalid_value", "--acceptance"),
    ("estimate --on h100 --speculative ngram=4 --acceptance NaN", "usage.invalid_value", "--acceptance"),
    ("estimate --on h100 --speculative ngram=4 --acceptance 0.9,0.8", "acceptance.places", "--acceptance"),
    // Prompts in a cache, and prompts that are not divided.
    ("estimate --on h100 --prefix-hit 1", "workload.invalid", "--prefix-hit"),
    ("estimate --on h100 --prefix-hit 1.2", "number.invalid", "--prefix-hit"),
    ("estimate --on h100 --prefix-hit=-1", "number.invalid", "--prefix-hit"),
    ("estimate --on h100 --input 1k --shared-prefix 2k", "workload.invalid", "--shared-prefix"),
    ("estimate --on h100 --shared-prefix some", "number.invalid", "--shared-prefix"),
    ("estimate --on h100 --prefix-hit 0.4 --shared-prefix 512", "workload.invalid", "--prefix-hit"),
    ("estimate --on h100 --prefix-hit 0.4 --prefix-caching off", "engine.no_prefix_cache", "--prefix-hit"),
    (
        "estimate --on rtx-4090 --engine transformers --shared-prefix 512",
        "engine.no_prefix_cache",
        "--shared-prefix",
    ),
    ("estimate --on h100 --chunked-prefill perhaps", "usage.invalid_value", "--chunked-prefill"),
    ("estimate --on h100 --max-num-batched-tokens 0", "count.zero", "--max-batched-tokens"),
    (
        "estimate --on rtx-4090 --engine llama.cpp --chunked-prefill off",
        "engine.always_chunked",
        "--chunked-prefill",
    ),
    // Money.
    ("estimate --on h100 --price 2.5", "number.invalid", "--price"),
    ("estimate --on h100 --price -2.5", "number.invalid", "--price"),
    ("estimate --on h100 --price €2/h", "number.invalid", "--price"),
    ("estimate --on h100 --cloud nowhere", "cloud.unknown", "--cloud"),
    ("estimate --on h100 --region mars", "region.unknown", "--region"),
    ("estimate --on h100 --term weekly", "term.unknown", "--term"),
    ("estimate --on h100 --price $2/h --cloud aws", "price.conflict", "--cloud"),
    ("estimate --on h100 --price $2/h --term 1y", "price.conflict", "--term"),
    ("estimate --on h100 --utilisation 0", "utilisation.range", "--utilisation"),
    ("estimate --on h100 --utilisation NaN", "utilisation.range", "--utilisation"),
    ("estimate --on h100 --utilisation much", "usage.invalid_value", "--utilisation"),
    // Surroundings.
    ("model --catalog /nowhere", "catalog.no_directory", "--catalog"),
    ("model --width 3", "usage.invalid_value", "--width"),
    ("model --color blue", "usage.invalid_value", "--color <WHEN>"),
];

/// Configurations that are none, and the code of each refusal.
const CONFIGURATIONS: &[(&str, &str)] = &[
    ("", "model.syntax"),
    ("null", "model.not_object"),
    ("{}", "model.missing_key"),
    ("{\"model_type\": 7}", "model.missing_key"),
    ("{\"model_type\": \"nonesuch\"}", "model.unknown_type"),
    ("{\"model_type\": \"llama\", \"hidden_size\": 4096.5}", "model.invalid_key"),
    ("{\"model_type\": \"llama\", \"hidden_size\": 1e300}", "model.invalid_key"),
    ("{\"model_type\": \"llama\", \"hidden_size\": \"wide\"}", "model.invalid_key"),
    ("{\"model_type\": \"llama\", \"hidden_size\": []}", "model.invalid_key"),
    ("{\"model_type\": \"llama\", \"hidden_size\": 0}", "model.invalid_key"),
];

/// What replaces a key of the sound example, and the code of the refusal.
const CHANGES: &[(&str, &str, &str)] = &[
    ("num_key_value_heads", "7", "model.contradiction"),
    ("num_key_value_heads", "0", "model.invalid_key"),
    ("num_attention_heads", "33", "model.contradiction"),
    ("num_hidden_layers", "1000000", "model.invalid_key"),
    ("vocab_size", "-1", "model.invalid_key"),
    ("torch_dtype", "\"float7\"", "model.invalid_key"),
    ("tie_word_embeddings", "\"yes\"", "model.invalid_key"),
];

fn check(arguments: &[&str], code: &str, at: Option<&str>) {
    let refusal = refused(arguments, code);
    if let Some(at) = at {
        let error = &refusal["error"];
        assert_eq!(error["at"].as_str(), Some(at), "{arguments:?}: {refusal}");
    }
}

#[test]
fn every_wrong_request_is_refused_at_its_flag() {
    let model = example();
    for (arguments, code, at) in REQUESTS {
        let mut arguments: Vec<&str> = arguments.split(' ').collect();
        arguments.insert(1, &model);
        check(&arguments, code, Some(at));
    }
}

#[test]
fn every_wrong_configuration_is_refused() {
    let path = directory("wrong").join("config.json");
    let shown = path.display().to_string();
    for (text, code) in CONFIGURATIONS {
        fs::write(&path, text).expect("the directory is there");
        check(&["model", &shown], code, None);
    }
    let sound = fs::read_to_string(example()).expect("the example is there");
    for (key, value, code) in CHANGES {
        let mut config: serde_json::Value = serde_json::from_str(&sound).expect("the example is JSON");
        config[key] = serde_json::from_str(value).expect("the table holds JSON");
        fs::write(&path, config.to_string()).expect("the directory is there");
        check(&["model", &shown], code, None);
    }
}

#[test]
fn garbage_of_any_size_is_refused() {
    let path = directory("garbage").join("config.json");
    let shown = path.display().to_string();
    // A linear congruential generator is noise enough, and the same each time.
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let megabytes: Vec<u8> = (0..10 << 20).map(|_| noise()).collect();
    fs::write(&path, &megabytes).expect("the directory is there");
    check(&["model", &shown], "model.syntax", None);
    fs::write(&path, "[".repeat(1 << 20)).expect("the directory is there");
    check(&["model", &shown], "model.syntax", None);
    for ending in ["gguf", "safetensors"] {
        let path = path.with_extension(ending);
        fs::write(&path, &megabytes[..1 << 16]).expect("the directory is there");
        let (exit, refusal) = document(&["model", &path.display().to_string()]);
        assert_eq!((exit, refusal["error"]["code"].as_str()), (2, Some("source.damaged")), "{refusal}");
    }
}
