//! Laws of two pools: one reads prompts, the other goes on with their caches and writes.

use std::sync::Arc;

use proptest::{prelude::*, sample::select};
use slipstick_core::{
    deployment::Deployment,
    engine::EngineOptions,
    estimate::{
        Prepared,
        pools::{Pool, PoolService, Pools, best_split},
    },
    hardware::{Cluster, Link, LinkKind},
    model::{FormattedModel, Model, what_if::Quant},
    numeric::{CacheFormat, Format},
    plan::{Degrees, Plan},
    speculation::{Method, Speculation},
    units::{Bandwidth, Bytes, Seconds},
    workload::Workload,
};

use crate::{
    engine::vllm,
    hardware::{calibration, hopper},
    models::{deepseek_v3, gated_delta, local_global, qwen3_32b},
};

fn worker(model: &Model, degrees: Degrees) -> Prepared {
    drafting(model, degrees, None)
}

fn drafting(model: &Model, degrees: Degrees, speculation: Option<Arc<Speculation>>) -> Prepared {
    let count = u32::try_from(degrees.accelerators()).expect("a few");
    let (per_node, nodes) = if count > 8 { (8, count / 8) } else { (count, 1) };
    let plan = Plan::new(degrees, model, u64::from(count)).expect("the tests' layouts are valid");
    Prepared::new(Deployment {
        speculation,
        model: Arc::new(FormattedModel::new(
            Arc::new(model.clone()),
            &Quant::Linear(Format::Fp8Block128).rules(model),
        )),
        plan,
        cache: CacheFormat::uniform(Format::BF16),
        cluster: Arc::new(Cluster::new(hopper(), per_node, nodes)),
        engine: Arc::new(vllm()),
        options: EngineOptions::default(),
        calibration: Arc::new(calibration()),
    })
    .expect("the parts go together")
}

const fn network() -> Link {
    Link { kind: LinkKind::Network, bandwidth: Bandwidth::gb_per_s(50.0) }
}

fn served(workers: [&Prepared; 2], counts: [u64; 2], load: &Workload) -> PoolService {
    pools(workers, counts).serve(load).expect("the accelerator has peaks")
}

fn pools([prefill, decode]: [&Prepared; 2], [reads, writes]: [u64; 2]) -> Pools<'_> {
    Pools {
        prefill: Pool { workers: reads, worker: prefill },
        decode: Pool { workers: writes, worker: decode },
        link: network(),
        assumed: decode.deployment().calibration.assumed,
        prices: None,
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the pools and the load: no more passes than either pool serves, and all requests in flight are accounted for.
    #[test]
    fn the_slower_pool_decides(
        counts in (1_u64..5, 1_u64..5),
        concurrency in 1_u64..2000,
        input in select(vec![128_u64, 1024, 8192]),
        output in select(vec![1_u64, 2, 128, 1024]),
    ) {
        let model = qwen3_32b();
        let [reads, writes] = [Degrees::tensor(2), Degrees::tensor(4)].map(|degrees| worker(&model, degrees));
        let load = Workload::new(input, output, concurrency).expect("a load");
        let found = served([&reads, &writes], [counts.0, counts.1], &load);
        let [prefill, decode] = found.matched.rates;
        let service = &found.service;
        prop_assert!(near(found.matched.rate, prefill.min(decode)));
        prop_assert!(service.request_rate <= found.matched.rate * (1.0 + 1e-9));
        prop_assert!(found.idle.iter().all(|idle| (0.0..1.0).contains(idle)));
        // Little's law.
        prop_assert!(near(service.request_rate * service.e2e.get(), concurrency as f64) || output == 1);
        prop_assert!(service.ttft >= service.own_prefill + found.transfer);
    }

    /// Twice the workers of each pool serve twice the requests a second of twice the load, each as fast.
    #[test]
    fn doubled_pools_serve_double(concurrency in 8_u64..600, input in select(vec![1024_u64, 8192])) {
        let model = deepseek_v3();
        let spread = Degrees { tp: 1, pp: 1, ep: 8, dp: 8 };
        let workers = [worker(&model, spread), worker(&model, spread)];
        let of = |times: u64| {
            let load = Workload::new(input, 512, concurrency * times).expect("a load");
            served([&workers[0], &workers[1]], [times, 2 * times], &load)
        };
        let (once, twice) = (of(1), of(2));
        prop_assert!(near(twice.matched.rates[0], 2.0 * once.matched.rates[0]));
        prop_assert!(near(twice.matched.rates[1], 2.0 * once.matched.rates[1]));
        // Two servers wait less than one, so that a little more passes.
        prop_assert!(twice.service.request_rate >= 2.0 * once.service.request_rate * (1.0 - 1e-9));
        prop_assert!(twice.service.request_rate <= 2.05 * once.service.request_rate);
    }
}

/// Every byte of the cache goes over, and no other.
#[test]
fn the_transfer_is_the_cache_of_the_prompt() {
    for (model, tokens) in [(qwen3_32b(), 4096), (deepseek_v3(), 8192), (local_global(12, 1024), 5000)] {
        let one = worker(&model, Degrees { tp: 8, ..Degrees::ONE });
        let load = Workload::new(tokens, 16, 4).expect("a load");
        let found = served([&one, &one], [1, 1], &load);
        assert_eq!(found.cache, model.cache_bytes(Format::BF16, tokens), "{}", model.model_type);
        assert!(found.link_cache <= found.cache && found.link_cache > Bytes::ZERO);
    }
    // A state goes over too, as wide as the engine keeps it.
    let model = gated_delta(8);
    let one = worker(&model, Degrees::tensor(2));
    let found = served([&one, &one], [1, 1], &Workload::new(1000, 16, 4).expect("a load"));
    assert!(found.cache > model.cache_bytes(Format::BF16, 1000));
}

