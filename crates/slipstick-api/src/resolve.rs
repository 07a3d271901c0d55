//! From names in a request to facts: the catalogue with its overlays, and models.

mod deployment;
mod engine;
mod formats;
mod given;
mod hardware;
mod known;
mod layout;
mod model;
mod named;
pub(crate) mod pools;
mod remembered;
mod resolver;
mod speculation;
mod what_if;

use slipstick_catalog::Catalog;

pub use deployment::{Assumption, Resolved};
pub use formats::WeightFormats;
pub(crate) use model::is_pasted;
pub use model::{Reading, ResolvedModel, TensorsAlone, Unknown, from_files, model, reading};

pub use engine::EngineChoice;

pub(crate) use deployment::calibration_note;
pub(crate) use engine::engine;
pub(crate) use given::{Given, given, is_text, opened, shown};
pub(crate) use hardware::{cluster, is_description, memory_alone};
pub(crate) use named::entry_files;
pub use pools::{PoolsPlace, ResolvedPools};
pub use remembered::Remembered;
pub use resolver::Resolver;
pub(crate) use speculation::places;

use crate::{ApiError, World};

/// The facts that are built in, with the overlays of this world on top.
///
/// # Errors
/// If an overlay cannot be read or a row of it is wrong.
pub fn catalog(world: &dyn World) -> Result<Catalog, ApiError> {
    let mut catalog = Catalog::builtin();
    for file in world.overlays()? {
        catalog = catalog.with_overlay(file.layer, &file.path, &file.text).map_err(|error| {
            ApiError::catalogue("catalog.overlay", error.to_string())
                .at(file.path.clone())
                .help("mend the file, or move it out of the catalogue directory")
        })?;
    }
    Ok(catalog)
}
