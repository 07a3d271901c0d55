//! Laws of separate pools that a plan chooses: asked again they hold what they were chosen for, and fewer workers do not.

use serde_json::Value;

use crate::world::Asked;

const LOAD: &str = "--input 4096 --output 500";
const PLANNED: f64 = 20.0 / 0.8;

fn number(document: &Value, pointer: &str) -> f64 {
    let value = document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} stands in {document}"));
    value.as_f64().or_else(|| value["value"].as_f64()).unwrap_or_else(|| panic!("{pointer} is a number"))
}

fn planned(flags: &str) -> Value {
    Asked::new(&format!("llama-3.1-70b {LOAD} --quant fp8 --pools auto {flags}")).plan()
}

/// Workers of a pool as they are typed, and their layout.
fn pool(plan: &Value, of: &str) -> (u64, String) {
    let (count, layout) = plan["separate_pools"][of]
        .as_str()
        .expect("the test made it")
        .split_once('x')
        .expect("the test made it");
    (count.parse().expect("the test made it"), layout.to_owned())
}

fn asked(plan: &Value, workers: [u64; 2]) -> Value {
    let [prefill, decode] = ["prefill", "decode"].map(|of| pool(plan, of).1);
    let held = number(plan, "/separate_pools/requests_per_s")
        * (number(plan, "/separate_pools/ttft_s") + 499.0 * number(plan, "/separate_pools/tpot_s"));
    let on = plan["separate_pools"]["on"].as_str().expect("the test made it");
    let flags = format!(
        "llama-3.1-70b {LOAD} --quant fp8 --engine vllm --on {on} --prefill {}x{prefill} --decode {}x{decode} --concurrency {}",
        workers[0],
        workers[1],
        held.ceil()
    );
    Asked::new(&flags).estimate()
}

#[test]
fn what_a_plan_chooses_holds_its_rate_and_fewer_workers_do_not() {
    let plan = planned("--on h100 --rate 20/s --ttft 2s --tpot 30ms");
    let workers = ["prefill", "decode"].map(|of| pool(&plan, of).0);
    let again = asked(&plan, workers);
    assert!(number(&again, "/latency/ttft_s") <= 2.0 && number(&again, "/latency/tpot_s") <= 0.03);
    assert!((number(&again, "/latency/tpot_s") / number(&plan, "/separate_pools/tpot_s") - 1.0).abs() < 0.02);
    // The most that a decode worker of the plan writes within the target is less than all of its places could.
    assert!(number(&again, "/pools/prefill/requests_per_s") >= PLANNED);
    let [prefill, decode] = workers;
    let fewer = asked(&plan, [prefill - 1, decode]);
    assert!(number(&fewer, "/pools/prefill/requests_per_s") < PLANNED);
    let slower = asked(&plan, [prefill, decode - 1]);
    assert!(number(&slower, "/latency/tpot_s") > number(&again, "/latency/tpot_s"));
}

/// aiconfigurator 0.12.0 (offline, 2026-11-26) finds the same two pools on 8 H200 for 8192 tokens in and 1024 out, and both
/// above workers that do both.
#[test]
fn another_planner_finds_the_same_pools() {
    let flags = "llama-3.1-70b --quant fp8 --on h200 --engines tensorrt-llm --max-gpus 8 --input 8192 --output 1024 \
                 --ttft 5s --tpot 20ms --objective tokens-per-accelerator --pools auto";
    let plan = Asked::new(flags).plan();
    assert_eq!(
        (pool(&plan, "prefill"), pool(&plan, "decode")),
        ((4, "tp1".to_owned()), (1, "tp4".to_owned()))
    );
    assert_eq!(plan["separate_pools"]["better"], true);
    let [pools, alike] =
        ["/separate_pools", "/best/0"].map(|at| number(&plan, &format!("{at}/tokens_per_s_per_accelerator")));
    assert!(pools > alike);
}

#[test]
fn pools_are_no_part_of_a_plan_that_does_not_ask_for_them() {
    let plan = Asked::new(&format!("llama-3.1-70b {LOAD} --on h100 --rate 5/s")).plan();
    assert!(plan.get("separate_pools").is_none());
}