/// Heads that are cut go over links of their own; a latent goes to every rank whole.
#[test]
fn links_carry_what_ranks_keep() {
    let load = Workload::new(2048, 16, 4).expect("a load");
    let of = |model: &Model| {
        let workers = [2, 8].map(|tp| worker(model, Degrees::tensor(tp)));
        served([&workers[0], &workers[1]], [1, 1], &load)
    };
    let heads = of(&qwen3_32b());
    assert_eq!(heads.link_cache.get(), heads.cache.get() / 2);
    let latent = of(&deepseek_v3());
    assert_eq!(latent.link_cache, latent.cache);
    assert!(heads.transfer > Seconds::ZERO);
}

/// One request through a pool of one of each: its prompt, the transfer, and steps that nothing interrupts.
#[test]
fn a_single_request_waits_for_nobody() {
    let model = qwen3_32b();
    let one = worker(&model, Degrees::tensor(4));
    let load = Workload::new(2000, 200, 1).expect("a load");
    let found = served([&one, &one], [1, 1], &load);
    let service = &found.service;
    assert_eq!((service.wait, service.queue), (Seconds::ZERO, Seconds::ZERO));
    let alone = one.serve(&load).expect("the accelerator has peaks");
    assert!(near(service.own_prefill.get(), alone.prefill.total().get()));
    // The same step: nobody else's prompt slows the only request of an ordinary deployment either.
    assert!(near(service.tpot.get(), alone.tpot.get() * calibration().assumed.pool_step.value));
}

/// The best split of some accelerators serves no less than any other.
#[test]
fn no_split_serves_more_than_the_best() {
    let model = qwen3_32b();
    let workers = [Degrees::tensor(2), Degrees::tensor(4)].map(|degrees| worker(&model, degrees));
    let load = Workload::new(4096, 256, 300).expect("a load");
    let with = pools([&workers[0], &workers[1]], [1, 1]);
    let best = best_split(&with, 32, &load).expect("there are splits");
    assert!(best.prefill * 2 + best.decode * 4 <= 32);
    for prefill in 1..=14 {
        let decode = (32 - 2 * prefill) / 4;
        let found = served([&workers[0], &workers[1]], [prefill, decode], &load);
        assert!(found.service.request_rate <= best.rate, "{prefill} and {decode}");
    }
    assert_eq!(best_split(&with, 5, &load), None);
}

/// Drafts that are looked up, each accepted with one chance.
fn looked_up(tokens: u64, chance: f64) -> Arc<Speculation> {
    let acceptance = vec![chance; usize::try_from(tokens).expect("a few")];
    Arc::new(Speculation { method: Method::Lookup, drafter: None, tokens, acceptance, assumed: None })
}

/// Free drafts that are all accepted write one token more than drafted in a step, and a pool that writes serves as much more;
/// those that nobody accepts cost more than none.
#[test]
fn drafts_are_made_where_output_is_written() {
    let model = qwen3_32b();
    let degrees = Degrees::tensor(4);
    let plain = worker(&model, degrees);
    let load = Workload::new(2000, 500, 1).expect("a load");
    let of = |chance: f64| {
        let with = drafting(&model, degrees, Some(looked_up(4, chance)));
        served([&with, &with], [1, 1], &load)
    };
    let [all, none] = [1.0, 0.0].map(of);
    assert!(near(all.service.expected, 5.0) && near(none.service.expected, 1.0));
    assert!(near(all.service.tpot.get() * 5.0, none.service.tpot.get()));
    assert!(near(all.matched.rates[1], 5.0 * none.matched.rates[1]));
    let without = served([&plain, &plain], [1, 1], &load);
    assert!(none.service.tpot > without.service.tpot && all.service.tpot < without.service.tpot);
    // The first token takes a whole step, whatever drafts are accepted.
    assert!(near(all.service.ttft.get(), none.service.ttft.get()));
    assert!(near(all.service.own_prefill.get(), without.service.own_prefill.get()));
}

/// What is found in a cache is not read, and goes over all the same.
#[test]
fn what_is_in_a_cache_is_not_read_again() {
    let model = qwen3_32b();
    let one = worker(&model, Degrees::tensor(4));
    let load = Workload::new(8192, 200, 16).expect("a load");
    let plain = served([&one, &one], [1, 1], &load);
    let hit = served([&one, &one], [1, 1], &load.with_hit(0.5).expect("a share"));
    let shared = served([&one, &one], [1, 1], &load.with_prefix(4096).expect("a prefix"));
    for found in [hit, shared] {
        assert!((found.service.cached - 4096.0).abs() < 1e-9, "{}", found.service.cached);
        assert!(found.matched.rates[0] > 1.5 * plain.matched.rates[0]);
        assert!(found.service.own_prefill < plain.service.own_prefill);
        assert_eq!((found.cache, found.transfer), (plain.cache, plain.transfer));
        assert!(
            near(found.matched.rates[1], plain.matched.rates[1])
                || found.matched.rates[1] > plain.matched.rates[1]
        );
    }
    let nothing = served([&one, &one], [1, 1], &load.with_hit(0.0).expect("a share"));
    assert_eq!(nothing, plain);
}
