//! Degrees of parallelism, checked against a model.

use super::PlanError;
use crate::model::{Layer, Mixer, Model};

/// Degrees that messages propose stay within this.
const LARGEST_PROPOSED: u64 = 128;

/// Degrees of parallelism as a person states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Degrees {
    /// Tensor parallelism: ranks that share every layer.
    pub tp: u64,
    /// Pipeline parallelism: stages that hold different layers.
    pub pp: u64,
    /// Expert parallelism: groups that hold different experts of one layer.
    pub ep: u64,
    /// Data parallelism: ranks that hold their own attention and sequences.
    pub dp: u64,
}

impl Degrees {
    /// One accelerator.
    pub const ONE: Self = Self { tp: 1, pp: 1, ep: 1, dp: 1 };

    /// Tensor parallelism alone.
    pub const fn tensor(tp: u64) -> Self {
        Self { tp, ..Self::ONE }
    }

    /// Accelerators in use.
    pub const fn accelerators(self) -> u64 {
        self.tp.saturating_mul(self.pp).saturating_mul(self.dp)
    }
}

/// A layout that works for its model: `tp` × `pp` × `dp` accelerators.
///
/// Data-parallel ranks each hold all of attention and the dense blocks and serve their own sequences. Experts are
/// spread over `ep` groups of the `tp` × `dp` ranks of a stage; where `ep` is smaller than `tp`, the ranks of a group
/// share each expert by tensor parallelism, and with `ep` 1 a data-parallel rank is a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan(Degrees);

impl Plan {
    /// One accelerator, which suits every model.
    pub const SINGLE: Self = Self(Degrees::ONE);

    /// Checks `degrees` against a model and the accelerators at hand.
    ///
    /// # Errors
    /// If a degree is zero, they do not multiply to `accelerators`, or heads, layers or experts cannot be shared out.
    pub fn new(degrees: Degrees, model: &Model, accelerators: u64) -> Result<Self, PlanError> {
        let plan = Self::padding(degrees, model, accelerators)?;
        check_heads(model, plan.tp())?;
        Ok(plan)
    }

    /// The same under an engine that adds empty heads until ranks can share them out.
    ///
    /// # Errors
    /// As [`Plan::new`], heads apart.
    pub fn padding(degrees: Degrees, model: &Model, accelerators: u64) -> Result<Self, PlanError> {
        let Degrees { tp, pp, ep, dp } = degrees;
        for (name, degree) in [("tp", tp), ("pp", pp), ("ep", ep), ("dp", dp)] {
            if degree == 0 {
                return Err(PlanError::Zero(name));
            }
        }
        if degrees.accelerators() != accelerators {
            return Err(PlanError::Accelerators { tp, pp, dp, accelerators });
        }
        let layers = model.layers.len() as u64;
        if pp > layers {
            return Err(PlanError::Stages { pp, layers });
        }
        check_experts(model, degrees)?;
        Ok(Self(degrees))
    }

    /// The same ranks where no layers are spread over stages, as a small model beside a large one is held.
    #[must_use]
    pub const fn on_one_stage(self) -> Self {
        Self(Degrees { pp: 1, ..self.0 })
    }

    /// The degrees.
    pub const fn degrees(self) -> Degrees {
        self.0
    }

    /// Tensor-parallel degree.
    pub const fn tp(self) -> u64 {
        self.0.tp
    }

    /// Pipeline stages.
    pub const fn pp(self) -> u64 {
        self.0.pp
    }

    /// Expert groups.
    pub const fn ep(self) -> u64 {
        self.0.ep
    }

    /// Data-parallel ranks.
    pub const fn dp(self) -> u64 {
        self.0.dp
    }

    /// Accelerators in use.
    pub const fn accelerators(self) -> u64 {
        self.0.accelerators()
    }

    /// Ranks that share each expert by tensor parallelism.
    pub const fn expert_tp(self) -> u64 {
        if self.0.ep >= self.0.tp { 1 } else { self.0.tp / self.0.ep }
    }

    /// Key-value heads on a rank: at least one, so that heads are held twice where there are more ranks than heads.
    pub const fn kv_heads_on_rank(self, kv_heads: u64) -> u64 {
        if kv_heads == 0 { 0 } else { kv_heads.div_ceil(self.0.tp) }
    }

    /// The sequences that the busiest data-parallel rank serves of `concurrency` in all.
    pub const fn sequences_on_rank(self, concurrency: u64) -> u64 {
        concurrency.div_ceil(self.0.dp)
    }
}

/// Counts that must be shared out evenly, by name; and those that may be held twice.
fn head_counts(mixer: &Mixer) -> [(&'static str, u64); 2] {
    match *mixer {
        Mixer::Attention(a) => [("query", a.q_heads), ("key-value", a.kv_heads)],
        Mixer::Latent(l) => [("query", l.q_heads), ("query", l.q_heads)],
        Mixer::Compressed(c) => [("query", c.q_heads), ("query", c.q_heads)],
        Mixer::Recurrent(r) => [("recurrent", r.heads), ("recurrent", r.heads)],
        Mixer::Cross(x) => [("query", x.q_heads), ("key-value", x.kv_heads)],
    }
}

fn fits(kind: &str, heads: u64, tp: u64) -> bool {
    // Key-value heads are replicated where ranks outnumber them, in whole groups.
    heads == 0 || heads.is_multiple_of(tp) || (kind == "key-value" && tp.is_multiple_of(heads))
}

fn check_heads(model: &Model, tp: u64) -> Result<(), PlanError> {
    // Most layers say the same.
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for count in model.layers.iter().flat_map(Layer::mixers).flat_map(head_counts) {
        if !counts.contains(&count) {
            counts.push(count);
        }
    }
    let Some((kind, heads)) = counts.iter().copied().find(|(kind, heads)| !fits(kind, *heads, tp)) else {
        return Ok(());
    };
    let works = |tp: &u64| counts.iter().all(|(kind, heads)| fits(kind, *heads, *tp));
    let works = (1..=LARGEST_PROPOSED).filter(works).collect();
    Err(PlanError::Heads { tp, kind, heads, works })
}

fn check_experts(model: &Model, Degrees { tp, ep, dp, .. }: Degrees) -> Result<(), PlanError> {
    if ep == 1 {
        return Ok(());
    }
    let routed = || {
        let weights = model.layers.iter().flat_map(|layer| &layer.weights);
        weights.filter(|weight| weight.role.is_expert()).map(|weight| weight.copies)
    };
    if routed().next().is_none() {
        return Err(PlanError::NoExperts { ep });
    }
    let divides = |ep: u64| routed().find(|copies| !copies.is_multiple_of(ep));
    let on_ranks = |ep: u64| {
        tp.saturating_mul(dp).is_multiple_of(ep) && (ep.is_multiple_of(tp) || tp.is_multiple_of(ep))
    };
    let works = || {
        (1..=tp.saturating_mul(dp).min(LARGEST_PROPOSED))
            .filter(|ep| divides(*ep).is_none() && on_ranks(*ep))
            .collect()
    };
    if let Some(experts) = divides(ep) {
        return Err(PlanError::Experts { ep, experts, works: works() });
    }
    if !on_ranks(ep) {
        return Err(PlanError::ExpertRanks { ep, tp, dp, works: works() });
    }
    Ok(())
}
