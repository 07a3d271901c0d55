//! Every number of an answer says where it comes from, and what it says can be computed again.

use std::collections::BTreeSet;

use serde_json::Value;
use slipstick_api::{Catalog, request::Request};
use slipstick_core::{formula::Formula, formulas::ALL};

use crate::world::{Asked, NOWHERE, every_path};

const QUESTIONS: &[&str] = &[
    "llama-3.1-8b --on h100 --engine vllm --input 1024 --output 256 --concurrency 16",
    "llama-3.1-8b --on rtx-4090 --engine llama.cpp --quant q4_k_m --input 512 --output 128 --concurrency 1",
    "llama-3.1-70b --on h100:4 --engine sglang --input 4096 --output 512 --concurrency 200",
    "llama-3.1-70b --on 2x8xa100-80gb --engine vllm --tp 8 --pp 2 --input 2000 --output 100 --concurrency 64",
    "deepseek-v3 --on 8xh200 --engine vllm --ep 8 --input 2000 --output 1000 --concurrency 128",
    "qwen3-30b-a3b --on l40s:2 --engine vllm --dp 2 --quant fp8 --input 8192 --output 16 --concurrency 512",
    "gpt-oss-20b --on rtx-5090 --engine vllm --input 1024 --output 1024 --concurrency 8 --context 32768",
    "llama-3.1-8b --on h100 --engine vllm --input 1024 --output 256 --rate 12/s",
    "llama-3.1-8b --on h100 --engine tensorrt-llm --hold-steps 20 --input 1024 --output 256 --concurrency 16",
    "llama-3.1-8b --on rtx-4090 --engine vllm --arrival static --input 1024 --output 1024 --concurrency 128",
    "llama-3.1-70b --on 8xh100 --engine vllm --prefill 2xtp2 --decode 1xtp4 --input 4096 --output 512 --concurrency 64 --price $20/h",
    "deepseek-v3 --on 3x8xb200 --engine sglang --prefill 1xtep8 --decode 2xdep8 --input 8192 --output 1024 --requests-per-slot 10 --concurrency 300",
    "llama-3.1-70b --on 8xh100 --engine vllm --quant fp8 --prefill 4xtp1 --decode 1xtp4 --input 4096 --output 512 --rate 3/s",
    "deepseek-v3 --on 3x8xh200 --engine sglang --prefill 1xtep8 --decode 2xtep8 --input 4096 --output 512 --concurrency 100 --speculative mtp=2 --acceptance 0.8 --prefix-hit 0.5",
    "llama-3.1-70b --on 8xh100 --engine vllm --quant fp8 --prefill 2xtp2 --decode 1xtp4 --input 8192 --output 512 --rate 2/s --speculative draft:llama-3.1-8b=3 --shared-prefix 4096",
    "deepseek-v3 --on 8xh200 --engine sglang --prefill 1xtp8 --decode 1xdep8@b200 --input 4096 --output 512 --concurrency 64",
    "llama-3.1-8b --on mi300x --engine ideal --input 1024 --output 256 --concurrency 4 --utilisation 0.4",
    "deepseek-v3 --on 8xh200 --engine sglang --input 1024 --output 256 --concurrency 16 --speculative mtp=3 --acceptance 0.9,0.7,0.5",
    "llama-3.1-70b --on 4xh100 --engine vllm --input 4096 --output 512 --concurrency 32 --speculative draft:llama-3.1-8b=4 --shared-prefix 2000",
    "qwen3-32b --on 2xh100 --engine vllm --input 3000 --output 500 --concurrency 32 --speculative ngram=4 --prefix-hit 0.4 --chunked-prefill off",
];