/// Pools alone are searched for every load and by every measure; with `auto` they stand beside the others and are the same.
#[test]
fn pools_alone_hold_every_kind_of_load() {
    for load in
        ["--rate 10/s", "--concurrency 100", "--requests 20k --within 1h", "--objective usd-per-token"]
    {
        let flags = format!("--on h100 --ttft 2s --tpot 30ms {load}");
        let both = planned(&flags);
        let question = format!("llama-3.1-70b {LOAD} --quant fp8 --pools on {flags}");
        let alone = Asked::new(&question).plan();
        assert!(alone["best"].as_array().is_some_and(Vec::is_empty), "{load}");
        for field in ["prefill", "decode", "usd_per_hour", "ttft_s", "power_w"] {
            assert_eq!(alone["separate_pools"][field], both["separate_pools"][field], "{load} {field}");
        }
        assert!(
            number(&alone, "/separate_pools/ttft_s") <= 2.0
                && number(&alone, "/separate_pools/tpot_s") <= 0.03
        );
        assert_eq!(alone["separate_pools"]["better"], true);
        // The front is that of pools.
        assert!(alone["front"][0]["layout"].as_str().is_some_and(|layout| layout.starts_with("prefill ")));
    }
}

/// One worker of each pool may fail, and the others hold the rate.
#[test]
fn spare_workers_stand_beside_both_pools() {
    let flags = "--on h100 --rate 20/s --ttft 2s --tpot 30ms";
    let (none, one) = (planned(flags), planned(&format!("{flags} --spare 1")));
    assert!(number(&one, "/separate_pools/usd_per_hour") > number(&none, "/separate_pools/usd_per_hour"));
    let left = asked(&one, ["prefill", "decode"].map(|of| pool(&one, of).0 - 1));
    assert!(number(&left, "/pools/prefill/requests_per_s") >= PLANNED);
    assert!(number(&left, "/latency/ttft_s") <= 2.0 && number(&left, "/latency/tpot_s") <= 0.03);
    let shares = |plan: &Value, at: usize| {
        let row = &plan["separate_pools"]["pools"][at];
        assert!(row["launch"].as_str().is_some_and(|line| line.contains("kv_role")), "{row}");
        number(row, "/replicas") * number(row, "/router_weight")
    };
    assert!((shares(&one, 0) - 1.0).abs() < 1e-12 && (shares(&one, 1) - 1.0).abs() < 1e-12);
}

/// What is asked as least is no more than with any other aim, and energy is power over output.
#[test]
fn pools_are_compared_by_energy_and_by_time() {
    let flags = "--on h100 --rate 10/s --ttft 3s --tpot 40ms --max-gpus 48";
    let by = |objective: &str| planned(&format!("{flags} --objective {objective}"));
    let (energy, latency, price) = (by("energy"), by("latency"), by("usd-per-hour"));
    let of = |plan: &Value, field: &str| number(plan, &format!("/separate_pools/{field}"));
    assert!(of(&energy, "joules_per_token") <= of(&price, "joules_per_token") * (1.0 + 1e-9));
    assert!(of(&latency, "e2e_s") <= of(&price, "e2e_s"));
    assert!(of(&price, "usd_per_hour") <= of(&latency, "usd_per_hour"));
    let joules = of(&price, "power_w") / (of(&price, "requests_per_s") * 500.0);
    assert!((joules / of(&price, "joules_per_token") - 1.0).abs() < 1e-9);
    let watts = of(&energy, "power_w") * 1.001 + 1.0;
    let within = planned(&format!("{flags} --max-watts {watts:.0}"));
    assert!(of(&within, "power_w") <= watts);
}

/// A rate that arrives is what a closed loop of as many requests as are in flight comes to, where prompts hardly wait.
#[test]
fn pools_answer_a_rate() {
    let shape = "llama-3.1-70b --quant fp8 --engine vllm --on 8xh100 --prefill 4xtp1 --decode 1xtp4 --input 4096 --output 500";
    let open = Asked::new(&format!("{shape} --rate 2/s")).estimate();
    let in_flight = number(&open, "/at_rate/mean_in_flight");
    let closed = Asked::new(&format!("{shape} --concurrency {}", in_flight.round())).estimate();
    for field in ["/latency/tpot_s", "/latency/e2e_s", "/throughput/requests_per_s", "/energy/power_w"] {
        let share = number(&open, field) / number(&closed, field);
        assert!((share - 1.0).abs() < 0.05, "{field}: {share}");
    }
    let most = number(&open, "/at_rate/sustained_requests_per_s");
    let full = Asked::new(&format!("{shape} --rate {}/s", most * 1.01)).estimate();
    assert_eq!(full["verdict"], "saturated");
}

