//! How much of its peaks a chip reaches under an engine, and what the engine costs.
//!
//! A fitted row for the chip's family and the engine is used where there is one. Otherwise the parts are put together:
//! the shares of the family (or of its class), and the overheads of the engine, which are then assumed to carry over.

mod table;

use slipstick_core::{
    basis::Basis,
    hardware::{Accelerator, AcceleratorClass, Calibration, ComputeShares},
};

use crate::assumptions;
use crate::tables::{CALIBRATIONS, CHIP_SHARES, ENGINE_OVERHEADS, OverheadRow, ShareRow};

/// The engine that has no engine: the roofline itself.
const IDEAL: &str = "ideal";

/// The calibration of `accelerator` under `engine`; every pair has one, and its basis says how well it is known.
pub(crate) fn find(accelerator: &Accelerator, engine: &str) -> Calibration {
    let shares = shares(accelerator);
    let overheads = overheads(engine);
    if engine == IDEAL {
        return ideal(accelerator, overheads);
    }
    let fitted = CALIBRATIONS.iter().find(|row| row.family == accelerator.family && row.engine == engine);
    match fitted {
        Some(row) => row.calibration(shares, overheads),
        None => compose(accelerator, shares, overheads),
    }
}

/// The fitted rows, for reports on how well what is known.
pub fn fitted() -> impl Iterator<Item = (&'static str, &'static str, u32)> {
    CALIBRATIONS.iter().map(|row| (row.family, row.engine, row.points))
}

/// The shares of a family, or of its class.
fn shares(accelerator: &Accelerator) -> &'static ShareRow<'static> {
    let class = match accelerator.class {
        AcceleratorClass::DatacenterGpu => "class:datacenter",
        AcceleratorClass::ConsumerGpu => "class:consumer",
        AcceleratorClass::UnifiedMemory => "class:unified",
        AcceleratorClass::Npu => "class:npu",
        AcceleratorClass::Cpu => "class:cpu",
    };
    let named = |name: &str| CHIP_SHARES.iter().find(|row| row.family == name);
    named(&accelerator.family).or_else(|| named(class)).expect("the table has a row for every class")
}

/// The overheads of an engine, or of an engine that nothing is known of.
fn overheads(engine: &str) -> &'static OverheadRow<'static> {
    let named = |name: &str| ENGINE_OVERHEADS.iter().find(|row| row.engine == name);
    named(engine).or_else(|| named("other")).expect("the table has a row for other engines")
}

fn compose(accelerator: &Accelerator, shares: &ShareRow<'_>, overheads: &OverheadRow<'_>) -> Calibration {
    Calibration {
        family: accelerator.family.clone(),
        engine: overheads.engine.to_owned(),
        version: overheads.version.to_owned(),
        compute: shares.compute(),
        attention: shares.attention,
        memory: shares.memory,
        memory_packed: shares.memory_packed,
        memory_cache: shares.memory_cache,
        per_layer: overheads.per_layer(),
        per_expert_layer: overheads.per_expert_layer(),
        per_step: overheads.per_step(),
        per_sequence: overheads.per_sequence(),
        per_request: overheads.per_request(),
        links: shares.links(),
        assumed: assumptions().assumptions,
        ttft: None,
        tpot: None,
        // Shares of one stack and overheads of another: nobody measured the pair.
        basis: Basis::Assumed,
        source: format!("{}; {}", shares.source, overheads.source),
        points: 0,
    }
}

/// Peaks and bandwidths themselves, and no overhead: what no estimate may beat.
fn ideal(accelerator: &Accelerator, overheads: &OverheadRow<'_>) -> Calibration {
    let mut calibration = compose(accelerator, table::perfect(), overheads);
    calibration.compute = ComputeShares { wide: 1.0, fp8: 1.0, fp4: 1.0, int: 1.0 };
    calibration.basis = Basis::Specified;
    calibration
}

#[cfg(test)]
mod tests {
    use slipstick_core::{basis::Basis, units::Seconds};

    use crate::Catalog;

    #[test]
    fn every_accelerator_has_a_calibration_and_ideal_is_the_roofline() {
        let catalog = Catalog::builtin();
        for entry in catalog.accelerators() {
            for engine in ["vllm", "sglang", "tensorrt-llm", "llama.cpp", "transformers", "unheard-of"] {
                let calibration = super::find(&entry.accelerator, engine);
                for share in [
                    calibration.compute.wide,
                    calibration.compute.fp8,
                    calibration.compute.fp4,
                    calibration.compute.int,
                    calibration.attention,
                    calibration.memory,
                    calibration.memory_packed,
                    calibration.memory_cache,
                    calibration.links.scale_up.share,
                    calibration.links.pcie.share,
                    calibration.links.network.share,
                ] {
                    assert!(share > 0.0 && share <= 1.0, "{} under {engine}: {share}", entry.accelerator.id);
                }
                assert!(calibration.per_layer > Seconds::ZERO);
                assert_ne!(calibration.basis, Basis::Exact);
            }
            let ideal = super::find(&entry.accelerator, "ideal");
            assert_eq!((ideal.memory, ideal.compute.wide), (1.0, 1.0));
            assert_eq!(ideal.per_layer, Seconds::ZERO);
        }
    }
}
