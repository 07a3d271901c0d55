//! The catalogue: list it, filter it, sort it, show one row.

use serde::{Deserialize, Serialize};

use super::{Count, Memory, Price};

/// Which part of a long list is shown, and in which order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// The column to sort by.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// At most so many rows; all if absent.
    pub limit: Option<Count>,
}

/// `slipstick gpus`: accelerators.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GpusRequest {
    /// One accelerator, shown in full.
    pub name: Option<String>,
    /// Only this maker's.
    pub vendor: Option<String>,
    /// Only those with a part of their name, architecture or id like this.
    pub like: Option<String>,
    /// Only those with at least so much memory.
    pub min_memory: Option<Memory>,
    /// Order and length.
    pub page: Page,
}

/// `slipstick instances`: what clouds offer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstancesRequest {
    /// Only those with this accelerator.
    pub gpu: Option<String>,
    /// Only this cloud's.
    pub cloud: Option<String>,
    /// Only this region's.
    pub region: Option<String>,
    /// The terms: `on-demand`, `spot`, `1y` or `3y`.
    pub term: Option<String>,
    /// Only those with at least so many accelerators.
    pub min_count: Option<Count>,
    /// Only those that cost at most this for each accelerator.
    pub max_price: Option<Price>,
    /// By cloud: only the cheapest offer of each accelerator.
    pub by_cloud: bool,
    /// Order and length.
    pub page: Page,
}

/// `slipstick prices`: hosted prices by the token.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PricesRequest {
    /// Only models with a name like this.
    pub model: Option<String>,
    /// Only this provider's.
    pub provider: Option<String>,
    /// Order and length.
    pub page: Page,
}

/// `slipstick prices import`: a price file of another tool.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportRequest {
    /// The file.
    pub file: String,
    /// Its cloud, where neither its rows nor its name say it.
    pub cloud: Option<String>,
    /// The day its prices hold for, where its rows do not say it.
    pub as_of: Option<String>,
    /// Where a face is to write the table.
    pub output: Option<String>,
}

/// `slipstick models`: models of the catalogue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelsRequest {
    /// One model, shown in full.
    pub name: Option<String>,
    /// Only those with a name or architecture like this.
    pub like: Option<String>,
    /// Only those whose weights take at most so much.
    pub max_memory: Option<Memory>,
    /// Order and length.
    pub page: Page,
}

/// `slipstick engines`: serving engines and what each supports.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnginesRequest {
    /// One engine, shown in full.
    pub name: Option<String>,
}
