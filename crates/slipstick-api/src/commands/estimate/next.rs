//! What to ask next of a deployment: what is cheaper, faster or smaller for the same load.

use slipstick_core::workload::Arrival;

use super::{EstimateAnswer, EstimateRequest};

/// Formats that are smaller than the weights' own, beside it, in the question for them.
const FORMATS: usize = 3;

/// A line to type for each: what costs less at this speed, what answers soonest, and what smaller weights would do. None
/// where the question cannot be typed in a line again, as of a configuration's whole text.
pub(super) fn lines(a: &EstimateAnswer, request: &EstimateRequest) -> Vec<(&'static str, String)> {
    let (model, on) = (request.deployment.model.trim(), request.deployment.on.trim());
    let is_word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./:@".contains(letter))
    };
    let (Some(estimate), None, true) = (&a.estimate, &a.pools, is_word(model) && is_word(on)) else {
        return Vec::new();
    };
    let workload = a.workload();
    let lengths = format!("--input {} --output {}", workload.input(), workload.output());
    let users = match workload.arrival() {
        Arrival::Open { rate } => format!("{lengths} --rate {rate}/s"),
        _ => format!("{lengths} --concurrency {}", workload.concurrency()),
    };
    let speed = estimate.service.tpot.get() * 1e3;
    let mut lines = vec![
        ("cheaper", format!("slipstick plan {model} {users} --tpot {speed:.3}ms --objective usd-per-token")),
        ("faster", format!("slipstick plan {model} {users} --objective latency")),
    ];
    let smaller: Vec<&str> =
        a.memory.resolved.engine().formats().smaller_weights.iter().copied().take(FORMATS).collect();
    if !smaller.is_empty() {
        let formats = smaller.join(",");
        lines.push((
            "smaller",
            format!("slipstick compare {model} --on {on} --quant checkpoint,{formats} {users}"),
        ));
    }
    lines
}
