//! With how many sequences an engine starts.

use slipstick_core::{
    engine::{Engine, EngineOptions},
    estimate::{Prepared, Verdict},
    numeric::Format,
    units::Bytes,
    workload::Workload,
};

use crate::{
    models::{gated_delta, llama_8b},
    setup::{Ask, BF16},
};

/// Qwen3.6-27B in FP8 on an H100 at 0.95 of its memory: "max_num_seqs (1024) exceeds available Mamba cache blocks (856)"
/// (vllm-project/recipes#551).
fn qwen_27b(options: EngineOptions) -> Ask {
    let options = EngineOptions { memory_share: Some(0.95), ..options };
    Ask {
        memory: Bytes::gib_f64(79.65),
        weights: Format::Fp8Channel,
        cache: BF16,
        options,
        ..Ask::of(Engine::Vllm, "0.21")
    }
}

fn verdict(ask: &Ask, sequences: u64) -> Verdict {
    let prepared = Prepared::new(ask.deployment(&gated_delta(64))).expect("the deployment is valid");
    let load = Workload::full(8192, sequences).expect("valid");
    let reach = prepared.memory().max_concurrency(&load);
    prepared.verdict(&load, reach)
}

#[test]
fn more_sequences_than_blocks_of_state_do_not_start() {
    let set = |sequences| EngineOptions { max_sequences: Some(sequences), ..EngineOptions::default() };
    let estimate = qwen_27b(set(1024)).estimate(&gated_delta(64), 8192, 1);
    let limit = estimate.state_limit.expect("its layers keep a state");
    assert!(limit.refuses(), "{limit:?}");
    let (low, high) = (limit.blocks.low, limit.blocks.high);
    assert!((low..=high).contains(&856) && (700..=1000).contains(&limit.blocks.value), "{limit:?}");
    assert_eq!(verdict(&qwen_27b(set(1024)), 1), Verdict::DoesNotStart);
    assert_eq!(verdict(&qwen_27b(set(256)), 1), Verdict::Holds);
    // Without captured graphs the engine does not ask.
    let eager = EngineOptions { graphs: Some(false), ..set(1024) };
    assert_eq!(verdict(&qwen_27b(eager), 1), Verdict::Holds);
}

/// Nobody set a limit: the answer takes the largest that starts, and says that the default does not.
#[test]
fn the_largest_number_that_starts_is_taken() {
    let ask = qwen_27b(EngineOptions::default());
    let estimate = ask.estimate(&gated_delta(64), 8192, 1);
    let limit = estimate.state_limit.expect("its layers keep a state");
    assert!(limit.refuses_default() && !limit.refuses());
    assert_eq!(ask.with(&gated_delta(64), |memory| memory.batch_limits().sequences), limit.blocks.value);
    assert_eq!(verdict(&ask, 1), Verdict::Holds);
}

#[test]
fn layers_without_a_state_start_with_any_number() {
    let ask = Ask::of(Engine::Vllm, "0.33");
    assert_eq!(ask.estimate(&llama_8b(), 8192, 1).state_limit, None);
    let old = Ask { version: "0.11", ..qwen_27b(EngineOptions::default()) };
    assert_eq!(old.estimate(&gated_delta(64), 8192, 1).state_limit, None);
}

/// Sixteen stages: pool and table tell of the same one, and the pool holds at its worst no more than the answer says.
#[test]
fn pool_and_table_are_of_one_stage() {
    use slipstick_core::plan::Degrees;
    for tp in [1, 2] {
        let degrees = Degrees { tp, pp: 16 / tp, ..Degrees::ONE };
        let ask = Ask { degrees, ..Ask::of(Engine::Vllm, "0.33") };
        let estimate = ask.estimate(&gated_delta(64), 32_768, 1);
        let pool = estimate.pool.as_ref().expect("vLLM has a pool");
        let rank = estimate.rank();
        assert_eq!(rank.pool.value, pool.bytes.value);
        assert_eq!(rank.pool.value, pool.layout.block_bytes.times(pool.blocks.value));
        let most = estimate.max_concurrency.count(u64::MAX);
        assert!(pool.concurrency().floor() <= most as f64, "{} of {most}", pool.concurrency());
        assert!(pool.concurrency() * 1.1 > most as f64, "{} of {most}", pool.concurrency());
    }
}