/// Drafts and hits are part of the question of separate pools, and what is chosen holds asked again.
#[test]
fn pools_take_drafts_and_prompts_in_a_cache() {
    let of = |more: &str| {
        let flags = "deepseek-v3 --on 8xh200 --engines sglang --input 4096 --output 500 --concurrency 200 --tpot 60ms";
        Asked::new(&format!("{flags} --pools on {more}")).plan()
    };
    let [plain, hits, drafts] = ["", "--prefix-hit 0.5", "--speculative mtp=1 --acceptance 0.9"].map(of);
    let token = |plan: &Value| number(plan, "/separate_pools/usd_per_million_tokens");
    assert!(token(&hits) < token(&plain) && token(&drafts) < token(&plain));
    assert_eq!(drafts["separate_pools"]["options"], "mtp=1");
    assert!(plain["separate_pools"]["options"].is_null());
}

/// Machines of the same kind on their own side of the network are as good as two nodes of one cluster.
#[test]
fn a_pool_with_accelerators_of_its_own_is_one_across_the_network() {
    let shape = "llama-3.1-70b --quant fp8 --engine vllm --input 4096 --output 500 --concurrency 100";
    let together = Asked::new(&format!("{shape} --on 2x8xh200 --prefill 2xtp4 --decode 2xtp4")).estimate();
    let apart = Asked::new(&format!("{shape} --on 8xh200 --prefill 2xtp4 --decode 2xtp4@h200")).estimate();
    for field in ["/latency/ttft_s", "/latency/tpot_s", "/pools/transfer/time_s", "/energy/power_w"] {
        assert_eq!(together.pointer(field), apart.pointer(field), "{field}");
    }
    assert!(apart["pools"].get("best").is_none(), "accelerators of two machines cannot change places");
}

/// Each pool of two kinds serves what it serves beside its own kind, and both are paid for at one cloud.
#[test]
fn pools_of_two_kinds_are_each_what_they_are_alone() {
    let shape = "llama-3.1-70b --quant fp8 --engine vllm --input 4096 --output 500 --concurrency 100";
    let of = |on: &str, pools: &str| Asked::new(&format!("{shape} --on {on} {pools}")).estimate();
    let mixed = of("8xh100", "--prefill 4xtp2 --decode 1xtp8@h200");
    let (reads, writes) =
        (of("2x8xh100", "--prefill 4xtp2 --decode 1xtp8"), of("2x8xh200", "--prefill 4xtp2 --decode 1xtp8"));
    for (pool, alone) in [("prefill", &reads), ("decode", &writes)] {
        let rate = format!("/pools/{pool}/requests_per_s");
        assert_eq!(mixed.pointer(&rate), alone.pointer(&rate), "{pool}");
    }
    let (input, output) = (number(&mixed, "/cost/input_share"), number(&mixed, "/cost/output_share"));
    assert!((input + output - 1.0).abs() < 1e-12 && input < 0.5, "the cheaper accelerators read");
    let source = mixed["cost"]["price_source"].as_str().expect("an offer");
    let clouds: Vec<&str> =
        source.split(';').filter_map(|part| part.split(" of ").nth(1)?.split(',').next()).collect();
    assert_eq!((clouds.len(), clouds[0].trim()), (2, clouds[1].trim()), "{source}");
}

/// The best of two kinds is no worse than that of one, by whatever is best, and holds asked again.
#[test]
fn pools_across_kinds_are_no_worse_than_those_of_one() {
    let place = "--on h100,h200,l40s --ttft 2s --tpot 40ms";
    for (load, field) in [
        ("--rate 10/s", "usd_per_hour"),
        ("--rate 10/s --objective accelerators", "accelerators"),
        ("--rate 10/s --objective energy --max-gpus 32", "joules_per_token"),
        ("--concurrency 100", "usd_per_hour"),
        ("--objective usd-per-token", "usd_per_million_tokens"),
    ] {
        let of = |pools: &str| {
            let flags = format!("llama-3.1-70b {LOAD} --quant fp8 --pools {pools} {place} {load}");
            Asked::new(&flags).plan()
        };
        let (one, two) = (of("auto"), of("across"));
        let value = |plan: &Value| number(plan, &format!("/separate_pools/{field}"));
        assert!(value(&two) <= value(&one) * (1.0 + 1e-9), "{load}: {} {}", value(&two), value(&one));
        assert!(
            number(&two, "/separate_pools/ttft_s") <= 2.0 && number(&two, "/separate_pools/tpot_s") <= 0.04
        );
    }
}
