//! Why nothing keeps all limits, and what would have to give.

use super::{
    neighbours::by_excess,
    search::{Point, Tried},
    target::{Limit, Target},
};

/// A limit that keeps every plan out, and the number that would let one in with all others kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Relaxed {
    pub(super) limit: Limit,
    pub(super) asked: f64,
    /// None where no number would do: another limit keeps all plans out too.
    pub(super) nearest: Option<Point>,
}

impl Relaxed {
    /// By what factor the limit would have to move.
    pub(super) fn factor(&self) -> f64 {
        self.nearest.map_or(f64::INFINITY, |point| point.of_limit(self.limit) / self.asked)
    }
}

/// Each limit that is set, the least that would have to move first.
pub(super) fn relaxed(tried: &Tried, target: &Target) -> Vec<Relaxed> {
    let mut all: Vec<Relaxed> = Limit::ALL
        .into_iter()
        .filter_map(|limit| {
            let asked = target.allows(limit)?;
            let others = target.without(limit);
            let kept = tried.every().filter(|point| point.keeps(&others)).copied();
            let nearest = kept.min_by(|a, b| {
                let value = a.of_limit(limit).total_cmp(&b.of_limit(limit));
                value.then_with(|| a.order(b, target.objective))
            });
            Some(Relaxed { limit, asked, nearest })
        })
        .collect();
    all.sort_by(|a, b| a.factor().total_cmp(&b.factor()));
    all
}

/// Where no limit does it alone: those that have to move together so that the one that moves most moves least, each with what
/// the plan that does it needs.
pub(super) fn together(relaxed: &[Relaxed], tried: &Tried, target: &Target) -> Vec<Relaxed> {
    if relaxed.iter().any(|relaxed| relaxed.nearest.is_some()) {
        return Vec::new();
    }
    let Some(least) = tried.every().min_by(|a, b| by_excess(a, b, target)).copied() else {
        return Vec::new();
    };
    let missed = |relaxed: &&Relaxed| least.of_limit(relaxed.limit) > relaxed.asked;
    relaxed.iter().filter(missed).map(|relaxed| Relaxed { nearest: Some(least), ..*relaxed }).collect()
}
