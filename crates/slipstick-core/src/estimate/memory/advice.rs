//! What would make a deployment fit: a search over changes that are handed in.

use super::{MemoryModel, search::Reach};
use std::sync::Arc;

use crate::{
    deployment::Deployment,
    hardware::{Accelerator, Cluster},
    model::{FormattedModel, Model},
    numeric::CacheFormat,
    plan::{Degrees, Plan},
    units::{Bytes, UsdPerHour},
    workload::Workload,
};

/// Another accelerator to consider.
#[derive(Debug, Clone, Copy)]
pub struct OtherAccelerator<'a> {
    /// The accelerator.
    pub accelerator: &'a Accelerator,
    /// What one costs, where it is known.
    pub price: Option<UsdPerHour>,
}

/// What may be changed, each list in the order of preference.
#[derive(Clone, Copy)]
pub struct Choices<'a> {
    /// Formats of the cache, by name.
    pub cache_formats: &'a [(&'a str, CacheFormat)],
    /// The model in other formats, by name.
    pub weight_formats: &'a [(&'a str, Arc<FormattedModel>)],
    /// The most accelerators of the same kind.
    pub most_accelerators: u64,
    /// The most ranks that should share a layer: the accelerators of a fast domain.
    pub widest_tensor: u64,
    /// Other accelerators.
    pub others: &'a [OtherAccelerator<'a>],
}

/// A change that makes it fit.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Another format of the cache.
    CacheFormat(String),
    /// Another format of the weights.
    WeightFormat(String),
    /// So many sequences at most.
    Sequences(u64),
    /// So many tokens a sequence at most.
    Context(u64),
    /// Another layout, over more accelerators of the same kind.
    Layout(Plan),
    /// As many of another accelerator.
    Accelerator(String),
}

/// A change, and what is free after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The change.
    pub change: Change,
    /// Free memory of the fullest accelerator after it.
    pub free: Bytes,
    /// Accelerators in use after it.
    pub accelerators: u64,
    /// What they cost, where it is known.
    pub price: Option<UsdPerHour>,
}

/// The fewest accelerators of one kind that hold a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FewestAccelerators {
    /// How many.
    pub count: u64,
    /// Their layout.
    pub plan: Plan,
}

impl MemoryModel {
    /// For every kind of change its mildest one that makes `workload` fit: changes on the same accelerators first, then
    /// more or other ones, cheapest first.
    pub fn changes(&self, workload: &Workload, choices: &Choices<'_>) -> Vec<Advice> {
        let mut advice = Vec::new();
        let used = self.deployment().plan.accelerators();
        let here = |change, free| Advice { change, free, accelerators: used, price: None };
        let cache = choices.cache_formats.iter().find_map(|(name, cache)| {
            let free = self.with_cache(*cache).room_for(workload)?;
            Some(here(Change::CacheFormat((*name).to_owned()), free))
        });
        advice.extend(cache);
        let weight = choices.weight_formats.iter().find_map(|(name, model)| {
            let deployment = Deployment { model: Arc::clone(model), ..self.deployment().clone() };
            let free = Self::new(deployment).room_for(workload)?;
            Some(here(Change::WeightFormat((*name).to_owned()), free))
        });
        advice.extend(weight);
        advice.extend(self.fewer_sequences(workload).map(|(n, free)| here(Change::Sequences(n), free)));
        advice.extend(self.shorter_context(workload).map(|(n, free)| here(Change::Context(n), free)));
        let mut hardware: Vec<Advice> = self.other_accelerators(workload, choices.others);
        hardware.extend(self.more_accelerators(workload, choices));
        hardware.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
        advice.extend(hardware);
        advice
    }

    /// The fewest accelerators of this kind that hold `workload`, up to `most`, with up to `widest` ranks a layer. Only
    /// numbers that servers come with are tried.
    pub fn fewest_accelerators(
        &self,
        workload: &Workload,
        most: u64,
        widest: u64,
    ) -> Option<FewestAccelerators> {
        self.first_layout(1, most, widest, workload)
            .map(|(plan, _)| FewestAccelerators { count: plan.accelerators(), plan })
    }

    /// The first layout over from `least` to `most` accelerators that holds `workload`, and what the fullest has free.
    fn first_layout(&self, least: u64, most: u64, widest: u64, workload: &Workload) -> Option<(Plan, Bytes)> {
        let Deployment { model, engine, cluster, .. } = self.deployment();
        // However they are divided, all layers lie on all accelerators together.
        let layers = self.layer_bytes();
        let hopeful = |count: &u64| layers.split(*count) <= cluster.accelerator.memory;
        counts(least, most, widest)
            .filter(hopeful)
            .flat_map(|count| layouts(model.model(), count, widest, engine.splits_layers()))
            .find_map(|plan| Some((plan, self.laid_out(plan).room_for(workload)?)))
    }

