//! One change, with what to type for it.

use slipstick_catalog::Catalog;
use slipstick_core::{
    estimate::memory::{Advice, Change},
    plan::Plan,
    units::{Bytes, UsdPerHour, show::grouped},
};

use super::choices::{Market, price};
use crate::{commands::memory::AdvisedChange, report::Plain, resolve::Resolved};

/// A change that makes a deployment fit.
pub(super) struct Suggestion {
    kind: &'static str,
    /// In words.
    pub(super) what: String,
    /// The arguments to type instead of, or beside, what was typed.
    pub(super) flags: String,
    accelerator: String,
    accelerators: u64,
    /// Memory of one accelerator after it.
    pub(super) capacity: Bytes,
    /// What of it is taken.
    pub(super) total: Bytes,
    /// What of it is free.
    pub(super) free: Bytes,
    /// What all accelerators cost.
    pub(super) price: Option<UsdPerHour>,
}

/// What was typed, for advice that is to be typed instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed<'a> {
    /// The hardware.
    pub(crate) on: &'a str,
    /// Output tokens, where a request's lengths were asked for and no context.
    pub(crate) output: Option<u64>,
}

impl Typed<'_> {
    /// Sequences of so many tokens; none if that is not even the output.
    fn context(self, tokens: u64) -> Option<String> {
        match self.output {
            None => Some(format!("--context {tokens}")),
            Some(output) => {
                tokens.checked_sub(output).filter(|input| *input > 0).map(|input| format!("--input {input}"))
            }
        }
    }
}

/// How the accelerators of a resolved are written on the command line.
pub(super) struct Place<'a> {
    typed: Typed<'a>,
    name: &'a str,
    node_size: u32,
    described: bool,
}

impl<'a> Place<'a> {
    /// From what was typed: a catalogue name is written by its id, a description by its path.
    pub(super) fn new(resolved: &'a Resolved, typed: Typed<'a>, catalog: &Catalog) -> Self {
        let accelerator = &resolved.cluster().accelerator;
        let described = catalog.accelerator_by_id(&accelerator.id).is_none();
        let on = typed.on.trim();
        let path = on.rsplit_once(':').map_or(on, |(path, _)| path);
        let name = if described { path } else { accelerator.id.as_str() };
        Self { typed, name, node_size: accelerator.node_size.max(1), described }
    }

    /// The nodes that so many accelerators fill: accelerators in each, and how many.
    fn nodes(&self, count: u64) -> (u32, u32) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count <= self.node_size { (count, 1) } else { (self.node_size, count / self.node_size) }
    }

    /// The argument for so many accelerators of this kind.
    pub(super) fn on(&self, count: u64) -> String {
        if count == 1 { format!("--on {}", self.name) } else { format!("--on {}:{count}", self.name) }
    }

    /// What so many accelerators of this kind cost.
    fn price(&self, count: u64, market: Market<'_>) -> Option<UsdPerHour> {
        let (per_node, nodes) = self.nodes(count);
        if self.described { None } else { price(self.name, per_node, nodes, market) }
    }
}

/// The arguments of a layout, those of `now` that it undoes included.
pub(super) fn layout_flags(plan: Plan, now: Plan) -> String {
    let several = plan.accelerators() > 1 || now.accelerators() > 1;
    let degrees = [
        ("--tp", plan.tp(), several),
        ("--pp", plan.pp(), several),
        ("--dp", plan.dp(), plan.dp() != now.dp()),
        ("--ep", plan.ep(), plan.ep() != now.ep()),
    ];
    let said = degrees.iter().filter(|(_, _, said)| *said);
    said.fold(String::new(), |flags, (flag, degree, _)| format!("{flags} {flag} {degree}"))
}

impl Suggestion {
    /// A change as a person makes it; none if it cannot be typed.
    pub(super) fn of(
        advice: &Advice,
        resolved: &Resolved,
        place: &Place<'_>,
        market: Market<'_>,
    ) -> Option<Self> {
        let catalog = market.catalog;
        let cluster = &resolved.cluster();
        let here = &cluster.accelerator;
        let count = advice.accelerators;
        let (kind, what, flags) = match &advice.change {
            Change::CacheFormat(name) => {
                ("kv_dtype", format!("a cache of {name}"), format!("--kv-dtype {name}"))
            }
            Change::WeightFormat(name) => ("quant", format!("weights as {name}"), format!("--quant {name}")),
            Change::Sequences(n) => {
                ("concurrency", format!("{} sequences at once", grouped(*n)), format!("--concurrency {n}"))
            }
            Change::Context(n) => {
                ("context", format!("sequences of {} tokens", grouped(*n)), place.typed.context(*n)?)
            }
            Change::Layout(plan) => (
                "layout",
                format!("{count} x {}", here.name),
                format!("{}{}", place.on(count), layout_flags(*plan, resolved.plan())),
            ),
            Change::Accelerator(id) => {
                let on = match (count, cluster.nodes) {
                    (1, _) => id.clone(),
                    (count, 1) => format!("{id}:{count}"),
                    (_, nodes) => format!("{nodes}x{}x{id}", cluster.per_node),
                };
                ("accelerator", in_words(id, count, catalog), format!("--on {on}"))
            }
        };
        let (id, capacity, price) = match &advice.change {
            Change::Accelerator(id) => {
                let other = catalog.accelerator_by_id(id).map(|entry| entry.accelerator.memory);
                (
                    id.as_str(),
                    other.unwrap_or(here.memory),
                    price(id, cluster.per_node, cluster.nodes, market),
                )
            }
            Change::Layout(_) => (here.id.as_str(), here.memory, place.price(count, market)),
            Change::CacheFormat(_) | Change::WeightFormat(_) | Change::Sequences(_) | Change::Context(_) => {
                let now =
                    (!place.described).then(|| price(&here.id, cluster.per_node, cluster.nodes, market));
                (here.id.as_str(), here.memory, now.flatten())
            }
        };
        Some(Self {
            kind,
            what,
            flags,
            accelerator: id.to_owned(),
            accelerators: count,
            capacity,
            total: capacity.saturating_sub(advice.free),
            free: advice.free,
            price,
        })
    }

    /// What it costs beyond the present accelerators, for order alone: nothing, or all of it, or nobody knows.
    pub(super) fn extra_cost(&self) -> f64 {
        match (self.kind, self.price) {
            ("layout" | "accelerator", Some(price)) => price.get(),
            ("layout" | "accelerator", None) => f64::INFINITY,
            _ => 0.0,
        }
    }
}

impl From<&Suggestion> for AdvisedChange {
    fn from(one: &Suggestion) -> Self {
        Self {
            kind: one.kind,
            change: one.what.clone(),
            flags: one.flags.clone(),
            fits: true,
            accelerator: one.accelerator.clone(),
            accelerators: one.accelerators,
            total_bytes: one.total.into(),
            free_bytes: one.free.into(),
            usd_per_hour: one.price.map(Plain),
        }
    }
}

fn in_words(id: &str, count: u64, catalog: &Catalog) -> String {
    let name = catalog.accelerator_by_id(id).map_or(id, |entry| entry.accelerator.name.as_str());
    format!("{count} x {name}")
}
