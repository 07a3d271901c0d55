//! Changes that make a deployment fit.

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineOptions},
    estimate::memory::{Change, Choices, Deployment, OtherAccelerator},
    model::{FormatRules, Uniform},
    numeric::Format,
    plan::{Degrees, Plan},
    units::{Bytes, UsdPerHour},
    workload::Workload,
};

use crate::{
    models::llama_70b,
    setup::{BF16, FP8},
};

#[test]
fn a_large_model_on_one_card() {
    let model = llama_70b();
    let catalog = Catalog::builtin();
    let (profile, options) = (&catalog.latest_profile(Engine::Vllm).profile, EngineOptions::default());
    let rules = Uniform(Format::BF16);
    let weights = Plan::SINGLE.stage_weights(&model, &rules);
    let deployment = Deployment {
        model: &model,
        weights: &weights,
        plan: Plan::SINGLE,
        cache: BF16,
        memory: Bytes::gib(80),
        device: "",
        profile,
        options: &options,
    };
    let narrow = catalog.quant("awq").expect("a format").rules(&model);
    let eight = catalog.quant("fp8").expect("a format").rules(&model);
    let others = [
        OtherAccelerator {
            id: "small",
            name: "",
            memory: Bytes::gib(40),
            price: Some(UsdPerHour::dollars_per_hour(1.0)),
        },
        OtherAccelerator {
            id: "large",
            name: "",
            memory: Bytes::gib(192),
            price: Some(UsdPerHour::dollars_per_hour(4.0)),
        },
        OtherAccelerator {
            id: "larger",
            name: "",
            memory: Bytes::gib(288),
            price: Some(UsdPerHour::dollars_per_hour(6.0)),
        },
    ];
    let choices = Choices {
        cache_formats: &[("fp8", FP8)],
        weight_formats: &[("fp8", &eight as &dyn FormatRules), ("awq", &narrow)],
        most_accelerators: 16,
        widest_tensor: 8,
        others: &others,
    };
    let workload = Workload::full(8192, 4).expect("a valid workload");
    let changes: Vec<Change> =
        deployment.changes(&workload, &rules, &choices).into_iter().map(|advice| advice.change).collect();
    let four = Plan::new(Degrees::tensor(4), &model, 4).expect("four divide the heads");
    assert_eq!(
        changes,
        [Change::WeightFormat("awq".into()), Change::Accelerator("large".into()), Change::Layout(four)]
    );
    let fewest = deployment.fewest_accelerators(&workload, &rules, 16, 8).expect("16 are enough");
    assert_eq!((fewest.count, fewest.plan), (4, four));
}

/// What is advised fits, and one sequence or token more does not.
#[test]
fn fewer_sequences_and_shorter_contexts_are_exact() {
    let model = llama_70b();
    let catalog = Catalog::builtin();
    let (profile, options) = (&catalog.latest_profile(Engine::Vllm).profile, EngineOptions::default());
    let plan = Plan::new(Degrees::tensor(4), &model, 4).expect("four divide the heads");
    let weights = plan.stage_weights(&model, &Uniform(Format::BF16));
    let deployment = Deployment {
        model: &model,
        weights: &weights,
        plan,
        cache: BF16,
        memory: Bytes::gib(80),
        device: "",
        profile,
        options: &options,
    };
    let memory = slipstick_core::estimate::memory::MemoryModel::new(deployment);
    let workload = Workload::full(32_768, 200).expect("a valid workload");
    let choices = Choices {
        cache_formats: &[],
        weight_formats: &[],
        most_accelerators: 4,
        widest_tensor: 4,
        others: &[],
    };
    let changes = deployment.changes(&workload, &Uniform(Format::BF16), &choices);
    let fits = |context, n| memory.fits(&Workload::full(context, n).expect("a valid workload"));
    match changes.iter().map(|advice| &advice.change).collect::<Vec<_>>().as_slice() {
        [Change::Sequences(n), Change::Context(length)] => {
            assert!(fits(32_768, *n) && !fits(32_768, n + 1));
            assert!(fits(*length, 200) && !fits(length + 1, 200));
        }
        other => panic!("{other:?}"),
    }
}