/// Questions whose records are replayed too: engines, versions and architectures that the others do not meet.
const MORE: &[&str] = &[
    "llama-3.1-8b --on rtx-4090 --engine llama.cpp@b3000 --input 512 --output 128 --concurrency 2",
    "gemma-3-27b --on rtx-5090:2 --engine llama.cpp@b6500 --quant q4_k_m --kv-dtype q8_0 --input 4096 --output 128 --concurrency 4",
    "gemma-3-27b --on h100 --engine vllm@0.11 --input 4096 --output 128 --concurrency 4",
    "qwen3-next-80b --on 8xh100 --engine vllm --tp 4 --pp 2 --input 4096 --output 512 --concurrency 32",
    "qwen3-next-80b --on 8xh100 --engine sglang --input 4096 --output 512 --concurrency 32",
    "llama-4-scout --on 8xh100 --engine vllm --input 16384 --output 512 --concurrency 16",
    "deepseek-v3.2 --on 8xh200 --engine vllm --kv-dtype fp8 --dp 8 --ep 8 --tp 1 --input 4096 --output 512 --concurrency 64",
    "deepseek-v4-pro --on 8xb200 --engine vllm --kv-dtype fp8 --input 4096 --output 512 --concurrency 8",
    "deepseek-v4-pro --on 16xb200 --engine sglang --input 4096 --output 512 --concurrency 8",
    "mixtral-8x7b --on 4xh100 --engine tensorrt-llm --input 4096 --output 512 --concurrency 20 --max-sequences 8 --arrival burst",
    "llama-3.1-8b --on l40s --engine transformers --flash-attention false --input 1024 --output 128 --concurrency 4 --arrival static",
    "llama-3.1-8b --on h100 --engine vllm --input 2048 --output 256 --concurrency 64 --requests-per-slot 8",
    "llama-3.1-8b --on h100:2 --dp 2 --engine sglang --input 2048 --output 256 --rate 500/s",
    "llama-3.1-8b --on mi300x --engine sglang --input 2048 --output 256 --concurrency 4",
    "Qwen/Qwen3-VL-8B-Instruct --on h100 --engine llama.cpp --input 2048 --output 256 --concurrency 2",
];

/// Training: dense and routed, latent and grouped attention, every schedule, way to share states and kind of recomputation.
const TRAINED: &[&str] = &[
    "llama-3.1-8b --on 8xh100 --tokens 1T --sequence 8192 --recompute full",
    "llama-3.1-70b --on 8x8xh100 --tp 4 --pp 4 --recompute selective --price $160/h",
    "deepseek-v3 --on 128x8xh100 --precision fp8 --schedule dualpipe --pp 16 --ep 64",
    "qwen3-30b-a3b --on 2x8xh100 --stack torchtitan --zero 3 --pue 1.2 --co2-per-kwh 0.1",
    "llama-3.1-8b --on 8xa100-80gb --stack hf-trainer --hsdp 4 --optimizer adamw-8bit --restart 300s",
    "llama-3.1-70b --on 8x8xh100 --pp 4 --schedule v-half --loss full --master none",
    "llama-3.1-70b --on 8x8xh100 --pp 4 --schedule zb-h2 --optimizer muon --offload optimizer",
    "llama-3.1-70b --on 8x8xh100 --pp 4 --schedule dualpipev --recompute block:4 --attention unfused",
    "llama-3.1-70b --on 8x8xh100 --pp 8 --schedule zero-bubble --between-failures 40000h --cp 2",
    "llama-3.1-8b --on h200 --stack transformers --recompute none --optimizer adamw-4bit --sequence 4096",
    "llama-3.2-1b --on 2xh100 --stack transformers --master fp32 --attention unfused --optimizer galore",
    "qwen3-30b-a3b --on 8xh100 --stack hf-trainer --zero 2 --offload optimizer,weights --recompute full",
    "qwen3-next-80b --on 8x8xh100 --stack torchtitan --optimizer lion-8bit --recompute mlp",
    "deepseek-v3 --on 64x8xh100 --schedule dualpipe --pp 16 --ep 32 --recompute selective --stack megatron-core --micro-batch 1",
    "starcoder2-7b --on 8xh100 --stack deepspeed --zero 2",
    "qwen3-30b-a3b --on 8xgb200 --stack megatron-bridge --precision mxfp8 --recompute norms,activation",
];

