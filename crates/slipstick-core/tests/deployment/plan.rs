//! Laws of sharding, and sizes that engines printed.

use crate::models::{deepseek_v3, gated_delta, llama_8b, llama_70b, local_global, mixtral};
use proptest::prelude::*;
use slipstick_core::{
    model::{FormattedModel, Model, Role, Uniform},
    numeric::Format,
    plan::{Degrees, Plan, PlanError, Split, StageWeights, split_of},
    units::Bytes,
};

const BF16: Uniform = Uniform(Format::BF16);

fn in_bf16(model: &Model) -> FormattedModel<&Model> {
    FormattedModel::new(model, &BF16)
}

fn plan(model: &Model, degrees: Degrees) -> Plan {
    Plan::new(degrees, model, degrees.accelerators()).expect("the tests' layouts are valid")
}

fn worst(model: &Model, degrees: Degrees) -> Bytes {
    let stages = plan(model, degrees).stage_weights(&in_bf16(model));
    stages.iter().map(StageWeights::total).max().expect("a plan has a stage")
}

#[test]
fn one_accelerator_holds_the_model() {
    for model in [llama_8b(), mixtral(), deepseek_v3(), gated_delta(64), local_global(48, 1024)] {
        assert_eq!(worst(&model, Degrees::ONE), model.weight_bytes(&BF16));
    }
}

/// A serving engine's log: Llama 3.1 8B loads as 14.9888 GiB, of which 32 MiB are tables of rotary angles
/// (131,072 positions of 128 values).
#[test]
fn published_loads() {
    let gib = |model: &Model, degrees| worst(model, degrees).as_gib();
    assert!((gib(&llama_8b(), Degrees::ONE) + 0.03125 - 14.9888).abs() < 0.0005);
    // Llama 3.1 70B over four: a quarter each, but for its norms.
    let quarter = llama_70b().weight_bytes(&BF16).as_gib() / 4.0;
    assert!((gib(&llama_70b(), Degrees::tensor(4)) - quarter).abs() < 0.01);
}

#[test]
fn heads_must_divide() {
    let error = Plan::new(Degrees::tensor(3), &llama_8b(), 3).unwrap_err();
    assert_eq!(error, PlanError::Heads { tp: 3, kind: "query", heads: 32, works: vec![1, 2, 4, 8, 16, 32] });
    assert!(error.to_string().contains("try tp 1, 2, 4, 8, 16, 32"));
    // Key-value heads are held twice beyond eight ranks.
    assert!(Plan::new(Degrees::tensor(16), &llama_8b(), 16).is_ok());
    assert!(matches!(
        Plan::new(Degrees::tensor(4), &llama_8b(), 8),
        Err(PlanError::Accelerators { accelerators: 8, .. })
    ));
    let stages = Degrees { pp: 33, ..Degrees::ONE };
    assert!(matches!(Plan::new(stages, &llama_8b(), 33), Err(PlanError::Stages { pp: 33, layers: 32 })));
}

#[test]
fn experts_must_divide() {
    let with = |tp, ep, dp| Plan::new(Degrees { tp, ep, dp, pp: 1 }, &mixtral(), tp * dp);
    assert!(with(2, 2, 2).is_ok() && with(1, 8, 8).is_ok() && with(8, 4, 1).is_ok());
    assert!(matches!(with(1, 3, 3), Err(PlanError::Experts { experts: 8, .. })));
    assert!(matches!(with(2, 8, 2), Err(PlanError::ExpertRanks { ep: 8, .. })));
    let dense = Degrees { ep: 2, dp: 2, ..Degrees::ONE };
    assert_eq!(Plan::new(dense, &llama_8b(), 2), Err(PlanError::NoExperts { ep: 2 }));
}

#[test]
fn expert_groups_share_the_experts_and_nothing_else() {
    let model = deepseek_v3();
    let experts = model.parameters().experts * 2;
    let rest = model.weight_bytes(&BF16).get() - experts;
    let wide = Degrees { ep: 32, dp: 32, ..Degrees::ONE };
    assert_eq!(worst(&model, wide).get(), rest + experts / 32);
}

