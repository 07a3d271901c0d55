//! Why the layouts beside the best one lose.

use super::{Candidate, Space};
use crate::{
    training::{Batch, Layout, StepTime, memory, step},
    units::{Bytes, Seconds},
};

/// Why a layout loses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// Its degrees do not divide what they split.
    Invalid(crate::training::LayoutError),
    /// It needs this much more memory than there is.
    Memory(Bytes),
    /// A part of its step takes this much longer.
    Slower(&'static str, Seconds),
}

/// A layout one change away from the best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The layout.
    pub layout: Layout,
    /// Its batch.
    pub batch: Batch,
    /// Its step, where it fits.
    pub time: Option<Seconds>,
    /// Its memory, where it is valid.
    pub peak: Option<Bytes>,
    /// Why it loses.
    pub why: Why,
}

/// The layouts one doubling or halving of a degree away from `best`, data parallelism making up for it.
pub fn neighbours(space: &Space<'_>, best: &Candidate) -> Vec<Neighbour> {
    let Some(own) = space.step(best) else { return Vec::new() };
    let mut found = Vec::new();
    for (layout, batch) in beside(space, best) {
        if let Some(one) = compare(space, best, &own, layout, batch) {
            found.push(one);
        }
    }
    found
}

fn beside(space: &Space<'_>, best: &Candidate) -> Vec<(Layout, Batch)> {
    let all = space.cluster.accelerators();
    let mut found = Vec::new();
    let mut add = |layout: Layout, micro: u64| {
        let part = layout.tp * layout.pp * layout.cp;
        if part == 0 || micro == 0 || !all.is_multiple_of(part) {
            return;
        }
        let layout = Layout { vpp: if layout.pp == 1 { 1 } else { layout.vpp }, ..layout };
        let dp = all / part;
        let ranks = dp * micro;
        if space.global_batch.is_multiple_of(ranks) {
            let batch = Batch { sequence: space.sequence, micro, accumulation: space.global_batch / ranks };
            found.push((Layout { dp, ..layout }, batch));
        }
    };
    let (own, micro) = (best.layout, best.batch.micro);
    add(Layout { tp: own.tp * 2, ..own }, micro);
    add(Layout { tp: own.tp / 2, ..own }, micro);
    add(Layout { pp: own.pp * 2, ..own }, micro);
    add(Layout { pp: own.pp / 2, ..own }, micro);
    add(Layout { cp: own.cp * 2, ..own }, micro);
    add(own, micro * 2);
    if own.ep > 1 {
        add(Layout { ep: own.ep / 2, ..own }, micro);
    }
    if space.shape.experts > 0 {
        add(Layout { ep: own.ep * 2, ..own }, micro);
    }
    found
}

fn compare(
    space: &Space<'_>,
    best: &Candidate,
    own: &StepTime,
    layout: Layout,
    batch: Batch,
) -> Option<Neighbour> {
    let job = space.job(layout, batch, best.recipe);
    if let Err(error) = job.check() {
        return Some(Neighbour { layout, batch, time: None, peak: None, why: Why::Invalid(error) });
    }
    let peak = memory::quick_peak(&job);
    let mut neighbour =
        Neighbour { layout, batch, time: None, peak: Some(peak), why: Why::Memory(Bytes::ZERO) };
    let lacking = space.room.lacks(&job, peak);
    if lacking > Bytes::ZERO {
        neighbour.why = Why::Memory(lacking);
        return Some(neighbour);
    }
    let time = step(&job, space.cluster, space.efficiency)?;
    neighbour.time = Some(time.total());
    let longer = time.parts().into_iter().zip(own.parts()).map(|((name, its), (_, ours))| (name, its - ours));
    let (name, by) = longer.max_by(|a, b| a.1.get().total_cmp(&b.1.get()))?;
    neighbour.why = Why::Slower(name, by);
    (time.total() > own.total()).then_some(neighbour)
}