/// Fine-tuning: all weights and beside frozen ones in every format, losses that compare and that draw samples, ranks that share,
/// other softwares, data that is padded and that is packed.
const TUNED: &[&str] = &[
    "llama-3.2-1b --on h100 --method full --examples 10k --mean-length 400",
    "llama-3.1-8b --on h100 --sequence 8192",
    "llama-3.1-8b --on rtx-4090 --method qlora --examples 50k --mean-length 600 --micro-batch 4 --price $0.5/h",
    "llama-3.1-8b --on rtx-4090 --method lora --base-format int8 --recompute none",
    "llama-3.1-8b --on h100 --method dora --rank 64 --targets q_proj,v_proj --optimizer adamw-8bit",
    "llama-3.1-8b --on h100 --method qdora --base-format nf4 --attention unfused --sequence 2048",
    "llama-3.1-8b --on h100 --base-format fp8 --stack torchtune --targets all-linear,lm_head",
    "llama-3.1-8b --on h100 --base-format gptq-int4 --loss chunked --stack hf-peft",
    "llama-3.1-70b --on 8xh100 --fsdp --rank 64 --packing true",
    "llama-3.1-8b --on 4xh100 --method full --algorithm dpo --fsdp",
    "llama-3.1-8b --on 2xh100 --algorithm grpo --sleep",
    "llama-3.1-8b --on 8xh100 --method full --algorithm ppo --fsdp --stack hf-trainer",
    "llama-3.2-1b --on 4xh100 --method full --algorithm ppo --rollout-on 2xh100 --samples 64 --mean-length 1000",
    "llama-3.1-8b --on 2xh100 --stack litgpt --fsdp --sequence 1024",
    "qwen3-30b-a3b --on 4xh100 --targets all-linear,experts --fsdp",
    "llama-3.1-8b --on h100 --method freeze --trained-layers 4",
    "llama-3.1-70b --on 8xh100 --stack megatron-bridge --tp 4 --pp 2",
    "llama-3.1-8b --on 2xh100 --method full --stack deepspeed --zero 3 --offload optimizer --algorithm grpo",
];

/// One's own against hosted prices: full load and a rate, cached input, machines that are taken away.
const AGAINST: &[&str] = &[
    "gpt-oss-120b --on 2xh100 --input 4000 --output 500 --concurrency 64",
    "llama-3.1-8b --on h100 --rate 50/s --beside $3000/month --interruptions 0.05/h --prefix-hit 0.5 --api-price 0.6/0.06/1.8",
    "llama-3.1-8b --on h100 --rate 200/s --profile business-hours --follow --committed-price $1.5/h --api-price 0.6/0.06/1.8",
];

/// Plans: a rate, requests in flight, and none.
const PLANNED: &[&str] = &[
    "llama-3.1-8b --on h100,l40s --rate 500/min --input 2000 --output 500 --tpot 40ms",
    "gpt-oss-120b --on h200 --concurrency 300 --spare 1",
    "llama-3.1-8b --on h100,l40s --rate 100/s --term spot --interruptions 0.1/h --restart 20min --lost 5min",
    "llama-3.1-8b --on h100 --rate 20/s --ttft p95:1s --tpot p99:40ms --input 2000 --output 500",
    "qwen3-30b-a3b --on h100 --objective tokens-per-accelerator --tpot 20ms --confidence 0.9",
    "llama-3.1-70b --on h100 --quant fp8 --rate 5/s --input 4096 --output 500 --ttft 2s --tpot 30ms --pools auto",
    "deepseek-v3 --on 8xh200 --engines sglang --concurrency 200 --input 4096 --output 500 --pools on --speculative mtp=1 --prefix-hit 0.4",
];

/// What was asked, how layouts count, and what stands in for what was not asked.
const ASKED: &[&str] = &[
    "/workload/",
    "/plan/",
    "/layout/",
    "/defaults/",
    "/accelerator/count",
    "/prefill/workers",
    "/prefill/accelerators",
    "/decode/workers",
    "/decode/accelerators",
    "/spare_accelerators",
];

fn is_asked(pointer: &str) -> bool {
    ASKED.iter().any(|asked| pointer.contains(asked) || pointer.ends_with(asked))
}