#[test]
fn the_ends_of_a_pipeline_are_heavier() {
    let model = llama_70b();
    let stages = plan(&model, Degrees { pp: 4, ..Degrees::ONE }).stage_weights(&in_bf16(&model));
    let table = 128_256 * 8192 * 2;
    assert_eq!(stages[0].total().get() - stages[1].total().get(), table);
    assert_eq!(stages[3].total().get() - stages[1].total().get(), table + 2 * 8192);
    assert_eq!(stages.iter().map(StageWeights::total).sum::<Bytes>(), model.weight_bytes(&BF16));
    // A tied head is a copy of its own on the last stage.
    let tied = local_global(48, 1024);
    let stages = plan(&tied, Degrees { pp: 2, ..Degrees::ONE }).stage_weights(&in_bf16(&tied));
    assert_eq!(
        stages.iter().map(|s| s.total().get()).sum::<u64>(),
        tied.weight_bytes(&BF16).get() + 262_144 * 3840 * 2
    );
}

#[test]
fn latent_caches_are_replicated_and_heads_are_not() {
    let model = deepseek_v3();
    let eight = plan(&model, Degrees::tensor(8));
    let row = |plan: Plan| plan.cache_on_rank(&model.layers[0].mixers[0]).rows[0];
    assert_eq!((row(Plan::SINGLE), row(eight)), (576, 576));
    let llama = llama_8b();
    let row = |tp| plan(&llama, Degrees::tensor(tp)).cache_on_rank(&llama.layers[0].mixers[0]).rows;
    assert_eq!((row(1), row(8), row(16)), ([1024, 1024], [128, 128], [128, 128]));
}

proptest! {
    /// The pieces of the ranks make up the whole, and twice the ranks halve what is split.
    #[test]
    fn pieces_make_the_whole(power in 0_u32..4, which in 0_usize..3) {
        let model = [llama_8b, mixtral, deepseek_v3][which]();
        let tp = 1 << power;
        let (here, twice) = (plan(&model, Degrees::tensor(tp)), plan(&model, Degrees::tensor(2 * tp)));
        for weight in model.weights() {
            let whole = weight.bytes(Format::BF16);
            let (piece, half) = (here.weight_bytes_on_rank(weight, Format::BF16), twice.weight_bytes_on_rank(weight, Format::BF16));
            match split_of(weight) {
                Split::Replicated => prop_assert_eq!(piece, whole),
                Split::Row if weight.cols == 1 => prop_assert_eq!(piece, whole),
                Split::KvHeads => {
                    prop_assert!(piece.times(tp) >= whole);
                    prop_assert!(half <= piece);
                }
                Split::Column | Split::Row | Split::Vocabulary => {
                    prop_assert_eq!(piece.times(tp), whole);
                    prop_assert_eq!(half.times(2), piece);
                }
            }
        }
    }

    /// Stages hold every layer once, in order.
    #[test]
    fn stages_hold_every_layer_once(layers in 1_usize..200, stages in 1_usize..40) {
        let split = slipstick_core::plan::stage_layers(layers, stages);
        prop_assert_eq!(split.len(), stages);
        let all: Vec<usize> = split.into_iter().flatten().collect();
        prop_assert_eq!(all, (0..layers).collect::<Vec<_>>());
    }
}

#[test]
fn roles_are_split_as_column_and_row_pairs() {
    let model = deepseek_v3();
    let split = |role| model.weights().find(|weight| weight.role == role).map(split_of);
    assert_eq!(split(Role::QueryUp), Some(Split::Column));
    assert_eq!(split(Role::KvDown), Some(Split::Replicated));
    assert_eq!(split(Role::AttentionOut), Some(Split::Row));
    assert_eq!(split(Role::Router), Some(Split::Replicated));
}
