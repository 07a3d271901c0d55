//! Hardware to test with.

use slipstick_core::{
    basis::{Basis, Known},
    hardware::{
        Accelerator, AcceleratorClass, Acceptances, Assumptions, Calibration, ComputeShares, Distance,
        ExpertShares, HeadKernels, Link, LinkKind, LinkShare, LinkShares, MemoryUse, Peaks, QuestionSpreads,
    },
    units::{Bandwidth, Bytes, FlopRate, Power, Seconds},
};

/// An accelerator of this memory, bandwidth and bf16 peak, with FP8 units of twice the rate.
pub(crate) fn accelerator(memory: Bytes, gb_per_s: f64, tflops: f64) -> Accelerator {
    let link = |kind, gb| Link { kind, bandwidth: Bandwidth::gb_per_s(gb) };
    Accelerator {
        id: "test".into(),
        name: "test".into(),
        vendor: "test".into(),
        architecture: "test".into(),
        family: "test".into(),
        class: AcceleratorClass::DatacenterGpu,
        year: 2022,
        memory,
        memory_bandwidth: Bandwidth::gb_per_s(gb_per_s),
        peaks: Peaks {
            bf16: Some(FlopRate::tflops_per_s(tflops)),
            fp8: Some(FlopRate::tflops_per_s(2.0 * tflops)),
            ..Peaks::default()
        },
        link: link(LinkKind::NvLink, 450.0),
        domain_size: 8,
        host_link: link(LinkKind::Pcie, 64.0),
        node_size: 8,
        power: Some(Power::watts(700.0)),
        compute_capability: Some(90),
    }
}

/// An accelerator of 80 GB.
pub(crate) fn hopper() -> Accelerator {
    accelerator(Bytes::mib(81_559), 3350.0, 989.4)
}

/// What it reaches.
pub(crate) fn calibration() -> Calibration {
    let share = |value| Known::of(value, Basis::Assumed);
    let link = LinkShare { share: 0.7, latency: Seconds::us(12.0), latency_per_rank: Seconds::us(1.0) };
    Calibration {
        family: "test".into(),
        engine: "test".into(),
        version: "test".into(),
        compute: ComputeShares { wide: 0.78, fp8: 0.62, fp4: 0.45, int: 0.8 },
        attention: 0.5,
        memory: 0.93,
        memory_packed: 0.85,
        memory_cache: 0.9,
        experts: ExpertShares { compute: 0.6, memory: 0.75, memory_packed: 0.7, ..ExpertShares::ALL },
        per_layer: Seconds::us(40.0),
        per_expert_layer: Seconds::us(40.0),
        per_latent_layer: Seconds::us(30.0),
        per_recurrent_layer: Seconds::us(20.0),
        per_step: Seconds::us(400.0),
        per_sequence: Seconds::us(10.0),
        per_request: Seconds::ms(30.0),
        waited_steps: 0.5,
        links: LinkShares { scale_up: link, pcie: link, network: link },
        level: 1.1,
        level_of_bursts: None,
        level_points: 0,
        eager_above: None,
        head_kernel: HeadKernels::default(),
        memory_use: MemoryUse::RULES,
        memory_source: String::new(),
        distance: Distance::Pair,
        assumed: Assumptions {
            idle_power: share(0.16),
            memory_power: share(0.6),
            link_power: share(0.3),
            prompt_load: share(0.9),
            transfer_share: share(0.64),
            transfer_start: share(0.2),
            pool_step: share(0.9),
            frontend: share(0.07),
            eager_launch: share(10.0),
            state_bytes: share(4.0),
            load_rate: Known::of(2.0, Basis::Assumed),
            engine_start: Known::of(180.0, Basis::Assumed),
            acceptance: Acceptances {
                own_layers: share(0.8),
                head: share(0.7),
                block: share(0.7),
                model: share(0.7),
                lookup: share(0.5),
            },
        },
        spreads: QuestionSpreads::default(),
        basis: Basis::Assumed,
        source: "test".into(),
        points: 0,
    }
}
