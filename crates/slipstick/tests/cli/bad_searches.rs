//! Bad input to whatever tries many deployments: a slip of the hand is refused at its flag, never read as "nothing is found".

use std::fs;

use crate::run::{directory, refused};

/// Requests by kind, the code of the refusal, and where it points.
const UNKNOWN_NAMES: &[(&str, &str, &str)] = &[
    ("best --model lama-3.1-8b", "model.not_found", "--model"),
    ("best --model llama-3.1-8b --on h1000", "gpu.unknown", "--on"),
    ("best --model llama-3.1-8b --engine vlm", "engine.unknown", "--engine"),
    ("best --model llama-3.1-8b --engine=", "engine.unknown", "--engine"),
    ("best --model llama-3.1-8b --on h100 --quant fp88", "format.unknown", "--quant"),
    ("best --model llama-3.1-8b --on h100 --cloud awss", "cloud.unknown", "--cloud"),
    ("best --model llama-3.1-8b --on h100 --term 2y", "term.unknown", "--term"),
    ("best --model llama-3.1-8b --on h100 --use-case chatbott", "use_case.unknown", "--use-case"),
    ("best --by tokens-per-dolar", "sweep.unknown_figure", "--by"),
    ("best --per chip", "sweep.unknown_group", "--per"),
    ("best --per on,chipp", "sweep.unknown_group", "--per"),
    ("sweep --everything --by tpott", "sweep.unknown_figure", "--by"),
    ("sweep --everything --best-per chip", "sweep.unknown_group", "--best-per"),
    ("plan llama-3.1-8b --rate 5/s --engines vllm,vlm", "engine.unknown", "--engines"),
    ("plan llama-3.1-8b --rate 5/s --quant bf16,fp88", "quant.unknown", "--quant"),
    ("plan llama-3.1-8b --rate 5/s --kv-dtype fp88", "kv_dtype.unknown", "--kv-dtype"),
    ("plan llama-3.1-8b --rate 5/s --speculative mtpp=1", "speculative.invalid", "--speculative"),
    ("plan llama-3.1-8b --rate 5/s --speculative mtp=1", "speculative.no_layers", "--speculative"),
    ("plan llama-3.1-8b --rate 5/s --speculative draft:nobody=2", "model.not_found", "--speculative"),
    ("plan llama-3.1-8b --rate 5/s --cloud aws,awss", "cloud.unknown", "--cloud"),
    ("recommend --on h100 --engine vlm", "engine.unknown", "--engine"),
    ("recommend --on h100 --ranking paretto", "ranking.unknown", "--ranking"),
    ("breakeven llama-3.1-8b --engine vlm", "engine.unknown", "--engine"),
    ("breakeven llama-3.1-8b --quant fp88", "quant.unknown", "--quant"),
    ("breakeven llama-3.1-8b --kv-dtype fp88", "kv_dtype.unknown", "--kv-dtype"),
    ("breakeven llama-3.1-8b --cloud awss", "cloud.unknown", "--cloud"),
    ("breakeven llama-3.1-8b --region mars", "region.unknown", "--region"),
    ("breakeven llama-3.1-8b --term 2y", "term.unknown", "--term"),
    ("compare llama-3.1-8b,lama --on h100", "model.not_found", "MODEL"),
    ("compare llama-3.1-8b --on h100,h1000", "gpu.unknown", "--on"),
    ("compare llama-3.1-8b --on h100 --engines vllm,vlm", "engine.unknown", "--engines"),
    ("compare llama-3.1-8b --on h100 --engine vlm", "engine.unknown", "--engine"),
    ("compare llama-3.1-8b --on h100 --quant fp8,fp88", "quant.unknown", "--quant"),
    ("compare llama-3.1-8b --on h100 --kv-dtype fp8,fp88", "kv_dtype.unknown", "--kv-dtype"),
    ("compare llama-3.1-8b --on h100 --clouds aws,awss", "cloud.unknown", "--clouds"),
    ("compare llama-3.1-8b --on h100 --speculative none,mtpp=1", "speculative.invalid", "--speculative"),
];

