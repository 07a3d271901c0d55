//! How far a count can go: the edge at which memory runs out.
//!
//! What is left is a straight line in the count but for a few bends and steps, so the edge is sought along lines through
//! the last two points; where that closes in slowly, the interval is halved.

/// The largest count that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not even one.
    None,
    /// So many.
    UpTo(u64),
    /// More than anyone asks for: memory does not bound it.
    Unbounded,
}

impl Reach {
    /// As a count, with `cap` where memory does not bound it.
    pub const fn count(self, cap: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::UpTo(count) => count,
            Self::Unbounded => cap,
        }
    }
}

/// A count, and what is left at it: below zero where it does not fit.
#[derive(Debug, Clone, Copy)]
struct Point {
    count: u64,
    left: i64,
}

/// The count at which the line through two points reaches zero, rounded down; `None` if it never does.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess, which is tried")]
fn zero(a: Point, b: Point) -> Option<u64> {
    let (rise, run) = (a.left as f64 - b.left as f64, b.count as f64 - a.count as f64);
    let slope = rise / run;
    (slope > 0.0).then(|| (a.count as f64 + a.left as f64 / slope) as u64)
}

/// The largest count up to `cap` for which something is `left`, where nothing is again after the first count without.
/// `probe` is a count in whose neighbourhood `left` is as good as straight.
pub(super) fn edge(cap: u64, probe: u64, left: impl Fn(u64) -> i64) -> Reach {
    let at = |count| Point { count, left: left(count) };
    let mut low = at(1);
    if low.left < 0 {
        return Reach::None;
    }
    let mut next = at(probe.clamp(2, cap));
    // Outwards until it fails: along the line, or twice as far as before where there is no slope to go by.
    while next.left >= 0 {
        if next.count >= cap {
            return Reach::Unbounded;
        }
        let (here, guess) = (next, zero(low, next));
        let step =
            guess.map_or(2 * (here.count - low.count), |guess| guess.saturating_sub(here.count).max(1));
        low = here;
        next = at(here.count.saturating_add(step).min(cap));
    }
    inwards(low, next, at)
}

/// The same where no more than `bound` can fit: mostly that many do.
pub(super) fn edge_below(bound: u64, cap: u64, left: impl Fn(u64) -> i64) -> Reach {
    if bound == 0 {
        return Reach::None;
    }
    if bound >= cap {
        return edge(cap, 2, left);
    }
    if left(bound) >= 0 { Reach::UpTo(bound) } else { edge(bound, 2, left) }
}

/// The edge between a count that fits and one that does not.
fn inwards(mut low: Point, mut high: Point, at: impl Fn(u64) -> Point) -> Reach {
    let mut slow = false;
    while high.count - low.count > 1 {
        let width = high.count - low.count;
        let half = low.count + width / 2;
        let guess = zero(low, high).filter(|_| !slow).unwrap_or(half);
        let middle = at(guess.clamp(low.count + 1, high.count - 1));
        if middle.left >= 0 {
            low = middle;
        } else {
            high = middle;
        }
        slow = !slow && (high.count - low.count) * 2 > width;
    }
    Reach::UpTo(low.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_found() {
        let line = |edge: i64| move |count: u64| edge - count.cast_signed();
        for count in [1, 2, 3, 7, 64, 1000, 1001] {
            assert_eq!(edge(1 << 20, 2, line(count)), Reach::UpTo(count.cast_unsigned()));
            assert_eq!(edge(1 << 20, 500, line(count)), Reach::UpTo(count.cast_unsigned()));
        }
        assert_eq!(edge(1 << 20, 2, |_| -1), Reach::None);
        assert_eq!(edge(1000, 2, |_| 0), Reach::Unbounded);
        assert_eq!(edge(1000, 2, line(999)), Reach::UpTo(999));
        assert_eq!(edge(1000, 2, line(1000)), Reach::Unbounded);
    }

    /// Steps as of blocks, bends as of limits, and a cliff: wherever it falls, it is found, and in few tries.
    #[test]
    fn bends_and_steps_are_no_obstacle() {
        let shapes: [fn(u64) -> u64; 5] = [
            |n| n.div_ceil(16) * 16,
            |n| 10 * n.min(300) + n,
            |n| n + 10 * n.saturating_sub(300),
            |n| n * n,
            |n| if n > 300 { 1 << 40 } else { 0 },
        ];
        for shape in shapes {
            for room in [0, 1, 17, 299, 3000, 3001, 500_000] {
                let fits = |n: u64| shape(n) <= room;
                let tries = core::cell::Cell::new(0);
                let left = |n: u64| {
                    tries.set(tries.get() + 1);
                    room.cast_signed() - shape(n).cast_signed()
                };
                match edge(1 << 32, 2, left) {
                    Reach::None => assert!(!fits(1)),
                    Reach::UpTo(n) => assert!(fits(n) && !fits(n + 1), "{n} of {room}"),
                    Reach::Unbounded => assert!(fits(1 << 32)),
                }
                assert!(tries.get() < 64, "{} tries", tries.get());
            }
        }
    }
}
