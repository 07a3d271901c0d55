//! A small search with the core alone, without catalogue or file: which layout of a model over eight accelerators serves
//! the most tokens while each user gets one every 20 ms.
//!
//! `cargo run -p slipstick-core --example search_layouts`
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use std::{error::Error, sync::Arc};

use slipstick_core::{
    deployment::Deployment,
    engine::{EngineOptions, EngineProfile},
    estimate::answer::{Prepared, Verdict},
    hardware::{Accelerator, AcceleratorClass, Calibration, Cluster, Link, LinkKind, Peaks},
    model::{
        Component, FormattedModel, Layer, Model, Role, Weight,
        blocks::{FeedForward, GroupedQuery, NormKind},
        what_if::Quant,
    },
    numeric::{CacheFormat, Format, ScalarFormat},
    plan::{Degrees, Plan},
    units::{Bandwidth, Bytes, FlopRate, Power},
    workload::Workload,
};

/// A decoder of 80 layers with grouped queries and gated feed-forward blocks: 70 billion parameters.
fn model() -> Model {
    let (hidden, vocab) = (8192, 128_256);
    let attention = GroupedQuery::new(hidden, 64, 8, 128);
    let layer = Layer::default()
        .with(NormKind::Rms.weights("input_layernorm", hidden))
        .with(attention.weights())
        .mix(attention.mixer())
        .with(NormKind::Rms.weights("post_attention_layernorm", hidden))
        .with(FeedForward::gated(hidden, 28_672).weights());
    let matrix = |role| vec![Weight::matrix("", role, vocab, hidden)];
    Model {
        model_type: "mine".to_owned(),
        hidden,
        vocab,
        layers: vec![layer; 80],
        layers_path: "model.layers".into(),
        components: vec![
            Component::text("model.embed_tokens", matrix(Role::Embedding)),
            Component::text("model.norm", NormKind::Rms.weights("", hidden)),
            Component::text("lm_head", matrix(Role::LmHead)),
        ],
        max_context: None,
        dtype: ScalarFormat::Bf16,
    }
}

/// An accelerator that nobody sells yet.
fn accelerator() -> Accelerator {
    Accelerator {
        id: "mine".to_owned(),
        name: "Mine".to_owned(),
        vendor: "me".to_owned(),
        architecture: "first".to_owned(),
        family: "first".to_owned(),
        class: AcceleratorClass::DatacenterGpu,
        year: 2027,
        memory: Bytes::gib(96),
        memory_bandwidth: Bandwidth::gb_per_s(4000.0),
        peaks: Peaks { bf16: Some(FlopRate::tflops_per_s(1000.0)), ..Peaks::default() },
        link: Link { kind: LinkKind::NvLink, bandwidth: Bandwidth::gb_per_s(450.0) },
        domain_size: 8,
        host_link: Link { kind: LinkKind::Pcie, bandwidth: Bandwidth::gb_per_s(64.0) },
        node_size: 8,
        power: Some(Power::watts(700.0)),
        compute_capability: None,
    }
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let (rate, Degrees { tp, pp, dp, .. }, concurrency) = best()?.ok_or("no layout is fast enough")?;
    println!("{rate:.0} tokens a second at most, as tp {tp}, pp {pp}, dp {dp} with {concurrency} requests");
    Ok(())
}

/// A layout: tokens a second, degrees and requests in flight.
type Layout = (f64, Degrees, u64);

/// The best layout.
pub(crate) fn best() -> Result<Option<Layout>, Box<dyn Error>> {
    let model = Arc::new(model());
    let rules = Quant::Plain(ScalarFormat::Bf16).rules(&model);
    let formatted = Arc::new(FormattedModel::new(Arc::clone(&model), &rules));
    let cluster = Arc::new(Cluster::new(accelerator(), 8, 1));
    let (engine, calibration) = (Arc::new(EngineProfile::ideal()), Arc::new(Calibration::ideal()));
    let shape = Workload::new(2000, 500, 1)?;

    let mut best: Option<(f64, Degrees, u64)> = None;
    for (tp, pp, dp) in [(1, 8, 1), (2, 1, 4), (2, 4, 1), (4, 1, 2), (4, 2, 1), (8, 1, 1)] {
        let degrees = Degrees { tp, pp, ep: 1, dp };
        // Prepared once for a layout; what follows allocates nothing for a load.
        let prepared = Prepared::new(Deployment {
            model: Arc::clone(&formatted),
            plan: Plan::new(degrees, &model, cluster.accelerators())?,
            cache: CacheFormat::uniform(Format::BF16),
            cluster: Arc::clone(&cluster),
            engine: Arc::clone(&engine),
            options: EngineOptions::default(),
            speculation: None,
            calibration: Arc::clone(&calibration),
        })?;
        let requests = prepared.requests(&shape);
        for concurrency in [16, 32, 64, 128, 256, 512] {
            let held = requests.verdict(concurrency) == Verdict::Holds;
            let Some(service) = requests.serve(concurrency).filter(|_| held) else { continue };
            let is_better = best.is_none_or(|(rate, ..)| service.output_rate > rate);
            if service.tpot.as_ms() < 20.0 && is_better {
                best = Some((service.output_rate, degrees, concurrency));
            }
        }
    }
    Ok(best)
}
