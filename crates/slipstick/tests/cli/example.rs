//! The example that asks through the API runs, and its struct holds what the program prints.

#[path = "../../../../examples/size_deployment.rs"]
mod size_deployment;

use crate::run::document;

#[test]
fn a_typed_answer_is_the_document() {
    size_deployment::main().expect("the example runs");
    let report = size_deployment::largest().expect("the catalogue knows its model");
    let concurrency = report.workload.concurrency.to_string();
    let command = "estimate qwen3-32b --on h100:2 --engine vllm@0.11 --quant fp8 --input 2000 --output 500 --concurrency";
    let (_, document) = document(&command.split(' ').chain([concurrency.as_str()]).collect::<Vec<_>>());
    let tpot = report.served.expect("it fits").latency.tpot_s;
    assert!(tpot.value.as_ms() < 25.0, "{}", tpot.value);
    assert_eq!(document["latency"]["tpot_s"]["value"], tpot.value.get());
    assert_eq!(document["latency"]["tpot_s"]["high"], tpot.high.expect("it was measured").get());
}
