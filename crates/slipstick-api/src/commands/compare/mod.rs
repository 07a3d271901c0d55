//! `slipstick compare`: the same request over several accelerators, counts, formats, engines or clouds.

mod request;
mod row;
mod rows;
mod scenarios;
mod view;

pub use request::CompareRequest;
pub(crate) use row::ranks;
pub use row::{AnsweredRow, CompareRow, ComparedAccelerator, RefusalReport, RefusedRow};
pub use scenarios::{NamedRow, PlotReport, PlotSeries, ScenariosReport, compare_files};

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::Catalog;

use crate::{
    Answered, ApiError, Output, World,
    report::{self, Order, Report},
    request::EstimateRequest,
    resolve::Resolver,
    steps::Steps,
};
pub(crate) use rows::estimate_row;
pub(crate) use view::{ASSUMED_SPEEDS, table as compared};

/// `slipstick compare`: the same request over several accelerators, counts, formats, engines or clouds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CompareReport {
    /// The column that the rows are sorted by.
    pub sort: Option<String>,
    /// The combinations; those that do not start stand last.
    pub rows: Vec<CompareRow>,
}

impl Report for CompareReport {
    const COMMAND: &'static str = "compare";
    const ROWS: Option<&'static str> = Some("rows");
}

/// Asks every combination and puts the answers into one table, or scenario files side by side.
///
/// # Errors
/// If there are too many combinations, the column to sort by is unknown, or no combination can be answered.
pub fn compare(request: &CompareRequest, catalog: &Catalog, world: &dyn World) -> Result<Output, ApiError> {
    if request.on.is_empty() {
        // Scenario files name their hardware themselves.
        return compare_files(&request.model, catalog, world).map(Output::from);
    }
    compare_combinations(request, catalog, world).map(Output::from)
}

/// Asks every combination. What cannot be answered is a row with its reason.
///
/// # Errors
/// If there are too many combinations, the column to sort by is unknown, or no combination can be answered.
pub fn compare_combinations(
    request: &CompareRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<CompareReport>, ApiError> {
    let order = request.sort.as_deref().map(order).transpose()?;
    let resolver = Resolver::new(catalog, world);
    let everywhere = rows::every_cloud(request, &resolver)?;
    let requests = rows::combinations(everywhere.as_ref().unwrap_or(request), world.bounds())?;
    rows::known(request, &requests, &resolver)?;
    let mut steps = Steps::new(world, "combinations", requests.len() as u64);
    let mut asked: Vec<(&EstimateRequest, Result<AnsweredRow, ApiError>)> = Vec::new();
    for request in &requests {
        asked.push((request, estimate_row(request, &resolver)));
        steps.advance(1)?;
    }
    if everywhere.is_some() {
        // Clouds that do not offer the hardware say nothing.
        asked.retain(|(_, row)| row.as_ref().is_ok_and(|row| row.usd_per_hour.is_some()));
    }
    if let Some(only) = refused(&asked) {
        return Err(only);
    }
    let mut rows: Vec<CompareRow> =
        asked.into_iter().map(|(request, row)| CompareRow::of(request, row)).collect();
    if let Some(order) = &order {
        rows = report::sorted(rows, order);
    }
    rows.sort_by_key(CompareRow::does_not_start);
    let yes = rows.iter().any(CompareRow::holds);
    let view = view::view(&rows);
    let report = CompareReport { sort: order.map(|order| order.field.name()), rows };
    Ok(Answered::new(report, view).answered(yes))
}

/// The first refusal, where every row is one; why there is none, where there is no row.
fn refused(asked: &[(&EstimateRequest, Result<AnsweredRow, ApiError>)]) -> Option<ApiError> {
    let Some((_, first)) = asked.first() else {
        let none = ApiError::input("compare.no_offer", "no cloud of the catalogue offers this hardware");
        let help = "slipstick instances --by-cloud shows who offers what; a price can be given with --price";
        return Some(none.at("--clouds").help(help));
    };
    let any = asked.iter().any(|(_, row)| row.is_ok());
    first.as_ref().err().filter(|_| !any).cloned()
}

/// The best first in the column of a name.
fn order(name: &str) -> Result<Order, ApiError> {
    let field = report::key::<AnsweredRow>(name, &[], "sort.unknown")?;
    Ok(Order { descending: field.larger_is_better, field })
}
