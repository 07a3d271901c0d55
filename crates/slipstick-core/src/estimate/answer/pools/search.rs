//! Which workers to put together, and how many of each: exact, by the halves alone.
//!
//! A worker that takes no fewer accelerators, serves no more and is no faster than another can be swapped for it one for one,
//! so each list is reduced to what no other beats before any two are put together.

use super::halves::{PoolRate, matched};
use crate::units::Seconds;

/// A worker that may be chosen for a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Half {
    /// Accelerators of one.
    pub accelerators: u64,
    /// Requests a second of one, if it always has work.
    pub rate: f64,
    /// What a request waits for it: to the first token where it reads, for each further one where it writes.
    pub time: Seconds,
}

/// Workers of two pools.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Which of those that read, and which of those that write.
    pub of: [usize; 2],
    /// How many of each.
    pub workers: [u64; 2],
    /// Requests a second that pass both.
    pub rate: f64,
    /// Accelerators of all.
    pub accelerators: u64,
}

impl Half {
    /// Whether nothing speaks for the other.
    fn beats(&self, other: &Self) -> bool {
        self.accelerators <= other.accelerators && self.rate >= other.rate && self.time <= other.time
    }

    /// Workers that serve a rate.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive count, which saturates"
    )]
    pub fn serving(&self, rate: f64) -> u64 {
        let count = (rate / self.rate).ceil().max(1.0) as u64;
        // A quotient that was rounded up may have crossed a whole number.
        if count > 1 && (count - 1) as f64 * self.rate >= rate { count - 1 } else { count }
    }
}

impl Choice {
    /// Whether it serves more, or as much on fewer accelerators; of equal ones the earlier workers.
    fn beats(&self, other: &Self) -> bool {
        let order = other.rate.total_cmp(&self.rate);
        order.then(self.accelerators.cmp(&other.accelerators)).then(self.of.cmp(&other.of)).is_lt()
    }
}

/// The places of what no other beats within a limit of time; of equal ones the first.
pub fn front(halves: &[Half], limit: Option<Seconds>) -> Vec<usize> {
    let kept = |half: &Half| half.rate > 0.0 && limit.is_none_or(|limit| half.time <= limit);
    let beaten = |at: usize| {
        let one = &halves[at];
        let by = |(place, other): (usize, &Half)| {
            place != at && kept(other) && other.beats(one) && (place < at || !one.beats(other))
        };
        halves.iter().enumerate().any(by)
    };
    (0..halves.len()).filter(|at| kept(&halves[*at]) && !beaten(*at)).collect()
}

/// Requests a second of one accelerator if workers could be divided: what no whole numbers of these two reach.
///
/// ```
/// # use slipstick_core::{estimate::pools::{Half, divided_rate}, units::Seconds};
/// let (prefill, decode) = (
///     Half { accelerators: 2, rate: 1.8, time: Seconds::ZERO },
///     Half { accelerators: 4, rate: 3.1, time: Seconds::ZERO },
/// );
/// assert!((divided_rate([&prefill, &decode]) - 0.416_42).abs() < 5e-6);
/// ```
pub fn divided_rate(pair: [&Half; 2]) -> f64 {
    1.0 / pair.iter().map(|half| half.accelerators as f64 / half.rate).sum::<f64>()
}

/// The pools within so many accelerators that serve most, their workers within limits of time; as much on the fewest
/// accelerators. None where no two workers find room.
pub fn most(halves: [&[Half]; 2], limits: [Option<Seconds>; 2], accelerators: u64) -> Option<Choice> {
    let fronts = [front(halves[0], limits[0]), front(halves[1], limits[1])];
    let mut best: Option<Choice> = None;
    for reads in &fronts[0] {
        for writes in &fronts[1] {
            let pair = [&halves[0][*reads], &halves[1][*writes]];
            let bound = divided_rate(pair) * accelerators as f64;
            if best.is_some_and(|best| best.rate > bound * (1.0 + f64::EPSILON.sqrt())) {
                continue;
            }
            for choice in ratios(pair, [*reads, *writes], accelerators) {
                if best.is_none_or(|best| choice.beats(&best)) {
                    best = Some(choice);
                }
            }
        }
    }
    best
}

/// Two workers in every number of those that write, each with the fewest that read beside them.
fn ratios(pair: [&Half; 2], of: [usize; 2], accelerators: u64) -> impl Iterator<Item = Choice> + use<'_> {
    let [reads, writes] = pair;
    let room = accelerators.saturating_sub(reads.accelerators);
    (1..=room / writes.accelerators).map(move |decode| {
        let largest = (accelerators - decode * writes.accelerators) / reads.accelerators;
        let prefill = reads.serving(decode as f64 * writes.rate).min(largest);
        let rates = [(prefill, reads), (decode, writes)]
            .map(|(workers, half)| PoolRate { workers: workers as f64, worker_rate: half.rate });
        let accelerators = prefill * reads.accelerators + decode * writes.accelerators;
        Choice { of, workers: [prefill, decode], rate: matched(rates).rate, accelerators }
    })
}

