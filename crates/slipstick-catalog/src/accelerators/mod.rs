//! Accelerators: what their makers specify and their drivers report, and the names they go by.

mod alias;
mod lookup;
mod measured;
mod own_names;
mod sizes;
mod spec;
mod table;
mod template;
mod user_file;

pub use alias::{Alias, aliases};
pub use lookup::LookupError;
pub use measured::{Measured, RateKind, measured, measured_on};
pub use spec::{AcceleratorSpec, SpecError};
pub use user_file::UserFileError;

use std::borrow::Cow;

use slipstick_core::{hardware::Accelerator, names::normalise};

use crate::{LayerName, Origin, rows::Layered};

pub(crate) use alias::listed;
pub(crate) use lookup::{find, resolve, shipped};
pub(crate) use spec::parse as parse_spec;
pub(crate) use table::BUILTIN;
pub use table::{class_name, link_kind_name};
pub(crate) use user_file::parse as parse_user_file;

/// How the capacity in [`Accelerator::memory`] is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemoryBasis {
    /// The driver reports it.
    Driver,
    /// The maker's label, where no driver figure was found.
    Label,
    /// What the platform lets the accelerator use of a shared memory.
    PlatformLimit,
    /// A typical amount of main memory: it is what was fitted, not part of the chip.
    FitOut,
}

impl MemoryBasis {
    /// The word used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Driver => "driver",
            Self::Label => "label",
            Self::PlatformLimit => "platform-limit",
            Self::FitOut => "fit-out",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Driver, Self::Label, Self::PlatformLimit, Self::FitOut].into_iter().find(|b| b.name() == name)
    }
}

/// One accelerator of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceleratorEntry {
    /// What the estimates use.
    pub accelerator: Accelerator,
    /// How it is built: PCIe, SXM5, OAM and so on.
    pub form_factor: String,
    /// Kind of memory.
    pub memory_type: String,
    /// The capacity as sold, in gigabytes.
    pub label_gb: f64,
    /// How the usable capacity is known.
    pub memory_basis: MemoryBasis,
    /// Last-level cache or on-chip memory, in megabytes.
    pub cache_mb: Option<f64>,
    /// The maker's name for the link to peers.
    pub link_name: String,
    /// The compute target as compilers name it: `9.0`, `gfx942`, `metal`; empty if unknown.
    pub compute: String,
    /// Other names given with the row.
    pub aliases: Vec<String>,
    /// What to know about the figures.
    pub note: String,
    /// Where they come from.
    pub origin: Origin,
}

impl Layered for AcceleratorEntry {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.accelerator.id)
    }

    fn found_by(&self) -> Vec<String> {
        lookup::names(self).map(normalise).collect()
    }
}