const ZEROS: &[(&str, &str, &str)] = &[
    ("best --model llama-3.1-8b --on h100 --count 0", "sweep.axis", "--count"),
    ("best --model llama-3.1-8b --on h100 --input 0", "workload.invalid", "--input"),
    ("best --model llama-3.1-8b --on h100 --concurrency 0", "sweep.axis", "--concurrency"),
    ("best --model llama-3.1-8b --on h100 --limit 0", "list.nothing", "--limit"),
    ("sweep --everything --ids 0..10 --threads 0", "sweep.threads", "--threads"),
    ("plan llama-3.1-8b --rate 5/s --max-sequences 0", "count.zero", "--max-sequences"),
    ("plan llama-3.1-8b --rate 5/s --max-batched-tokens 0", "count.zero", "--max-batched-tokens"),
    ("plan llama-3.1-8b --rate 5/s --limit 0", "list.nothing", "--limit"),
    ("recommend --on h100 --limit 0", "list.nothing", "--limit"),
    ("breakeven llama-3.1-8b --tp 0", "plan.zero", "--tp"),
    ("compare llama-3.1-8b --on h100 --tp 1,0", "plan.zero", "--tp"),
    ("compare llama-3.1-8b --on h100 --input 1k,0", "workload.invalid", "--input"),
    ("compare llama-3.1-8b --on h100 --concurrency 1,0", "workload.invalid", "--concurrency"),
];

const NO_NUMBERS: &[(&str, &str, &str)] = &[
    ("best --model llama-3.1-8b --on h100 --tpot -5ms", "number.invalid", "--tpot"),
    ("best --model llama-3.1-8b --on h100 --count -1", "number.invalid", "--count"),
    ("plan llama-3.1-8b --rate -5/s", "number.invalid", "--rate"),
    ("plan llama-3.1-8b --rate nan/s", "number.invalid", "--rate"),
    ("plan llama-3.1-8b --rate 5/s --ttft -1s", "number.invalid", "--ttft"),
    ("recommend --memory -4GiB", "number.invalid", "--memory"),
    ("breakeven llama-3.1-8b --interruptions -1/h", "number.invalid", "--interruptions"),
    ("breakeven llama-3.1-8b --api-price -1/2", "number.invalid", "--api-price"),
    ("compare llama-3.1-8b --on h100 --arrival x", "usage.invalid_value", "--arrival"),
    ("compare llama-3.1-8b --on h100 --chunked-prefill maybe", "usage.invalid_value", "--chunked-prefill"),
    ("compare llama-3.1-8b --on h100:2 --prefill h100 --decode 1xtp1", "usage.invalid_value", "--prefill"),
    (
        "compare llama-3.1-8b --on h100:2 --prefill 1xtp1 --decode 1xtp1@h200",
        "usage.invalid_value",
        "--decode",
    ),
    ("estimate llama-3.1-8b --on h100 --prefill 1xtp1@a100 --decode 1xtp1@h200", "pools.both_placed", "--on"),
    ("estimate llama-3.1-8b --on h100 --prefill 1xtp1 --decode 1xtp1@8xh200", "pools.counted", "--decode"),
    ("estimate llama-3.1-8b --on h100 --prefill 1xtp1 --decode 1xtp1@h2000", "gpu.unknown", "--decode"),
    ("estimate llama-3.1-8b --on h100 --prefill 1xtp1 --decode 1xtp1@", "usage.invalid_value", "--decode"),
    ("estimate llama-3.1-8b --on h100 --prefill 2xtp1 --decode 1xtp1@h200", "pools.accelerators", "--on"),
    (
        "estimate deepseek-v4-flash --on 8xh100 --prefill 1xtp8 --decode 1xtp8@b200",
        "pools.unlike",
        "--decode",
    ),
    ("plan llama-3.1-8b --rate 5/s --pools both", "plan.pools", "--pools"),
    ("plan llama-3.1-8b --rate 5/s --pools across --on h100", "plan.one_kind", "--pools"),
    ("best --model bert-base-uncased --on h100", "model.no_decode", "--model"),
    ("plan whisper-tiny --rate 5/s", "context.beyond_model", "--input"),
];

const TOO_MUCH: &[(&str, &str, &str)] = &[
    ("best --model llama-3.1-8b --on h100 --input 99999999999999", "workload.invalid", "--input"),
    ("best --model llama-3.1-8b --on h100 --count 99999999999", "best.nothing", "--on"),
    ("plan llama-3.1-8b --rate 1e300/s", "number.invalid", "--rate"),
    ("plan llama-3.1-8b --concurrency 999999999999", "plan.conflict", "--concurrency"),
    ("plan llama-3.1-8b --users 99999999999 --every 1us", "plan.conflict", "--users"),
    ("breakeven llama-3.1-8b --rate 1e300/s", "number.invalid", "--rate"),
];

