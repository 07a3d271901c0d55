//! What kernels and hosts reach in training: constants of physics with priors, fitted over all kept runs together.

use slipstick_core::{
    hardware::{Accelerator, LinkShare, LinkShares},
    training::{AdapterReach, AttentionReach, AttentionShares, Efficiency, Hidden},
    units::Seconds,
};

use crate::{
    calibrations::Shares,
    tables::{TRAINING_ATTENTION, TRAINING_KERNELS, TRAINING_REACH, TrainingKernelRow},
};

/// What stands for every name.
const ANY: &str = "any";

/// The value of a constant. The table is shipped, and the test below asks for every name.
fn value(name: &str) -> f64 {
    TRAINING_REACH.iter().find(|row| row.name == name).map_or(f64::NAN, |row| row.value)
}

/// What a chip family reaches under a software, before any fitted factor. A compiler fuses what plain operators leave apart.
pub(super) fn unfitted(
    shares: &Shares,
    accelerator: &Accelerator,
    stack: &str,
    compiled: bool,
) -> Efficiency {
    let kernels = kernels(stack);
    let plain = kernels.elementwise == "plain" && !compiled;
    Efficiency {
        compute: super::sustained::held(shares.compute, accelerator),
        attention: attention(&accelerator.family, kernels.attention),
        experts: value("experts"),
        memory: shares.memory * value(if plain { "memory_plain" } else { "memory_fused" }),
        plain,
        fine_scales: value("fine_scales"),
        adapters: adapters(shares.memory),
        cast_bytes: value("cast_bytes"),
        per_kernel: Seconds::us(value("per_kernel")),
        half_width: value("half_width"),
        half_rows: value("half_rows"),
        idle_outputs: value("idle_outputs"),
        scans: value("scans"),
        half_expert_rows: value("half_expert_rows"),
        links: links(&shares.links),
        hidden: hidden(),
        stragglers: value("stragglers"),
        per_step: Seconds::ms(value(if plain { "per_step_plain" } else { "per_step_fused" })),
        per_layer: Seconds::us(value("per_layer")),
        per_expert_layer: Seconds::us(value("per_expert_layer")),
        host_updates: super::assumptions::host_updates(),
        factor: 1.0,
        spread: None,
        basis: slipstick_core::basis::Basis::Assumed,
        points: 0,
        fitted_on: String::new(),
    }
}

/// What collectives reach of the shares of links.
fn links(shares: &LinkShares) -> LinkShares {
    let link =
        |share: LinkShare, name: &str| LinkShare { share: (share.share * value(name)).min(1.0), ..share };
    LinkShares {
        scale_up: link(shares.scale_up, "scale_up"),
        pcie: shares.pcie,
        network: link(shares.network, "network"),
    }
}

/// Adapters and quantised weights beside them, with what kernels reach of the memory bandwidth.
fn adapters(memory: f64) -> AdapterReach {
    AdapterReach {
        streams: memory * value("adapter_streams"),
        copies: memory * value("adapter_copies"),
        norms: memory * value("adapter_norms"),
        per_matrix: Seconds::us(value("per_adapter")),
    }
}

/// What overlaps hide.
fn hidden() -> Hidden {
    Hidden {
        tensor: value("hidden_tensor"),
        expert: value("hidden_expert"),
        data: value("hidden_data"),
        context: value("hidden_context"),
        pipeline: value("hidden_pipeline"),
    }
}

/// The kernels that a software uses.
pub(super) fn kernels(stack: &str) -> &'static TrainingKernelRow<'static> {
    let used =
        [stack, ANY].into_iter().find_map(|name| TRAINING_KERNELS.iter().find(|row| row.stack == name));
    used.expect("the table has a row for any software")
}

/// What a kernel of attention reaches on this family, or on any.
fn attention(family: &str, kernel: &str) -> AttentionShares {
    let of =
        |family: &str| TRAINING_ATTENTION.iter().find(|row| (row.kernel, row.family) == (kernel, family));
    let row = of(family).or_else(|| of(ANY)).expect("the tests look every kernel up on any family");
    let reach = |share: f64, half_length: f64| AttentionReach {
        share: share * value(&format!("attention_{kernel}")),
        half_length,
        half_head: row.half_head,
    };
    AttentionShares {
        kernel: kernel.to_owned(),
        forward: reach(row.forward, row.forward_half_length),
        backward: reach(row.backward, row.backward_half_length),
        score_bytes: value("score_bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn every_constant_is_there_with_a_source() {
        for row in &TRAINING_REACH {
            assert!(source(row.source).is_some() && row.value > 0.0 && row.log_sd > 0.0, "{}", row.name);
            assert!(
                (row.value / row.prior).ln().abs() < 4.0 * row.log_sd,
                "{} is far off its prior",
                row.name
            );
            assert!(!row.unit.is_empty() && !row.meaning.is_empty() && !row.seen.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn every_software_has_a_kernel_that_is_known_on_any_family() {
        for entry in crate::training::STACKS.iter() {
            let shares = attention("none", kernels(&entry.stack.name).attention);
            assert!(shares.forward.share > 0.0 && shares.score_bytes > 0.0, "{}", entry.stack.name);
        }
        for row in &TRAINING_KERNELS {
            assert!(source(row.source).is_some() && !row.seen.is_empty(), "{}", row.stack);
        }
        for row in &TRAINING_ATTENTION {
            assert!(source(row.source).is_some() && !row.seen.is_empty(), "{}", row.kernel);
        }
    }
}
