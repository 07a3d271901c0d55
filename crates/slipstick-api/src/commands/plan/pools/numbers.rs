//! How many workers of two kinds are tried for a load.

use slipstick_core::estimate::pools::{Choice, Half, most};

use super::{
    super::target::{Demand, Target},
    wants_more,
};

/// Accelerators within which the most is looked for where nobody says.
const USUAL_ROOM: u64 = 16;

/// A pool that reads is made larger until prompts wait short enough, so many times at most.
const MOST_WIDER: u64 = 64;

/// Doublings of workers where more of them are what is asked for.
const MOST_DOUBLINGS: u32 = 5;

/// Share of what the slower pool could serve that it is asked where nobody says: beyond it prompts queue without bound.
pub(super) const FULL: f64 = 0.9;

/// Workers that read beside so many that write, from the fewest up.
pub(super) struct Beside {
    /// Workers that write.
    pub(super) decode: u64,
    /// Workers that read, in the order they are tried.
    pub(super) prefill: Vec<u64>,
    /// Requests a second that are asked of both where the load says none.
    pub(super) rate: f64,
    /// Whether more that read are tried once the times are kept.
    pub(super) all: bool,
}

/// Two workers in the numbers that are tried for the load, `output` tokens a request.
pub(super) fn tried(pair: [Half; 2], output: f64, target: &Target) -> Vec<Beside> {
    match target.demand {
        Demand::Rate { rate, planned } => sharing(pair, rate.get() / planned, target),
        Demand::Batch(rate) => sharing(pair, rate.get() / FULL, target),
        Demand::InFlight(count) => keeping(pair, count as f64, output, target),
        Demand::Open => fullest(pair, target.most.unwrap_or(USUAL_ROOM)),
    }
}

/// In the fewest numbers that serve a rate, and with more that read where prompts have to wait less.
fn sharing([reads, writes]: [Half; 2], rate: f64, target: &Target) -> Vec<Beside> {
    let (prefill, decode) = (reads.serving(rate), writes.serving(rate));
    numbers(decode, (&reads, |_| prefill), rate, target)
}

/// In the fewest numbers that keep so many requests in flight within the time of a token, those that read as fast as the
/// others write.
fn keeping([reads, writes]: [Half; 2], in_flight: f64, output: f64, target: &Target) -> Vec<Beside> {
    // Little's law: what one worker writes at once.
    let one = writes.rate * output * writes.time.get();
    let fewest = Half { rate: one, ..writes }.serving(in_flight);
    let rate = |decode: u64| writes.rate * (in_flight / one).min(decode as f64) / FULL;
    numbers(fewest, (&reads, |decode| reads.serving(rate(decode))), rate(fewest), target)
}

/// So many workers that write, and doublings of them where more is what is asked for.
fn numbers(
    fewest: u64,
    (reads, needed): (&Half, impl Fn(u64) -> u64),
    rate: f64,
    target: &Target,
) -> Vec<Beside> {
    let more = wants_more(target);
    // More that read shorten the wait, and no prompt itself.
    let waits = target.ttft.is_some_and(|limit| reads.time < limit) || target.e2e.is_some();
    let beside = |decode: u64| {
        let first = needed(decode);
        let prefill = if more {
            (0..=MOST_DOUBLINGS).map(|times| first << times).collect()
        } else {
            (first..first + if waits { MOST_WIDER } else { 1 }).collect()
        };
        Beside { decode, prefill, rate, all: more }
    };
    let doublings = if more { MOST_DOUBLINGS } else { 0 };
    (0..=doublings).map(|times| beside(fewest << times)).collect()
}

/// In the numbers that serve most for each accelerator, the best first.
fn fullest(pair: [Half; 2], room: u64) -> Vec<Beside> {
    let mut all: Vec<Choice> =
        (2..=room).filter_map(|room| most([&pair[..1], &pair[1..]], [None; 2], room)).collect();
    let each = |choice: &Choice| choice.rate / choice.accelerators as f64;
    all.sort_by(|a, b| each(b).total_cmp(&each(a)).then(a.accelerators.cmp(&b.accelerators)));
    all.dedup_by_key(|choice| choice.workers);
    let beside = |choice: Choice| {
        let [prefill, decode] = choice.workers;
        Beside { decode, prefill: vec![prefill], rate: choice.rate * FULL, all: true }
    };
    all.into_iter().map(beside).collect()
}
