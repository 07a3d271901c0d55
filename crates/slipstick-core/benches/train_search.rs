//! How many ways to train a search looks at in a second, on one core.

use divan::{Bencher, counter::ItemsCount};
use slipstick_core::{
    basis::{Basis, Known},
    hardware::{
        Accelerator, AcceleratorClass, Cluster, ComputeShares, Link, LinkKind, LinkShare, LinkShares, Peaks,
    },
    model::{
        Component, Layer, Model, Role, Weight,
        blocks::{FeedForward, GroupedQuery, NormKind},
    },
    numeric::ScalarFormat,
    training::{
        AdapterReach, AttentionKernel, AttentionReach, AttentionShares, Efficiency, Hidden, Loss, MeterFits,
        Offload, Optimizer, Recipe, Recompute, Room, Schedule, Shape, Sharding, Stack, TensorOverlap,
        search::{Fixed, Objective, Space, search},
    },
    units::{Bandwidth, Bytes, FlopRate, Seconds},
};

fn main() {
    divan::main();
}

/// A dense decoder of 70e9 parameters.
fn shape() -> Shape {
    let (h, f, vocab) = (8192, 28_672, 128_256);
    let attention = GroupedQuery::new(h, 64, 8, 128);
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", h))
        .with(attention.weights())
        .with(NormKind::Rms.weights("post_attention_layernorm", h))
        .with(FeedForward::gated(h, f).weights())
        .mix(attention.mixer());
    Shape::of(&Model {
        model_type: String::new(),
        hidden: h,
        vocab,
        layers: vec![layer; 80],
        layers_path: "model.layers".into(),
        components: vec![
            Component::text("model.embed_tokens", vec![Weight::matrix("", Role::Embedding, vocab, h)]),
            Component::text("lm_head", vec![Weight::matrix("", Role::LmHead, vocab, h)]),
        ],
        max_context: None,
        dtype: ScalarFormat::Bf16,
    })
}

fn stack() -> Stack {
    Stack {
        name: String::new(),
        version: String::new(),
        eager: false,
        master_apart: true,
        both_gradients: false,
        step_gradients: false,
        whole_accumulation: false,
        flat_gradients: false,
        forward_logit_bytes: 6.0,
        logit_bytes: 6.0,
        parallel_logit_bytes: 6.0,
        fused_logit_bytes: 2.0,
        uncast_logits: None,
        chunked_logit_bytes: 0.0,
        frozen_inputs: false,
        live_layers: 1.0,
        weight_placeholders: true,
        gathered_streams: 3.0,
        bucket: Bytes::ZERO,
        live_units: 0.0,
        context: Bytes::gib(3),
        reserved: 1.06,
        allocator: None,
        vocabulary_multiple: 128,
        tensor_overlap: TensorOverlap { share: 0.4, usual: true },
        data_overlap: 0.8,
        context_overlap: 0.6,
        expert_overlap: 0.0,
        pipeline_overlap: 0.5,
        fused_casts: false,
        narrow_gather: false,
        narrow_inputs: false,
        source: String::new(),
    }
}

fn cluster() -> Cluster {
    let link = |kind, gb| Link { kind, bandwidth: Bandwidth::gb_per_s(gb) };
    let peak = |tflops| Some(FlopRate::tflops_per_s(tflops));
    let accelerator = Accelerator {
        id: "a".into(),
        name: "A".into(),
        vendor: "V".into(),
        architecture: "G".into(),
        family: "g".into(),
        class: AcceleratorClass::DatacenterGpu,
        year: 2022,
        memory: Bytes::gib(80),
        memory_bandwidth: Bandwidth::gb_per_s(3350.0),
        peaks: Peaks { bf16: peak(989.0), fp8: peak(1979.0), ..Peaks::default() },
        link: link(LinkKind::NvLink, 450.0),
        domain_size: 8,
        host_link: link(LinkKind::Pcie, 64.0),
        node_size: 8,
        power: None,
        compute_capability: None,
    };
    Cluster::new(accelerator, 8, 128)
}

fn efficiency() -> Efficiency {
    let share = LinkShare { share: 0.75, latency: Seconds::us(11.0), latency_per_rank: Seconds::us(1.5) };
    Efficiency {
        compute: ComputeShares { wide: 0.75, fp8: 0.58, fp4: 0.45, int: 0.6 },
        attention: AttentionShares {
            kernel: String::new(),
            forward: AttentionReach { share: 0.7, half_length: 900.0, half_head: 33.0 },
            backward: AttentionReach { share: 0.6, half_length: 1100.0, half_head: 33.0 },
            score_bytes: 13.0,
        },
        experts: 0.9,
        memory: 0.75,
        plain: false,
        adapters: AdapterReach { streams: 0.8, copies: 0.4, norms: 0.4, per_matrix: Seconds::us(200.0) },
        fine_scales: 0.8,
        cast_bytes: 4.0,
        per_kernel: Seconds::us(4.0),
        half_width: 100.0,
        half_rows: 150.0,
        half_expert_rows: 300.0,
        links: LinkShares { scale_up: share, pcie: share, network: share },
        stragglers: 0.0,
        idle_outputs: 0.0,
        scans: 1.0,
        hidden: Hidden { tensor: 1.0, expert: 1.0, data: 1.0, context: 1.0, pipeline: 1.0 },
        per_step: Seconds::ms(20.0),
        per_layer: Seconds::us(150.0),
        per_expert_layer: Seconds::us(300.0),
        host_updates: 4e9,
        factor: 1.0,
        spread: None,
        basis: Basis::Assumed,
        points: 0,
        fitted_on: String::new(),
    }
}

fn recipe(recompute: Recompute) -> Recipe {
    Recipe {
        optimizer: Optimizer::AdamW,
        master: true,
        gradient_bytes: 4.0,
        compute: ScalarFormat::Bf16,
        sharding: Sharding::Optimizer,
        shard_group: None,
        recompute,
        loss: Loss::Fused,
        attention: AttentionKernel::Flash,
        sequence_parallel: true,
        tensor_overlap: None,
        schedule: Schedule::OneForwardOneBackward,
        offload: Offload::default(),
        adapter: None,
        imbalance: 1.0,
        fine_scales: false,
        kept_input: 2.0,
        uneven: None,
        in_backward: false,
        paged: false,
        compiled: false,
        multi_token: 0,
    }
}

/// Meters that read what rules say.
fn fits() -> MeterFits {
    let one = Known::exact(1.0);
    MeterFits { allocated: one, reserved: one, device: one, besides: Bytes::ZERO }
}

#[divan::bench]
fn thousand_accelerators(bencher: Bencher<'_, '_>) {
    let (shape, stack, cluster, efficiency) = (shape(), stack(), cluster(), efficiency());
    let fits = fits();
    let space = Space {
        shape: &shape,
        recipes: vec![recipe(Recompute::None), recipe(Recompute::Full)],
        stack: &stack,
        cluster: &cluster,
        efficiency: &efficiency,
        sequence: 4096,
        global_batch: 1024,
        room: Room { memory: Bytes::gib(80), fits: &fits },
        fixed: Fixed::default(),
    };
    let candidates = search(&space, Objective::Time).candidates;
    bencher.counter(ItemsCount::new(candidates)).bench_local(|| search(&space, Objective::Time));
}
