//! One file a command: a request in, an answer out.

mod catalogue;
mod compare;
mod estimate;
mod memory;
pub mod methods;
mod model;
mod recommend;
mod scenarios;
mod summarize;
mod validate;

pub use catalogue::{engines, gpus, import_prices, instances, models, prices};
pub use compare::compare;
pub use estimate::estimate;
pub use memory::memory;
pub use model::model;
pub use recommend::recommend;
pub use scenarios::{Named, compare_scenarios};
pub use summarize::summarize;

use slipstick_catalog::Catalog;

use crate::{ApiError, Output, World, request::Request};

/// Answers any request that can be kept.
///
/// # Errors
/// As the command that it asks.
pub fn answer(request: &Request, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    match request {
        Request::Model(request) => model(request, catalog, world),
        Request::Memory(request) => memory(request, catalog, world),
        Request::Estimate(request) => estimate(request, catalog, world),
        Request::Compare(request) => compare(request, catalog, world),
        Request::MethodsCompare(request) => methods::compare(request, catalog, world),
        Request::Recommend(request) => recommend(request, catalog, world),
        Request::Summarize(request) => summarize(request, catalog, world),
    }
}
pub use validate::validate;
