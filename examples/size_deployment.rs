//! Sizes a deployment through the API: the whole answer is a struct, each of whose numbers has its unit and its band.
//!
//! `cargo run --example size_deployment`
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use slipstick_api::{
    ApiError, Catalog,
    commands::estimate::{EstimateReport, estimate},
    request::{EstimateRequest, LoadRequest},
};
use slipstick_world::ClosedWorld;

pub(crate) fn main() -> Result<(), ApiError> {
    let report = largest()?;
    let Some(served) = report.served else { return Ok(()) };
    let (tpot, memory) = (served.latency.tpot_s, report.memory.per_accelerator);
    println!("{} requests, a token every {}", report.workload.concurrency, tpot.value);
    println!("{} on each GPU, started by {}", memory.total_bytes.value, served.launch.unwrap_or_default());
    if let Some(cost) = served.cost {
        println!("{} a million output tokens", cost.usd_per_million_output_tokens.value);
    }
    Ok(())
}

/// The answer for the largest load that is held with a token every 25 ms, or for the smallest asked.
pub(crate) fn largest() -> Result<EstimateReport, ApiError> {
    let (catalog, world) = (Catalog::builtin(), ClosedWorld::default());
    let mut request = EstimateRequest::new("qwen3-32b", "h100:2");
    request.deployment.engine = Some("vllm@0.11".to_owned());
    request.deployment.quant = Some("fp8".to_owned());
    for concurrency in [128, 64, 32] {
        request.load = LoadRequest::new(2000, 500, concurrency);
        let report = estimate(&request, &catalog, &world)?.report;
        let tpot = report.served.as_ref().map(|served| served.latency.tpot_s.value.as_ms());
        if report.verdict == "holds" && tpot.is_some_and(|tpot| tpot < 25.0) {
            return Ok(report);
        }
    }
    request.load = LoadRequest::new(2000, 500, 16);
    Ok(estimate(&request, &catalog, &world)?.report)
}