    /// What the fullest accelerator has free, if `workload` fits.
    fn room_for(&self, workload: &Workload) -> Option<Bytes> {
        self.fits(workload).then(|| self.room(workload))
    }

    fn fewer_sequences(&self, workload: &Workload) -> Option<(u64, Bytes)> {
        let Reach::UpTo(most) = self.max_concurrency(workload) else { return None };
        let fewer = workload.with_concurrency(most).ok()?;
        (most < workload.concurrency()).then_some(())?;
        Some((most, self.room_for(&fewer)?))
    }

    fn shorter_context(&self, workload: &Workload) -> Option<(u64, Bytes)> {
        if workload.context() > workload.length() {
            let Reach::UpTo(longest) = self.max_limit(workload) else { return None };
            (longest < workload.context()).then_some(())?;
            return Some((longest, self.room_for(&workload.with_context(longest).ok()?)?));
        }
        let Reach::UpTo(longest) = self.max_context(workload) else { return None };
        let input = longest.checked_sub(workload.output()).filter(|input| *input > 0)?;
        let shorter = Workload::new(input, workload.output(), workload.concurrency()).ok()?;
        (longest < workload.context()).then_some(())?;
        Some((longest, self.room_for(&shorter)?))
    }

    fn more_accelerators(&self, workload: &Workload, choices: &Choices<'_>) -> Option<Advice> {
        let used = self.deployment().plan.accelerators();
        let (most, widest) = (choices.most_accelerators, choices.widest_tensor);
        let (plan, free) = self.first_layout(used + 1, most, widest, workload)?;
        let accelerators = plan.accelerators();
        Some(Advice { change: Change::Layout(plan), free, accelerators, price: None })
    }

    /// The cheapest other accelerator with a price, and the smallest of all.
    fn other_accelerators(&self, workload: &Workload, others: &[OtherAccelerator<'_>]) -> Vec<Advice> {
        let count = self.deployment().plan.accelerators();
        let least = self.least();
        let fitting: Vec<Advice> = others
            .iter()
            .filter(|other| other.accelerator.memory >= least)
            .filter_map(|other| {
                let cluster = &self.deployment().cluster;
                let cluster = Cluster { accelerator: other.accelerator.clone(), ..Cluster::clone(cluster) };
                let free = self.on(Arc::new(cluster)).room_for(workload)?;
                let price = other.price.map(|price| price * count as f64);
                let change = Change::Accelerator(other.accelerator.id.clone());
                Some(Advice { change, free, accelerators: count, price })
            })
            .collect();
        let cheapest =
            fitting.iter().filter(|a| a.price.is_some()).min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let smallest = fitting.iter().min_by_key(|advice| advice.free);
        let mut advice: Vec<Advice> = cheapest.into_iter().chain(smallest).cloned().collect();
        advice.dedup();
        advice
    }
}

/// Cost for sorting: what has no price comes after what has one.
fn cost(advice: &Advice) -> f64 {
    advice.price.map_or(f64::INFINITY, UsdPerHour::get)
}

/// The numbers of accelerators that servers come with, from `least` to `most`: powers of two up to a domain of `widest`,
/// then whole domains.
fn counts(least: u64, most: u64, widest: u64) -> impl Iterator<Item = u64> {
    let step = widest.max(1);
    let inside = (0..63).map(|power| 1_u64 << power).take_while(move |count| *count < step);
    let whole = (1..).map(move |domains: u64| domains.saturating_mul(step));
    inside.chain(whole).take_while(move |count| *count <= most).filter(move |count| *count >= least)
}

/// Layouts of `count` accelerators that suit a model: the widest tensor parallelism first, or pipelines first.
fn layouts(model: &Model, count: u64, widest: u64, layers_first: bool) -> impl Iterator<Item = Plan> {
    let divisors = (1..=count.min(widest.max(1))).filter(move |tp| count.is_multiple_of(*tp));
    let mut widths: Vec<u64> = divisors.collect();
    if !layers_first {
        widths.reverse();
    }
    widths.into_iter().filter_map(move |tp| {
        let degrees = Degrees { tp, pp: count / tp, ..Degrees::ONE };
        Plan::new(degrees, model, count).ok()
    })
}
