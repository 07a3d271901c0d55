//! What is done with hostile rows; the fuzz target under `fuzz/` calls the same function.

use slipstick_catalog::{Catalog, LayerName};

/// Rows on top of the catalogue's; the first byte picks the kind of table.
pub(crate) fn catalogue(data: &[u8]) {
    let Some((&kind, text)) = data.split_first() else { return };
    let Ok(text) = core::str::from_utf8(text) else { return };
    let catalog = Catalog::builtin();
    let name = match kind % 8 {
        0 => "mine.toml",
        1 => "prices.csv",
        2 => "prices.json",
        3 => "model.json",
        4 => {
            drop(catalog.accelerator_spec(text));
            drop(Catalog::builtin().quant(text));
            return;
        }
        _ => "no table",
    };
    if let Ok(catalog) = catalog.with_overlay(LayerName::User, name, text) {
        catalog.accelerators();
        catalog.offers();
    }
}