/// The pointers of all numbers; those of an estimate's band go by the estimate's own.
pub(crate) fn numbers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(at.to_owned()),
        Value::Object(fields) if fields.contains_key("value") && fields.contains_key("low") => {
            found.push(at.to_owned());
        }
        Value::Object(fields) => {
            for (key, inner) in fields.iter().filter(|(key, _)| *key != "provenance") {
                numbers(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                numbers(inner, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The number at a pointer, an estimate's middle.
fn number(document: &Value, pointer: &str) -> Option<f64> {
    let value = document.pointer(pointer)?;
    value.as_f64().or_else(|| value.get("value")?.as_f64())
}

fn near(x: f64, y: f64) -> bool {
    (x - y).abs() <= 1e-9 * x.abs().max(y.abs()) + 1e-12
}

fn strength(record: &Value) -> usize {
    let name = record["basis"].as_str().expect("every record has a basis");
    let order = ["exact", "specified", "measured", "fitted", "assumed"];
    order.iter().position(|known| *known == name).expect("one of five")
}

fn trained() -> impl Iterator<Item = (String, Value)> {
    TRAINED.iter().map(|text| (format!("train {text}"), Asked::new(text).train()))
}

fn tuned() -> impl Iterator<Item = (String, Value)> {
    TUNED.iter().map(|text| in_words(format!("finetune {text}")))
}

/// A question as it is typed, with its document.
fn in_words(question: String) -> (String, Value) {
    let output = Request::from_words(question.split_whitespace())
        .and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE));
    let document = output.unwrap_or_else(|error| panic!("{question}: {error}")).document(true);
    (question, document)
}

fn answers() -> impl Iterator<Item = (String, Value)> {
    QUESTIONS.iter().flat_map(|text| {
        let asked = Asked::new(text);
        let context = asked.clone().with("--context 16384");
        [
            (format!("model {text}"), asked.model()),
            (format!("memory {text}"), context.memory()),
            (format!("estimate {text}"), asked.estimate()),
        ]
    })
}

/// The mix of the example's classes.
fn fleet() -> Value {
    let world = every_path(include_str!("../../../../examples/fleet.toml").to_owned());
    let output = Request::from_words(["fleet", "fleet.toml"])
        .and_then(|request| request.answer(&Catalog::builtin(), &world));
    output.unwrap_or_else(|error| panic!("{error}")).document(true)
}

fn against() -> impl Iterator<Item = (String, Value)> {
    let against = AGAINST.iter().map(|text| in_words(format!("breakeven {text}")));
    let fleet = ("fleet".to_owned(), fleet());
    against.chain([fleet]).chain(PLANNED.iter().map(|text| (format!("plan {text}"), Asked::new(text).plan())))
}

/// An estimate says how well it is known: speed as its efficiencies are, everything else as its record says.
#[test]
fn an_estimate_is_as_sure_as_its_record() {
    let mut seen = 0;
    for (question, document) in answers() {
        let mut found = Vec::new();
        numbers(&document, "", &mut found);
        for pointer in found {
            let Some(basis) = document.pointer(&pointer).and_then(|value| value.get("basis")) else {
                continue;
            };
            // Nothing is exactly nothing, whoever says so.
            if number(&document, &pointer) == Some(0.0) {
                continue;
            }
            let is_speed = ["/latency", "/throughput", "/cost"].iter().any(|part| pointer.starts_with(part));
            let known = if is_speed { &document["calibration"] } else { &document["provenance"][&pointer] };
            assert_eq!(*basis, known["basis"], "{question}: {pointer}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_number_has_a_record_and_every_record_a_number() {
    for (question, document) in answers().chain(trained()).chain(tuned()) {
        let records = document["provenance"].as_object().expect("explained");
        let mut all = Vec::new();
        numbers(&document, "", &mut all);
        assert!(all.len() > 15, "{question}");
        let missing: Vec<&String> =
            all.iter().filter(|pointer| !is_asked(pointer) && !records.contains_key(*pointer)).collect();
        assert!(missing.is_empty(), "{question}: {missing:#?}");
        for (pointer, record) in records {
            let known = number(&document, pointer).is_some() || record["value"].is_number();
            assert!(known, "{question}: {pointer} is no number");
            if let (Some(stated), Some(shown)) = (record["value"].as_f64(), number(&document, pointer)) {
                assert!(near(stated, shown), "{question}: {pointer} is {shown}, its record says {stated}");
            }
        }
    }
}

#[test]
fn inputs_hold_what_they_point_at_and_the_weakest_decides() {
    for (question, document) in answers().chain(against()).chain(trained()).chain(tuned()) {
        let records = document["provenance"].as_object().expect("explained");
        for (pointer, record) in records {
            for (symbol, input) in record["inputs"].as_object().expect("inputs by symbol") {
                let place = format!("{question}: {symbol} of {pointer}");
                assert!(strength(input) <= strength(record), "{place} is weaker than what it makes");
                let Some(target) = input["pointer"].as_str() else {
                    assert!(input["source"].is_string(), "{place} has no source");
                    continue;
                };
                let behind = || records.get(target)?["value"].as_f64();
                let shown = number(&document, target)
                    .or_else(behind)
                    .unwrap_or_else(|| panic!("{place}: nothing at {target}"));
                let given = input["value"].as_f64().unwrap_or_else(|| panic!("{place} is no number"));
                assert!(near(shown, given), "{place}: {given}, but {shown} at {target}");
                let behind = records.get(target).unwrap_or_else(|| panic!("{place}: {target} has no record"));
                assert_eq!(input["basis"], behind["basis"], "{place}");
            }
        }
    }
}

/// The formula that a record names.
fn formula(record: &Value) -> Option<&'static Formula> {
    ALL.iter().find(|formula| formula.plain() == record["formula"].as_str()).copied()
}

/// A record's inputs in the order of its formula.
fn inputs(record: &Value, formula: &Formula, place: &str) -> Vec<f64> {
    let inputs = record["inputs"].as_object().expect("inputs by symbol");
    let value = |input: &Value| {
        input["value"].as_f64().unwrap_or_else(|| panic!("{place} has an input that is no number"))
    };
    if formula.parameters.is_empty() {
        return inputs.values().map(value).collect();
    }
    assert_eq!(inputs.len(), formula.parameters.len(), "{place}: {inputs:?}");
    let of = |symbol: &&str| value(inputs.get(*symbol).unwrap_or_else(|| panic!("{place} has no {symbol}")));
    formula.parameters.iter().map(of).collect()
}

/// Every record of every answer is stated, or its formula gives its number again; and every formula is shown by some.
#[test]
fn every_record_is_replayed_through_its_formula() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let more = MORE.iter().flat_map(|text| {
        let asked = Asked::new(text);
        [(format!("model {text}"), asked.model()), (format!("estimate {text}"), asked.estimate())]
    });
    let run = "llama-3.1-8b --on h100 --elapsed 12.5s --tokens 16384 --batch 16 --input 4096";
    let run = [(format!("summarize {run}"), Asked::new(run).summarize())];
    let size = [("recommend".to_owned(), Asked::new("- --on rtx-4090 --like qwen3 --limit 3").recommend())];
    let all = answers().chain(more).chain(run).chain(size).chain(trained()).chain(tuned()).chain(against());
    for (question, document) in all {
        for (pointer, record) in document["provenance"].as_object().expect("explained") {
            let place = format!("{question}: {pointer}");
            if record["formula"] == "stated" {
                assert!(record["source"].is_string(), "{place} is stated by nobody");
                assert!(record["inputs"].as_object().is_some_and(serde_json::Map::is_empty), "{place}");
                continue;
            }
            let formula =
                formula(record).unwrap_or_else(|| panic!("{place}: no formula says {}", record["formula"]));
            let inputs = inputs(record, formula, &place);
            let again = (formula.eval)(&inputs).unwrap_or_else(|| panic!("{place}: {inputs:?} are no terms"));
            let shown = number(&document, pointer).or_else(|| record["value"].as_f64());
            let shown = shown.unwrap_or_else(|| panic!("{place} is no number"));
            assert!(near(shown, again), "{place} is {shown}, {} gives {again} from {inputs:?}", formula.id());
            used.insert(formula.id());
        }
    }
    // Those of budgets are held to the same where `scale` is; only measured rows state the mean length of strung examples,
    // or how many requests a run had.
    let rows_alone = ["::uneven_wait", "::rate_over_run"];
    let elsewhere = |id: &String| {
        id.starts_with("formulas::training::budget") || rows_alone.iter().any(|name| id.ends_with(name))
    };
    let answered = ALL.iter().map(|formula| formula.id()).filter(|id| !elsewhere(id));
    let idle: Vec<String> = answered.filter(|id| !used.contains(id)).collect();
    assert!(idle.is_empty(), "no answer shows {idle:#?}");
}

/// Numbers of training that no formula gives: what is asked, what others measured or say, and what a search found.
const GIVEN: &[&str] = &[
    "/parameters",
    "/stack/points",
    "/memory/capacity_bytes",
    "/peak_flops_per_s",
    "/run/tokens",
    "/run/checkpoint_stall_s",
    "/trainable_parameters",
    "/rank",
    "/round/updates",
    "/samples/samples",
    "/samples/engines",
    "/samples/at_once",
    "/samples/prompt_tokens",
    "/samples/written_tokens",
    "/samples/longest_tokens",
    "/data/examples",
    "/data/epochs",
    "/stage",
    "/in_flight",
    "/step/host_s/step",
    "/models/0/bytes",
];

/// What training takes is computed, number by number; what is stated says nothing, or somebody measured it.
#[test]
fn what_training_takes_is_computed() {
    let mut stated = Vec::new();
    for (question, document) in trained().chain(tuned()) {
        for (pointer, record) in document["provenance"].as_object().expect("explained") {
            let shown = number(&document, pointer).or_else(|| record["value"].as_f64()).unwrap_or(0.0);
            let given = GIVEN.iter().any(|given| pointer.ends_with(given));
            if record["formula"] == "stated" && shown != 0.0 && !given {
                stated.push(format!("{question}: {pointer} = {shown} is stated by {}", record["source"]));
            }
        }
    }
    assert!(stated.is_empty(), "{stated:#?}");
}

fn output(question: &str) -> slipstick_api::Output {
    Request::from_words(question.split_whitespace())
        .and_then(|request| request.answer(&Catalog::builtin(), &NOWHERE))
        .unwrap_or_else(|error| panic!("{question}: {error}"))
}

/// What a sum calls its parts finds them, and an unknown name is answered with few others.
#[test]
fn a_part_is_found_by_the_name_that_its_sum_gives_it() {
    let answer = output("train llama-3.1-8b --on 8xh100");
    let provenance = answer.provenance.as_ref().expect("explained");
    assert_eq!(provenance.find("dense").ok(), Some("/step/operators/0/time_s"));
    let error = provenance.find("zzz").expect_err("no number");
    let help = error.help.as_deref().expect("a cure");
    assert!(help.contains("step.time_s") && help.contains("--list") && help.len() < 1000, "{help}");
}

/// Older transformers keep fp32 logits and a shifted copy; versions that nobody knows are told which ones are known.
#[test]
fn versions_of_a_software_have_rules_of_their_own() {
    let logits = |version: &str| {
        let question = format!(
            "train llama-3.2-1b --on h100 --stack transformers@{version} --recompute full --micro-batch 8"
        );
        let document = output(&question).document(false);
        let stages = document["memory"]["stages"].as_array().expect("stages").clone();
        let bytes = stages.iter().filter_map(|stage| stage["logits_bytes"].as_f64()).fold(0.0, f64::max);
        (bytes, document["warnings"].to_string())
    };
    let ((old, quiet), (new, _), (far, warned)) = (logits("4.44"), logits("5.17"), logits("4.60"));
    assert!(near(old / new, 14.8 / 12.0) && near(far, old), "{old} {new} {far}");
    assert!(
        !quiet.contains("4.38") && warned.contains("4.38 to 4.45, ") && warned.contains("5.17"),
        "{warned}"
    );
}
