//! What the fit of memory's meters reads: measured peaks beside those that the software's rules say.

use slipstick_catalog::Catalog;
use slipstick_core::{
    training::{Blocks, Job, Stack, StageMemory, blocks, by_rule},
    units::Bytes,
};

use super::{answer, measured};
use crate::{
    ApiError, World,
    commands::train::Trained,
    resolve::Resolver,
    validate::{Cells, Models, table::each_row},
};

/// One reading, and what the rules say of it without any fit.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryResidual {
    /// The training software.
    pub stack: String,
    /// The meter: allocated, reserved, device or unknown.
    pub meter: &'static str,
    /// Whether adapters are trained, or all weights.
    pub adapters: bool,
    /// The model.
    pub model: String,
    /// The reading.
    pub measured: Bytes,
    /// What the rules say, without blocks that an allocator holds without a use.
    pub bare: Bytes,
    /// Those blocks, of an eager framework's allocator where the meter reads them.
    pub blocks: Option<Blocks>,
    /// What the accelerator has, which no meter reads more than.
    pub memory: Bytes,
}

/// The readings of a table's usable rows.
///
/// # Errors
/// If the text is no table.
pub fn memory_residuals(
    csv: &str,
    folders: &[String],
    catalog: &Catalog,
    world: &dyn World,
) -> Result<Vec<MemoryResidual>, ApiError> {
    let resolver = Resolver::new(catalog, world);
    let models = Models::new(&resolver, folders);
    let mut found = Vec::new();
    each_row(csv.as_bytes(), |_, cells| {
        let usable = cells.get("usable_memory") != "no" && cells.get("usable") != "no";
        if let Some((answered, _)) = answer(&cells, &models).ok().filter(|_| usable) {
            found.extend(residuals(&cells, &answered));
        }
        Ok(())
    })?;
    Ok(found)
}

fn residuals<'a>(cells: &Cells<'_>, answered: &'a Trained) -> impl Iterator<Item = MemoryResidual> + use<'a> {
    let own = measured(cells);
    let job = answered.planned.job();
    let peak = answered.stages.iter().map(StageMemory::peak).max().unwrap_or_default();
    let stack = Stack { allocator: None, ..job.stack.clone() };
    let [allocated, reserved, device] = by_rule(&Job { stack: &stack, ..job }, peak);
    let blocks = job.stack.allocator.map(|_| blocks(&job));
    let stated = match cells.get("meter") {
        "allocated" => ("allocated", allocated),
        "reserved" => ("reserved", reserved),
        "device" => ("device", device),
        _ => ("unknown", allocated),
    };
    let readings = [
        (stated, own.peak_memory_bytes),
        (("reserved", reserved), own.reserved_bytes),
        (("device", device), own.device_bytes),
    ];
    let model = cells.first(&["model_id", "model"]).unwrap_or_default().to_owned();
    readings.into_iter().filter_map(move |((meter, predicted), reading)| {
        Some(MemoryResidual {
            stack: answered.planned.software.entry.stack.name.clone(),
            meter,
            adapters: answered.planned.job().recipe.adapter.is_some(),
            model: model.clone(),
            measured: reading?.0,
            bare: predicted,
            blocks: blocks.filter(|_| matches!(meter, "reserved" | "device")),
            memory: answered.planned.cluster.accelerator.memory,
        })
    })
}
