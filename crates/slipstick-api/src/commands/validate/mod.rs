//! `slipstick validate`: predictions against a table of measurements.

mod contribute;
mod request;
mod view;

pub use request::ValidateRequest;

use schemars::JsonSchema;
use serde::Serialize;
use slipstick_catalog::Catalog;

use crate::{
    Answered, ApiError, World,
    report::Report,
    resolve::Resolver,
    rows::Rows,
    validate::{
        Cells, Header, Models, columns, each_row,
        inference::{InferenceValidation, validate_inference},
        memory::{MemoryValidation, Pools, validate_memory},
        open,
        training::{TrainingValidation, validate_training},
    },
    view::View,
};

/// `slipstick validate`: predictions against a table of measurements.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ValidateReport {
    /// A table of measured inference.
    Inference(InferenceValidation),
    /// A table of measured memory.
    Memory(MemoryValidation),
    /// A table of measured training.
    Training(TrainingValidation),
}

impl Report for ValidateReport {
    const COMMAND: &'static str = "validate";
    const ROWS: Option<&'static str> = Some("rows");
}

/// Predicts every row of a table and says how far off that is. The table's columns say which kind it is.
///
/// # Errors
/// If the table cannot be read or is of no known kind.
pub fn validate(
    request: &ValidateRequest,
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Answered<ValidateReport>, ApiError> {
    asked(request, catalog, world, None)
}

/// The same, whose rows go to `rows` as they are found; the report has none.
///
/// # Errors
/// As [`validate`], and if a row cannot be taken.
pub fn validate_to(
    request: &ValidateRequest,
    catalog: &Catalog,
    world: &dyn World,
    rows: &mut dyn Rows,
) -> Result<Answered<ValidateReport>, ApiError> {
    asked(request, catalog, world, Some(rows))
}

fn asked(
    request: &ValidateRequest,
    catalog: &Catalog,
    world: &dyn World,
    rows: Option<&mut dyn Rows>,
) -> Result<Answered<ValidateReport>, ApiError> {
    let table = || open(&request.data, world);
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, &request.configs);
    let header = columns(table()?)?;
    let wanted = wanted(request, &header)?;
    let admits =
        |cells: &Cells<'_>| wanted.iter().all(|(name, value)| cells.get(name).eq_ignore_ascii_case(value));
    contribute::of_inference(request, &header)?;
    if header.has("measured_what") {
        let pools = Pools::read(table()?, admits)?;
        let of = |rows, summary| ValidateReport::Memory(MemoryValidation { rows, summary });
        let mut taken = Taken::begin(rows, of(Vec::new(), Vec::new()))?;
        let (summary, tally) = validate_memory(table()?, &pools, &models, admits, |row| taken.take(row))?;
        let view = view::memory(&summary, &tally);
        return Ok(Answered::new(of(taken.kept, summary), view));
    }
    if header.has("isl") && header.has("regime") {
        // A table that cannot be read through is refused before its first row is shown.
        each_row(table()?, |_, _| Ok(()))?;
        let of = |rows, summary| ValidateReport::Inference(InferenceValidation { rows, summary });
        let mut taken = Taken::begin(rows, of(Vec::new(), Vec::new()))?;
        let (summary, tally) = validate_inference(table()?, &models, admits, |row| taken.take(row))?;
        let mut view = view::inference(&summary, &tally);
        contribute::write(request, table()?, &models, admits, &mut view)?;
        return Ok(Answered::new(of(taken.kept, summary), view));
    }
    if header.has("iter_time_s") || header.has("step_time_s") || header.has("peak_mem_gib") {
        // A table that cannot be read through is refused before its first row is shown.
        each_row(table()?, |_, _| Ok(()))?;
        let of = |rows, summary| ValidateReport::Training(TrainingValidation { rows, summary });
        let mut taken = Taken::begin(rows, of(Vec::new(), Vec::new()))?;
        let (summary, tally) = validate_training(table()?, &models, admits, |row| taken.take(row))?;
        let view = view::training(&summary, &tally);
        return Ok(Answered::new(of(taken.kept, summary), view));
    }
    let help =
        "memory tables have measured_what, inference tables isl and regime, training tables iter_time_s";
    let message = "the table's columns tell no kind of measurement";
    Err(ApiError::input("validate.kind", message).at("--data").help(help))
}

/// The columns that rows are chosen by, with the value that is wanted.
fn wanted<'a>(
    request: &'a ValidateRequest,
    header: &Header,
) -> Result<Vec<(&'static str, &'a str)>, ApiError> {
    let stated = [
        ("--regime", "regime", &request.regime),
        ("--engine", "engine", &request.engine),
        ("--gpu", "accelerator_id", &request.gpu),
    ];
    stated
        .into_iter()
        .filter_map(|(flag, column, value)| Some((flag, column, value.as_deref()?)))
        .map(|(flag, column, value)| {
            if header.has(column) {
                return Ok((column, value));
            }
            Err(ApiError::input("validate.no_column", format!("the table has no column {column}"))
                .at(flag)
                .help("leave the flag out, or give a table with that column"))
        })
        .collect()
}

/// Rows that were taken: handed on, or kept.
struct Taken<'a, T> {
    rows: Option<&'a mut dyn Rows>,
    kept: Vec<T>,
}

impl<'a, T: Serialize> Taken<'a, T> {
    fn begin(mut rows: Option<&'a mut dyn Rows>, empty: ValidateReport) -> Result<Self, ApiError> {
        if let Some(rows) = &mut rows {
            rows.begin(&Answered::new(empty, View::default()).into())?;
        }
        Ok(Self { rows, kept: Vec::new() })
    }

    fn take(&mut self, row: T) -> Result<(), ApiError> {
        if let Some(rows) = &mut self.rows {
            return rows.row(&row);
        }
        self.kept.push(row);
        Ok(())
    }
}