/// The fewest accelerators that serve a rate: each pool by itself, since neither needs to know of the other. None where a
/// list has no worker within its limit.
pub fn fewest(halves: [&[Half]; 2], limits: [Option<Seconds>; 2], rate: f64) -> Option<Choice> {
    let pool = |at: usize| {
        let needed = |place: &usize| {
            let half = &halves[at][*place];
            half.serving(rate) * half.accelerators
        };
        let place = front(halves[at], limits[at]).into_iter().min_by_key(needed)?;
        Some((place, halves[at][place].serving(rate)))
    };
    let [(reads, prefill), (writes, decode)] = [pool(0)?, pool(1)?];
    let (reader, writer) = (&halves[0][reads], &halves[1][writes]);
    let rates = [(prefill, reader), (decode, writer)]
        .map(|(workers, half)| PoolRate { workers: workers as f64, worker_rate: half.rate });
    let accelerators = prefill * reader.accelerators + decode * writer.accelerators;
    Some(Choice { of: [reads, writes], workers: [prefill, decode], rate: matched(rates).rate, accelerators })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Half, fewest, most};
    use crate::units::Seconds;

    fn half(accelerators: u64, rate: f64) -> Half {
        Half { accelerators, rate, time: Seconds::ZERO }
    }

    /// Prefill workers of 2 accelerators at 1.8 requests/s, decode workers of 4 at 3.1, 32 accelerators: 2P + 1D four times
    /// serves 0.38750 of each accelerator, and one prefill worker of them is not needed; with the shares of 0.9 and 0.92
    /// that another planner plans with, 8P + 4D at 0.35650.
    #[test]
    fn whole_workers_reach_less_than_divided_ones() {
        let found = most([&[half(2, 1.8)], &[half(4, 3.1)]], [None; 2], 32).unwrap();
        assert!((found.rate / 32.0 - 0.387_50).abs() < 1e-9, "{found:?}");
        assert_eq!((found.workers, found.accelerators), ([7, 4], 30));
        let found = most([&[half(2, 1.8 * 0.9)], &[half(4, 3.1 * 0.92)]], [None; 2], 32).unwrap();
        assert!((found.rate / 32.0 - 0.356_50).abs() < 1e-9, "{found:?}");
        assert_eq!(found.workers, [8, 4]);
        let one = most([&[half(2, 1.8)], &[half(4, 3.1)]], [None; 2], 8).unwrap();
        assert_eq!((one.workers, one.rate), ([2, 1], 3.1));
        assert!(most([&[half(2, 1.8)], &[half(4, 3.1)]], [None; 2], 5).is_none());
    }

    /// Every pair in every number, compared.
    fn by_hand(halves: [&[Half]; 2], limits: [Seconds; 2], accelerators: u64) -> Option<(f64, u64)> {
        let mut best: Option<(f64, u64)> = None;
        for reads in halves[0].iter().filter(|half| half.time <= limits[0]) {
            for writes in halves[1].iter().filter(|half| half.time <= limits[1]) {
                for prefill in 1..=accelerators {
                    for decode in 1..=accelerators {
                        let used = prefill * reads.accelerators + decode * writes.accelerators;
                        let rate = (prefill as f64 * reads.rate).min(decode as f64 * writes.rate);
                        let better = best.is_none_or(|(most, on)| {
                            rate.total_cmp(&most).is_gt() || (rate.total_cmp(&most).is_eq() && used < on)
                        });
                        if used <= accelerators && better {
                            best = Some((rate, used));
                        }
                    }
                }
            }
        }
        best
    }

    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut state = 1_u64;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        }
    }

    fn list(draw: &mut impl FnMut(u64) -> u64) -> Vec<Half> {
        let one = |_| Half {
            accelerators: 1 << draw(4),
            rate: draw(60) as f64 / 10.0 + 0.1,
            time: Seconds::s(draw(10) as f64),
        };
        (0..5).map(one).collect()
    }

    /// What is found is what comparing everything finds, in whatever order workers come.
    #[test]
    fn the_best_of_a_thousand_small_instances_is_that_of_brute_force() {
        let mut draw = numbers();
        for _ in 0..1000 {
            let (reads, writes) = (list(&mut draw), list(&mut draw));
            let limits = [Seconds::s(draw(10) as f64), Seconds::s(draw(10) as f64)];
            let room = 2 + draw(30);
            let expected = by_hand([&reads, &writes], limits, room);
            let found = |reads: &[Half], writes: &[Half]| {
                most([reads, writes], limits.map(Some), room).map(|best| (best.rate, best.accelerators))
            };
            assert_eq!(found(&reads, &writes), expected);
            let (mut back, mut front) = (reads.clone(), writes.clone());
            back.reverse();
            front.reverse();
            assert_eq!(found(&back, &front), expected);
        }
    }

    /// No fewer accelerators serve the rate, and those that are found do.
    #[test]
    fn the_fewest_accelerators_serve_a_rate() {
        let mut draw = numbers();
        for _ in 0..1000 {
            let (reads, writes) = (list(&mut draw), list(&mut draw));
            let rate = draw(80) as f64 / 10.0 + 0.1;
            let Choice { accelerators, rate: served, .. } =
                fewest([&reads, &writes], [None; 2], rate).unwrap();
            assert!(served >= rate);
            let fewer = most([&reads, &writes], [None; 2], accelerators - 1);
            assert!(fewer.is_none_or(|best| best.rate < rate), "{fewer:?} beside {accelerators}");
        }
    }
}
