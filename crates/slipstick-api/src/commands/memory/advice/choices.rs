//! What may be changed: formats that the engine takes, and accelerators that it runs on.

use std::sync::Arc;

use jiff::civil::Date;
use slipstick_catalog::{
    Catalog,
    accelerators::AcceleratorEntry,
    offers::{Need, Term},
};
use slipstick_core::{
    hardware::{AcceleratorClass, Cluster},
    model::FormattedModel,
    numeric::CacheFormat,
    units::UsdPerHour,
};

use crate::{ApiError, request::cache_format, resolve::Resolved};

/// More ranks than this never share a layer, whatever joins them.
const WIDEST: u64 = 64;

/// No more than this many accelerators are tried.
const MOST: u64 = 512;

/// Formats of the cache that an engine takes, the mildest first.
pub(super) fn cache_formats(
    resolved: &Resolved,
    catalog: &Catalog,
) -> Result<Vec<(&'static str, CacheFormat)>, ApiError> {
    let names = resolved.engine().formats().smaller_caches;
    names.iter().map(|name| Ok((*name, cache_format(name, catalog)?))).collect()
}

/// Formats of the weights that an engine reads, the mildest first.
pub(super) fn weight_formats(
    resolved: &Resolved,
    catalog: &Catalog,
) -> Result<Vec<(&'static str, Arc<FormattedModel>)>, ApiError> {
    let names = resolved.engine().formats().smaller_weights;
    let rules = |name: &&'static str| {
        let quant =
            catalog.quant(name).map_err(|error| ApiError::internal("advice.quant", error.to_string()))?;
        let model = &resolved.model.model;
        Ok((*name, Arc::new(FormattedModel::new(Arc::clone(model), &quant.rules(model)))))
    };
    names.iter().map(rules).collect()
}

/// The most ranks that should share a layer: those of a node, or of a domain that spans nodes.
pub(super) fn widest(resolved: &Resolved) -> u64 {
    let accelerator = &resolved.cluster().accelerator;
    u64::from(accelerator.domain_size).min(WIDEST).max(u64::from(accelerator.node_size)).max(1)
}

/// The most accelerators to try: eight nodes, or domains of them.
pub(super) fn most(resolved: &Resolved) -> u64 {
    widest(resolved).saturating_mul(8).min(MOST).max(resolved.cluster().accelerators())
}

/// Whether a chip is used through an operating system of its own rather than as a card: other engines are usual there.
const fn is_computer(class: AcceleratorClass) -> bool {
    matches!(class, AcceleratorClass::UnifiedMemory | AcceleratorClass::Cpu)
}

/// Accelerators with more memory that the engine runs on and that come in nodes of this size.
pub(super) fn others<'a>(resolved: &Resolved, catalog: &'a Catalog) -> Vec<&'a AcceleratorEntry> {
    let here = &resolved.cluster().accelerator;
    let name = resolved.engine_name();
    let engine = catalog.engine(name);
    let runs = |vendor: &str| {
        vendor == here.vendor
            || engine.is_some_and(|engine| engine.supports(vendor) || engine.supports("any"))
    };
    let suits = |entry: &&AcceleratorEntry| {
        let other = &entry.accelerator;
        other.id != here.id
            && other.memory > here.memory
            && other.node_size >= resolved.cluster().per_node
            && is_computer(other.class) == is_computer(here.class)
            && runs(&other.vendor)
    };
    catalog.accelerators().into_iter().filter(suits).collect()
}

/// Facts, and the day on which their prices are judged.
#[derive(Clone, Copy)]
pub(crate) struct Market<'a> {
    /// The facts.
    pub(crate) catalog: &'a Catalog,
    /// The day.
    pub(crate) today: Date,
}

/// What renting the accelerators of a cluster's shape costs, if anybody offers them.
pub(super) fn price(id: &str, per_node: u32, nodes: u32, market: Market<'_>) -> Option<UsdPerHour> {
    let need = Need {
        accelerator: id.to_owned(),
        per_node,
        nodes,
        term: Term::OnDemand,
        cloud: None,
        region: None,
        instance: None,
    };
    market.catalog.cheapest(&need, market.today).map(|rented| rented.price)
}

/// The price of one of as many accelerators as a cluster has.
pub(super) fn unit_price(id: &str, cluster: &Cluster, market: Market<'_>) -> Option<UsdPerHour> {
    let all = price(id, cluster.per_node, cluster.nodes, market)?;
    Some(all * (1.0 / cluster.accelerators() as f64))
}