const CONTRADICTIONS: &[(&str, &str, &str)] = &[
    ("best --model llama-3.1-8b --on h100:8 --count 4", "sweep.axis", "--on"),
    ("best --model llama-3.1-8b --on h100 --count 8,8", "sweep.axis", "--count"),
    ("sweep --everything --ids 0..10 --front tpot,tpot", "sweep.front", "--front"),
    ("plan llama-3.1-8b --rate 5/s --acceptance 0.8", "acceptance.alone", "--acceptance"),
    ("plan llama-3.1-8b --rate 5/s --interruptions 0.05/h", "plan.conflict", "--interruptions"),
    (
        "plan llama-3.1-8b --rate 5/s --term spot --interruptions 0.05/h --pools auto",
        "plan.conflict",
        "--interruptions",
    ),
    ("plan llama-3.1-8b --rate 5/s --restart 5min", "breakeven.conflict", "--restart"),
    (
        "plan llama-3.1-8b --rate 5/s --term spot --interruptions 9/h",
        "breakeven.interruptions",
        "--interruptions",
    ),
    ("breakeven llama-3.1-8b --price $2/h", "breakeven.conflict", "--price"),
    ("breakeven llama-3.1-8b --committed-price $2/h", "breakeven.conflict", "--committed-price"),
    ("compare llama-3.1-8b,,qwen3-8b --on h100", "model.empty", "MODEL"),
    ("compare llama-3.1-8b --on h100,,h200", "gpu.empty", "--on"),
];

/// A line is refused with a code, at a place, and with what to type next.
fn check(arguments: &[&str], code: &str, at: &str) {
    let refusal = refused(arguments, code);
    let error = &refusal["error"];
    assert_eq!(error["at"].as_str(), Some(at), "{arguments:?}: {refusal}");
    let help = error["help"].as_str().is_some_and(|text| !text.is_empty() && !text.ends_with('.'));
    let message = error["message"].as_str().unwrap_or_default();
    assert!(help || message.contains("; "), "{arguments:?}: {refusal}");
}

#[test]
fn what_no_search_can_mean_is_refused_at_its_flag() {
    for kind in [UNKNOWN_NAMES, ZEROS, NO_NUMBERS, TOO_MUCH, CONTRADICTIONS] {
        for (line, code, at) in kind {
            check(&line.split(' ').collect::<Vec<_>>(), code, at);
        }
    }
}

#[test]
fn what_no_axis_can_mean_is_refused_under_its_name() {
    let good = "model = \"llama-3.1-8b\"\non = \"h100\"";
    for (said, code) in [
        ("count = [0]", "sweep.axis"),
        ("count = [\"x\"]", "sweep.value"),
        ("input = [1024, 0]", "workload.invalid"),
        ("engine = [\"vllm\", \"vlm\"]", "engine.unknown"),
        ("kv_dtype = [\"fp88\"]", "kv_dtype.unknown"),
        ("tp = [1, 0]", "plan.zero"),
        ("tp = [\"a\"]", "sweep.value"),
        ("speculative = [\"mtpp=1\"]", "speculative.invalid"),
        ("max_sequences = [0]", "count.zero"),
        ("memory_fraction = [2]", "memory_fraction.range"),
        ("columns = [\"speed\"]", "sweep.unknown_column"),
        ("prefix_hit = [1.5]", "sweep.value"),
    ] {
        let name = said.split(' ').next().unwrap();
        check(&["sweep", "--toml", &format!("{good}\n{said}")], code, name);
    }
    let crossed = format!("{good}\n[filter]\ntpot_s = {{min = 2, max = 1}}");
    check(&["sweep", "--toml", &crossed], "sweep.axis", "filter.tpot_s");
}

#[test]
fn what_no_fleet_can_mean_is_refused() {
    let folder = directory("bad-fleets");
    let class = "[[class]]\nname = \"chat\"\nrate = \"5/s\"\ninput = 500\noutput = 200\n";
    let path = folder.join("fleet.toml");
    for (said, code) in [
        ("model = \"lama-3.1-8b\"", "model.not_found"),
        ("model = \"llama-3.1-8b\"\nengine = \"vlm\"", "engine.unknown"),
        ("model = \"llama-3.1-8b\"\nquant = \"fp88\"", "quant.unknown"),
        ("model = \"llama-3.1-8b\"\nplanned = 1.5", "fleet.spec"),
        ("model = \"llama-3.1-8b\"\nslices = 0", "fleet.spec"),
        ("model = \"llama-3.1-8b\"\nleest = 2", "fleet.spec"),
    ] {
        fs::write(&path, format!("{said}\n{class}\n[[type]]\non = \"h100\"\n")).unwrap();
        let refusal = refused(&["fleet", path.to_str().unwrap()], code);
        assert!(refusal["error"]["at"].is_string(), "{said}: {refusal}");
    }
}
