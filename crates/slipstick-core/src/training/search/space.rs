//! Every layout and batch of a space.

use super::Space;
use crate::training::{Batch, Layout};

/// Degrees that are given and so not searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fixed {
    /// Tensor-parallel ranks.
    pub tp: Option<u64>,
    /// Pipeline stages.
    pub pp: Option<u64>,
    /// Chunks a stage.
    pub vpp: Option<u64>,
    /// Context-parallel ranks.
    pub cp: Option<u64>,
    /// Expert-parallel ranks.
    pub ep: Option<u64>,
    /// Tensor-parallel ranks of an expert.
    pub etp: Option<u64>,
    /// Data-parallel ranks.
    pub dp: Option<u64>,
    /// Sequences of a micro-batch.
    pub micro: Option<u64>,
    /// Stages, at least.
    pub least_stages: u64,
    /// Chunks a stage, at least.
    pub least_chunks: u64,
}

impl Fixed {
    /// Whether a layout has enough stages and chunks.
    pub const fn admits(&self, layout: &Layout) -> bool {
        layout.pp >= self.least_stages && layout.vpp >= self.least_chunks
    }
}

/// Sequences shorter than this are not split: a part would not fill an accelerator.
const SHORTEST_PART: u64 = 2048;
/// Micro-batches of more tokens than this gain nothing.
const MOST_TOKENS: u64 = 65_536;
/// Chunks a stage, at most.
const MOST_CHUNKS: u64 = 10;

/// Those of `range` that divide `whole`, or the one that is given.
fn divisors(given: Option<u64>, whole: u64, most: u64) -> impl Iterator<Item = u64> {
    let all = given.is_none();
    let searched = (1..=most.min(whole)).filter(move |degree| all && whole.is_multiple_of(*degree));
    given.into_iter().chain(searched)
}

/// Chunks a stage that share layers out evenly, the embedding and the head taking a layer's place each or none; or what is
/// given.
fn chunks_of(space: &Space<'_>, pp: u64, most: u64) -> impl Iterator<Item = u64> {
    let layers = space.shape.layers.len() as u64;
    let even = move |vpp: &u64| {
        let parts = pp * vpp;
        *vpp == 1 || layers.is_multiple_of(parts) || (layers + 2).is_multiple_of(parts)
    };
    let all = space.fixed.vpp.is_none();
    space.fixed.vpp.into_iter().chain((1..=most.max(1)).filter(move |vpp| all && even(vpp)))
}

/// Powers of two up to `most`, or the one that is given.
fn powers(given: Option<u64>, most: u64) -> impl Iterator<Item = u64> {
    let searched = core::iter::successors(Some(1_u64), |power| power.checked_mul(2));
    let all = given.is_none();
    given.into_iter().chain(searched.take_while(move |power| all && *power <= most))
}

/// Shows every layout and batch of a space to `visit`, sensible or not: topology bounds them (tensor parallelism stays
/// inside a domain of fast links), divisibility is the visitor's to check.
pub fn layouts(space: &Space<'_>, mut visit: impl FnMut(Layout, Batch)) {
    let (fixed, cluster) = (space.fixed, space.cluster);
    let all = cluster.accelerators();
    let domain = u64::from(cluster.accelerator.domain_size.min(cluster.per_node).max(1));
    let layers = space.shape.layers.len() as u64;
    let longest = (space.sequence / SHORTEST_PART).max(1);
    for tp in powers(fixed.tp, domain.min(space.shape.heads)) {
        for pp in divisors(fixed.pp, all / tp.clamp(1, all), layers) {
            for cp in powers(fixed.cp, longest.min(64)) {
                let part = tp.saturating_mul(pp).saturating_mul(cp);
                if part == 0 || !all.is_multiple_of(part) || fixed.dp.is_some_and(|dp| dp != all / part) {
                    continue;
                }
                let dp = all / part;
                experts(space, Layout { dp, tp, pp, vpp: 1, cp, ep: 1, etp: 1 }, &mut visit);
            }
        }
    }
}

fn experts(space: &Space<'_>, layout: Layout, visit: &mut impl FnMut(Layout, Batch)) {
    let ranks = layout.replicas() * layout.tp;
    if space.shape.experts == 0 {
        let (ep, etp) = (space.fixed.ep.unwrap_or(1), space.fixed.etp.unwrap_or(1));
        return batches(space, Layout { ep, etp, ..layout }, visit);
    }
    for ep in powers(space.fixed.ep, ranks.min(space.shape.experts)) {
        let own = if layout.tp > 1 { [Some(1), Some(layout.tp)] } else { [Some(1), None] };
        for etp in own.into_iter().flatten() {
            if space.fixed.etp.is_none_or(|given| given == etp) {
                batches(space, Layout { ep, etp, ..layout }, visit);
            }
        }
    }
}

fn batches(space: &Space<'_>, layout: Layout, visit: &mut impl FnMut(Layout, Batch)) {
    if !space.global_batch.is_multiple_of(layout.dp) {
        return;
    }
    let each = space.global_batch / layout.dp;
    let most = (MOST_TOKENS / space.sequence.max(1)).max(1);
    let chunks = space.shape.layers.len() as u64 / layout.pp.max(1);
    for micro in divisors(space.fixed.micro, each, most) {
        if micro == 0 || !each.is_multiple_of(micro) {
            continue;
        }
        let batch = Batch { sequence: space.sequence, micro, accumulation: each / micro };
        let interleaved = if layout.pp > 1 { MOST_CHUNKS.min(chunks + 1) } else { 1 };
        for vpp in chunks_of(space, layout.pp, interleaved) {
            visit(Layout { vpp, ..layout }, batch);
        }
    }
}
