//! Steps added up beforehand take the time that their operators take one by one.

use proptest::{prelude::*, sample::select};
use slipstick_core::{
    estimate::{
        compute,
        step::{Rates, Shape, StepClock, StepTime, step_time},
    },
    hardware::{Cluster, HeadKernel},
    model::{
        FormattedModel, Model,
        what_if::{Mix, Quant},
    },
    numeric::Format,
    ops::{LoweredModel, Lowering, Step, lower},
    plan::{Degrees, Plan},
    units::Seconds,
};

use crate::{
    hardware::{calibration, hopper},
    models::{deepseek_v3, gated_delta, local_global, mixtral, qwen3_32b},
};

/// vLLM of 2024 where it does not decode by flash attention.
const BY_HEAD: HeadKernel = HeadKernel { divided_up_to: 512.0, part: 512.0, longest: 8192.0 };

fn deployed(model: &Model, quant: Quant, degrees: Degrees) -> (LoweredModel, Rates) {
    let plan = Plan::new(degrees, model, degrees.accelerators()).expect("the tests' layouts are valid");
    let cluster = Cluster::new(hopper(), 8, 4);
    let rates = Rates::new(&cluster, &calibration(), plan.tp(), plan.ep(), plan.pp())
        .map(|rates| rates.eager_above(Some(512)));
    let with = Lowering {
        cache: Format::BF16,
        state_element_bytes: 4.0,
        plan,
        compute: compute::compute_format,
        hardware: compute::hardware(&cluster.accelerator),
        head_kernel: Some(BY_HEAD),
    };
    (
        lower(&FormattedModel::new(model, &quant.rules(model)), &with),
        rates.expect("the accelerator has peaks"),
    )
}

fn parts(time: &StepTime) -> [Seconds; 5] {
    [time.compute, time.bandwidth, time.communication, time.overhead, time.total()]
}

fn deployment() -> impl Strategy<Value = (LoweredModel, Rates)> {
    let models = vec![
        (qwen3_32b(), false),
        (mixtral(), true),
        (deepseek_v3(), true),
        (gated_delta(8), false),
        (local_global(12, 1024), false),
    ];
    let quants = vec![
        Quant::Linear(Format::BF16),
        Quant::Linear(Format::Fp8Block128),
        Quant::Experts(Format::Mxfp4),
        Quant::Mix(Mix::Q4KM),
    ];
    (select(models), select(quants), 0_u32..4, 0_u32..3, 0_u32..3, any::<bool>()).prop_map(
        |((model, routed), quant, tp, pp, dp, spread)| {
            let (tp, pp, dp) = (1 << tp, 1 << pp, 1 << dp);
            let ep = if routed && spread { (tp * dp).min(8) } else { 1 };
            deployed(&model, quant, Degrees { tp, pp, ep, dp })
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let decode = (prop_oneof![Just(0.0), 1.0..2000.0], prop_oneof![Just(0.0), 1.0..8.0]);
    let prefill = (prop_oneof![Just(0.0), 1.0..20_000.0], prop_oneof![Just(0.0), 0.1..0.9]);
    (decode, 1.0..100_000.0, prefill, 1.0..50_000.0).prop_map(
        |((sequences, drafted), context, (tokens, share), length)| Step {
            decode_sequences: sequences,
            drafted,
            decode_context: context,
            prefill_tokens: tokens,
            prefill_length: length,
            cached: share * length,
            prompts_completed: tokens / length,
        },
    )
}

proptest! {
    #[test]
    fn summed_steps_are_steps(deployed in deployment(), step in step()) {
        let (model, rates) = deployed;
        let one_by_one = step_time(&model, &rates, &step, |_| ());
        let clock = StepClock::new(&model, &rates);
        let steps = clock.steps(&Shape {
            context: step.decode_context,
            drafted: step.drafted,
            prompt: step.prefill_length,
            cached: step.cached,
        });
        let summed = steps.time(step.decode_sequences, step.prefill_tokens, step.prompts_completed);
        for (summed, exact) in parts(&summed).into_iter().zip(parts(&one_by_one)) {
            prop_assert!((summed.get() - exact.get()).abs() <= 1e-12 * exact.get(), "{summed:?} {exact:?}");
        }
    }
}

/// Layers take the host ten times as long where a step that only reads prompts has more tokens than graphs were captured of;
/// a step that decodes too is launched while the one before it runs.
#[test]
fn prompts_beyond_the_graphs_are_launched_kernel_by_kernel() {
    let (model, rates) = deployed(&qwen3_32b(), Quant::Linear(Format::BF16), Degrees::ONE);
    let clock = StepClock::new(&model, &rates);
    let steps = clock.steps(&Shape { context: 1024.0, prompt: 1024.0, ..Shape::default() });
    let host = |sequences: f64, tokens: f64| steps.time(sequences, tokens, 1.0).overhead;
    assert_eq!(host(0.0, 512.0), host(0.0, 1.0));
    let layers = calibration().per_layer * (model.layers * calibration().level);
    let more = host(0.0, 513.0) - host(0.0, 512.0);
    assert!((more / layers - 9.0).abs() < 1e-9, "{more:?} over {layers:?}");
    assert_eq!(host(1.0, 4096.0), host(1.0, 0.0));
}

/// Eight query heads of a rank share one of keys and values: up to 64 sequences there are at most 512 blocks.
#[test]
fn a_kernel_by_query_head_reads_a_shared_cache_for_each_of_them() {
    let (model, _) = deployed(&qwen3_32b(), Quant::Linear(Format::BF16), Degrees::tensor(8));
    let line = model.groups[0].mixers[0];
    let of_cache = |sequences: f64, context: f64| {
        let at = |context| line.decode_cost(&Step::decode(sequences, context)).read.get();
        (at(context) - at(0.0)) / sequences / (context * line.row_bytes / line.cache_split)
    };
    for (sequences, context, reads) in
        [(64.0, 4096.0, 1.0), (65.0, 4096.0, 8.0), (1.0, 512.0, 8.0), (65.0, 9000.0, 1.0)]
    {
        let found = of_cache(sequences, context);
        assert!((found - reads).abs() < 1e-9, "{sequences} of {context}: {found}");
    }
}
