//! The catalogue: shipped facts with overlays on top.

use slipstick_core::units::Bytes;

use crate::{
    LayerName,
    accelerators::{self, AcceleratorEntry, AcceleratorSpec, LookupError, SpecError},
};

/// All facts the program knows, in layers. Shipped tables are parsed when they are first asked for.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Rows of the overlays in the order they were added, lowest layer first.
    accelerators: Vec<AcceleratorEntry>,
}

/// Why an overlay could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    /// A description of accelerators is wrong.
    #[error(transparent)]
    Accelerators(#[from] accelerators::UserFileError),
    /// It is no kind of table that is known.
    #[error("{file}: it is not a table the catalogue knows; give accelerators as .toml")]
    Unrecognised {
        /// The file.
        file: String,
    },
}

impl Catalog {
    /// The shipped facts alone.
    pub fn builtin() -> Self {
        Self::default()
    }

    /// With the rows of `text` on top. `file_name` is for messages and, by its ending, for telling the kind of table.
    ///
    /// # Errors
    /// If the text is no table the catalogue knows, or a row of it is wrong.
    pub fn with_overlay(
        mut self,
        layer: LayerName,
        file_name: &str,
        text: &str,
    ) -> Result<Self, OverlayError> {
        if !file_name.to_ascii_lowercase().ends_with(".toml") {
            return Err(OverlayError::Unrecognised { file: file_name.to_owned() });
        }
        let rows = accelerators::parse_user_file(layer, file_name, text, |name| {
            self.accelerator(name).cloned().map_err(|e| e.to_string())
        })?;
        self.accelerators.extend(rows);
        self.accelerators.sort_by_key(|entry| entry.origin.layer); // stable: later files of a layer stay later
        Ok(self)
    }

    /// All accelerators, an overlay's row in the place of the shipped one it overrides, new ones at the end.
    pub fn accelerators(&self) -> Vec<&AcceleratorEntry> {
        let mut all: Vec<&AcceleratorEntry> = accelerators::BUILTIN.iter().collect();
        for row in &self.accelerators {
            match all.iter_mut().find(|entry| entry.accelerator.id == row.accelerator.id) {
                Some(place) => *place = row,
                None => all.push(row),
            }
        }
        all
    }

    /// The accelerator with exactly this id.
    pub fn accelerator_by_id(&self, id: &str) -> Option<&AcceleratorEntry> {
        let shipped = || accelerators::BUILTIN.iter().find(|entry| entry.accelerator.id == id);
        self.accelerators.iter().rev().find(|entry| entry.accelerator.id == id).or_else(shipped)
    }

    /// The accelerator that a name means: an id, a short name, or what a driver or a cloud calls it.
    ///
    /// # Errors
    /// If no accelerator or more than one goes by that name.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let h100 = catalog.accelerator("H100 SXM").unwrap();
    /// assert_eq!(h100.accelerator.id, "nvidia-h100-sxm-80gb");
    /// let error = catalog.accelerator("a100").unwrap_err().to_string();
    /// assert!(error.contains("nvidia-a100-sxm-40gb (40.0 GiB)"), "{error}");
    /// ```
    pub fn accelerator(&self, name: &str) -> Result<&AcceleratorEntry, LookupError> {
        accelerators::resolve(&self.overlaid(), name, None)
    }

    /// The accelerator that a driver reports by name and memory.
    ///
    /// # Errors
    /// If no accelerator or more than one fits.
    pub fn accelerator_with_memory(
        &self,
        name: &str,
        memory: Bytes,
    ) -> Result<&AcceleratorEntry, LookupError> {
        accelerators::resolve(&self.overlaid(), name, Some(memory))
    }

    /// Reads a hardware argument: `h100`, `h100:8`, `8xh100`, `2x8xh200`.
    ///
    /// # Errors
    /// If the name or a count in it is wrong, or the count does not fill whole nodes.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let two_nodes = catalog.accelerator_spec("2x8xh200").unwrap();
    /// assert_eq!((two_nodes.nodes, two_nodes.per_node), (2, 8));
    /// ```
    pub fn accelerator_spec(&self, text: &str) -> Result<AcceleratorSpec<'_>, SpecError> {
        let overlay = self.overlaid();
        accelerators::parse_spec(text, |name| accelerators::resolve(&overlay, name, None))
    }

    /// Overlay rows, the highest layer first.
    fn overlaid(&self) -> Vec<&AcceleratorEntry> {
        self.accelerators.iter().rev().collect()
    }
}
