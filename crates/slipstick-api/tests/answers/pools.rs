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
