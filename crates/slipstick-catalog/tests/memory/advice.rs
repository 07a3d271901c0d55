//! Changes that make a deployment fit.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::Engine,
    estimate::memory::{Change, Choices, MemoryModel, OtherAccelerator},
    hardware::Accelerator,
    model::FormattedModel,
    plan::{Degrees, Plan},
    units::{Bytes, UsdPerHour},
    workload::Workload,
};

use crate::{
    models::llama_70b,
    setup::{FP8, deployment},
};

fn h100() -> Accelerator {
    Catalog::builtin().accelerator("h100").expect("the catalogue has it").accelerator.clone()
}

#[test]
fn a_large_model_on_one_card() {
    let model = llama_70b();
    let catalog = Catalog::builtin();
    let profile = catalog.latest_profile(Engine::Vllm).profile.clone();
    let memory =
        MemoryModel::new(deployment(Arc::new(model.clone()), Plan::SINGLE, Bytes::gib(80), "", profile));
    let as_quant = |name| {
        let rules = catalog.quant(name).expect("a format").rules(&model);
        Arc::new(FormattedModel::new(Arc::new(model.clone()), &rules))
    };
    let of = |id: &str, memory: Bytes| Accelerator { id: id.to_owned(), memory, ..h100() };
    let kinds = [of("small", Bytes::gib(40)), of("large", Bytes::gib(192)), of("larger", Bytes::gib(288))];
    let prices = [1.0, 4.0, 6.0].map(UsdPerHour::dollars_per_hour);
    let others: Vec<OtherAccelerator<'_>> = kinds
        .iter()
        .zip(prices)
        .map(|(accelerator, price)| OtherAccelerator { accelerator, price: Some(price) })
        .collect();
    let choices = Choices {
        cache_formats: &[("fp8", FP8)],
        weight_formats: &[("fp8", as_quant("fp8")), ("awq", as_quant("awq"))],
        most_accelerators: 16,
        widest_tensor: 8,
        others: &others,
    };
    let workload = Workload::full(8192, 4).expect("a valid workload");
    let changes: Vec<Change> =
        memory.changes(&workload, &choices).into_iter().map(|advice| advice.change).collect();
    let four = Plan::new(Degrees::tensor(4), &model, 4).expect("four divide the heads");
    assert_eq!(
        changes,
        [Change::WeightFormat("awq".into()), Change::Accelerator("large".into()), Change::Layout(four)]
    );
    let fewest = memory.fewest_accelerators(&workload, 16, 8).expect("16 are enough");
    assert_eq!((fewest.count, fewest.plan), (4, four));
}

/// What is advised fits, and one sequence or token more does not.
#[test]
fn fewer_sequences_and_shorter_contexts_are_exact() {
    let model = llama_70b();
    let catalog = Catalog::builtin();
    let profile = catalog.latest_profile(Engine::Vllm).profile.clone();
    let plan = Plan::new(Degrees::tensor(4), &model, 4).expect("four divide the heads");
    let memory = MemoryModel::new(deployment(Arc::new(model.clone()), plan, Bytes::gib(80), "", profile));
    let workload = Workload::full(32_768, 200).expect("a valid workload");
    let choices = Choices {
        cache_formats: &[],
        weight_formats: &[],
        most_accelerators: 4,
        widest_tensor: 4,
        others: &[],
    };
    let changes = memory.changes(&workload, &choices);
    let fits = |context, n| memory.fits(&Workload::full(context, n).expect("a valid workload"));
    match changes.iter().map(|advice| &advice.change).collect::<Vec<_>>().as_slice() {
        [Change::Sequences(n), Change::Context(length)] => {
            assert!(fits(32_768, *n) && !fits(32_768, n + 1));
            assert!(fits(*length, 200) && !fits(length + 1, 200));
        }
        other => panic!("{other:?}"),
    }
}
