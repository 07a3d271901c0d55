//! How fast the core answers: one estimate, its parts, and estimates per second on one core with recording off.

use divan::{Bencher, black_box};
use slipstick_core::{
    basis::{Basis, Known},
    estimate::{
        compute,
        serving::{Limits, Load, Serving, serve},
        step::{Rates, step_time},
    },
    hardware::{
        Accelerator, AcceleratorClass, Assumptions, Calibration, Cluster, ComputeShares, Link, LinkKind,
        LinkShare, LinkShares, Peaks,
    },
    model::{
        Component, Layer, Model, Role, Uniform, Weight,
        blocks::{Experts, FeedForward, GroupedQuery, NormKind},
    },
    numeric::{Format, ScalarFormat},
    ops::{LoweredModel, Lowering, Step, lower},
    plan::Plan,
    units::{Bandwidth, Bytes, FlopRate, Power, Seconds},
};

fn main() {
    divan::main();
}

/// A decoder of the shape of an 8-billion-parameter Llama, or of a 30-billion mixture of experts.
fn model(experts: bool) -> Model {
    let (hidden, layers, heads, kv_heads, inner) =
        if experts { (2048, 48, 32, 4, 768) } else { (4096, 32, 32, 8, 14336) };
    let attention = GroupedQuery::new(hidden, heads, kv_heads, 128);
    let feed_forward = if experts {
        Experts::gated(hidden, inner, 128, 8).weights()
    } else {
        FeedForward::gated(hidden, inner).weights()
    };
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(feed_forward);
    let text = Component::text;
    Model {
        model_type: "bench".into(),
        hidden,
        vocab: 128_256,
        layers: vec![layer; layers],
        layers_path: "model.layers".into(),
        components: vec![
            text("model.embed_tokens", vec![Weight::matrix("", Role::Embedding, 128_256, hidden)]),
            text("lm_head", vec![Weight::matrix("", Role::LmHead, 128_256, hidden)]),
        ],
        max_context: None,
        dtype: ScalarFormat::Bf16,
    }
}

fn accelerator() -> Accelerator {
    let link = |kind, gb| Link { kind, bandwidth: Bandwidth::gb_per_s(gb) };
    Accelerator {
        id: "bench".into(),
        name: "bench".into(),
        vendor: "bench".into(),
        architecture: "bench".into(),
        family: "bench".into(),
        class: AcceleratorClass::DatacenterGpu,
        year: 2022,
        memory: Bytes::mib(81_559),
        memory_bandwidth: Bandwidth::gb_per_s(3350.0),
        peaks: Peaks {
            bf16: Some(FlopRate::tflops_per_s(989.4)),
            fp8: Some(FlopRate::tflops_per_s(1978.9)),
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

fn calibration() -> Calibration {
    let share = |value| Known::of(value, Basis::Assumed);
    let link = LinkShare { share: 0.7, latency: Seconds::us(12.0), latency_per_rank: Seconds::us(1.0) };
    Calibration {
        family: "bench".into(),
        engine: "bench".into(),
        version: "bench".into(),
        compute: ComputeShares { wide: 0.78, fp8: 0.62, fp4: 0.45, int: 0.8 },
        attention: 0.5,
        memory: 0.93,
        memory_packed: 0.85,
        memory_cache: 0.9,
        per_layer: Seconds::us(40.0),
        per_expert_layer: Seconds::us(40.0),
        per_step: Seconds::us(400.0),
        per_sequence: Seconds::us(10.0),
        per_request: Seconds::ms(30.0),
        links: LinkShares { scale_up: link, pcie: link, network: link },
        assumed: Assumptions {
            idle_power: share(0.16),
            memory_power: share(0.6),
            link_power: share(0.3),
            prompt_load: share(0.9),
            state_bytes: share(4.0),
        },
        ttft: None,
        tpot: None,
        basis: Basis::Assumed,
        source: "bench".into(),
        points: 0,
    }
}

fn lowered(experts: bool) -> LoweredModel {
    let hardware = compute::hardware(&accelerator());
    let rules = Uniform(Format::BF16);
    let with = Lowering {
        rules: &rules,
        cache: Format::BF16,
        state_element_bytes: 4.0,
        plan: Plan::SINGLE,
        compute: compute::compute_format,
        hardware,
    };
    lower(&model(experts), &with)
}

const LOAD: Load = Load { input: 1000.0, output: 256.0, concurrency: 32.0, start_burst: 0.0 };
const LIMITS: Limits = Limits {
    memory_sequences: 256.0,
    max_sequences: 1024.0,
    max_batched_tokens: 8192.0,
    replicas: 1.0,
    per_request: Seconds::ms(30.0),
};

/// The model as operator lines: done once a model, format and layout.
#[divan::bench(args = [false, true])]
fn lowering(bencher: Bencher, experts: bool) {
    let model = model(experts);
    let hardware = compute::hardware(&accelerator());
    let rules = Uniform(Format::BF16);
    bencher.bench_local(|| {
        let with = Lowering {
            rules: &rules,
            cache: Format::BF16,
            state_element_bytes: 4.0,
            plan: Plan::SINGLE,
            compute: compute::compute_format,
            hardware,
        };
        lower(black_box(&model), &with)
    });
}

/// One decode step.
#[divan::bench(args = [false, true])]
fn step(bencher: Bencher, experts: bool) {
    let model = lowered(experts);
    let rates =
        Rates::new(&Cluster::new(accelerator(), 1, 1), &calibration(), 1, 1, 1).expect("the chip has peaks");
    bencher.bench_local(|| step_time(black_box(&model), &rates, &Step::decode(32.0, 1128.0), |_| ()));
}

/// One full estimate of a configuration: rates of the hardware, steps, steady state. Its inverse is estimates per second.
#[divan::bench(args = [false, true])]
fn estimate(bencher: Bencher, experts: bool) {
    let model = lowered(experts);
    let (cluster, calibration) = (Cluster::new(accelerator(), 1, 1), calibration());
    bencher.counter(divan::counter::ItemsCount::new(1_usize)).bench_local(|| {
        let rates = Rates::new(black_box(&cluster), &calibration, 1, 1, 1).expect("the chip has peaks");
        serve(&Serving { model: black_box(&model), rates: &rates, limits: LIMITS }, black_box(&LOAD))
    });
}
