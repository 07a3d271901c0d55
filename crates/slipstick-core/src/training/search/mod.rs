//! The search for a layout: every way to split a model over some accelerators, its memory and its time.

mod neighbours;
mod space;

use super::{
    Batch, Efficiency, Job, Layout, Recipe, Room, Shape, Stack, StepTime, memory, step, step::least_products,
};
use crate::{
    hardware::Cluster,
    units::{Bytes, Seconds},
};

pub use neighbours::{Neighbour, Why, neighbours};
pub use space::{Fixed, layouts};

/// What is searched.
#[derive(Debug, Clone)]
pub struct Space<'a> {
    /// The model.
    pub shape: &'a Shape,
    /// How it is trained; each is tried.
    pub recipes: Vec<Recipe>,
    /// Its software.
    pub stack: &'a Stack,
    /// The accelerators.
    pub cluster: &'a Cluster,
    /// What they reach.
    pub efficiency: &'a Efficiency,
    /// Tokens of a sequence.
    pub sequence: u64,
    /// Sequences of a step, all ranks together.
    pub global_batch: u64,
    /// What an accelerator holds.
    pub room: Room<'a>,
    /// What is not searched.
    pub fixed: Fixed,
}

/// What candidates are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// The time of a step: with it cost and energy, since all candidates use the same accelerators.
    Time,
    /// Free memory.
    Memory,
}

/// One way to train.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The split.
    pub layout: Layout,
    /// The batch.
    pub batch: Batch,
    /// Which of the recipes.
    pub recipe: usize,
    /// Allocated bytes at the peak.
    pub peak: Bytes,
    /// The step.
    pub time: Seconds,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Ways that were enumerated.
    pub candidates: u64,
    /// Those whose degrees divide what they split.
    pub valid: u64,
    /// Those that fit too.
    pub fit: u64,
    /// The best, best first.
    pub best: Vec<Candidate>,
    /// No other is both faster and smaller; the fastest first.
    pub front: Vec<Candidate>,
    /// The one that needs least memory, if none fits.
    pub smallest: Option<Candidate>,
}

/// How many of the best are kept.
const KEPT: usize = 10;

impl Space<'_> {
    /// The job of a candidate.
    pub fn job(&self, layout: Layout, batch: Batch, recipe: usize) -> Job<'_> {
        Job { shape: self.shape, recipe: &self.recipes[recipe], stack: self.stack, layout, batch }
    }

    /// The parts of a candidate's step; none if the accelerator has no peak for the arithmetic.
    pub fn step(&self, candidate: &Candidate) -> Option<StepTime> {
        step(&self.job(candidate.layout, candidate.batch, candidate.recipe), self.cluster, self.efficiency)
    }
}

/// Searches all of a space.
pub fn search(space: &Space<'_>, objective: Objective) -> Found {
    let mut found = Found::default();
    let least: Vec<Seconds> = (0..space.recipes.len()).map(|recipe| least(space, recipe)).collect();
    layouts(space, |layout, batch| {
        for (recipe, least) in least.iter().enumerate() {
            found.candidates += 1;
            let job = space.job(layout, batch, recipe);
            if !space.fixed.admits(&layout) || job.check().is_err() {
                continue;
            }
            found.valid += 1;
            consider(space, &job, recipe, *least, objective, &mut found);
        }
    });
    found.front.sort_by(|a, b| a.time.get().total_cmp(&b.time.get()));
    found
}

/// The least time of a step however it is split: its products alone, at their best rate, on all accelerators.
fn least(space: &Space<'_>, recipe: usize) -> Seconds {
    let batch = Batch { sequence: space.sequence, micro: 1, accumulation: 1 };
    let job = space.job(Layout::ONE, batch, recipe);
    let each = space.global_batch as f64 / space.cluster.accelerators() as f64;
    least_products(&job, space.cluster, space.efficiency).map_or(Seconds::ZERO, |one| one * each)
}

fn consider(
    space: &Space<'_>,
    job: &Job<'_>,
    recipe: usize,
    least: Seconds,
    objective: Objective,
    found: &mut Found,
) {
    let peak = memory::quick_peak(job);
    let mut candidate = Candidate { layout: job.layout, batch: job.batch, recipe, peak, time: Seconds::ZERO };
    if !space.room.holds(job, peak) {
        if found.smallest.is_none_or(|smallest| peak < smallest.peak) {
            found.smallest = Some(candidate);
        }
        return;
    }
    found.fit += 1;
    candidate.time = least * job.idle();
    if objective == Objective::Time && is_beaten(found, &candidate) {
        return;
    }
    let Some(time) = step(job, space.cluster, space.efficiency) else { return };
    candidate.time = time.total();
    keep(&mut found.best, candidate, objective);
    front(&mut found.front, candidate);
}

/// Whether neither the best nor the front can gain by a candidate whose time is a bound from below.
fn is_beaten(found: &Found, candidate: &Candidate) -> bool {
    let slower = found.best.len() == KEPT && found.best.last().is_some_and(|last| last.time < candidate.time);
    let beats = |known: &Candidate| known.time <= candidate.time && known.peak <= candidate.peak;
    slower && found.front.iter().any(beats)
}

fn keep(best: &mut Vec<Candidate>, candidate: Candidate, objective: Objective) {
    let rank = |one: &Candidate| match objective {
        Objective::Time => (one.time.get(), one.peak.as_f64()),
        Objective::Memory => (one.peak.as_f64(), one.time.get()),
    };
    let place = best.partition_point(|known| rank(known) <= rank(&candidate));
    if place < KEPT {
        best.insert(place, candidate);
        best.truncate(KEPT);
    }
}

fn front(front: &mut Vec<Candidate>, candidate: Candidate) {
    let beats = |a: &Candidate, b: &Candidate| a.time <= b.time && a.peak <= b.peak;
    if front.iter().any(|known| beats(known, &candidate)) {
        return;
    }
    front.retain(|known| !beats(&candidate, known));
    front.push(candidate);
}
