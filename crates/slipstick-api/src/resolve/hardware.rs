//! From a hardware argument to accelerators.

use slipstick_catalog::{
    Catalog, LayerName,
    accelerators::{AcceleratorEntry, AcceleratorSpec, LookupError, SpecError},
};
use slipstick_core::hardware::Cluster;

use crate::{ApiError, World};

/// No description of a few accelerators is larger.
const FILE_LIMIT: u64 = 1 << 20;

/// The hardware that an argument means.
#[derive(Debug, Clone, PartialEq)]
pub struct Hardware {
    /// The accelerator, with its source.
    pub entry: AcceleratorEntry,
    /// How many, and how they are joined.
    pub cluster: Cluster,
}

/// The hardware that `--on` means: `h100`, `h100:8`, `2x8xh200`, `my-chip.toml`, `my-chip.toml:8`, `auto`.
///
/// # Errors
/// If no accelerator, or more than one, goes by that name, or a count makes no sense.
pub fn hardware(argument: &str, catalog: &Catalog, world: &dyn World) -> Result<Hardware, ApiError> {
    let text = argument.trim();
    if text == "auto" {
        return from_spec(catalog, &world.local_accelerators()?);
    }
    let Some((file, count)) = described_in_file(text) else {
        return from_spec(catalog, text);
    };
    let described = world.read_text(file, FILE_LIMIT).map_err(|error| error.at("--on"))?;
    let with_file = catalog
        .clone()
        .with_overlay(LayerName::Request, file, &described)
        .map_err(|error| ApiError::input("gpu.file", error.to_string()).at("--on"))?;
    let from_file =
        |entry: &&AcceleratorEntry| entry.origin.layer == LayerName::Request && entry.origin.file == file;
    let all = with_file.accelerators();
    let ids: Vec<&str> =
        all.iter().copied().filter(from_file).map(|entry| entry.accelerator.id.as_str()).collect();
    match ids.as_slice() {
        [only] => from_spec(&with_file, &format!("{only}{count}")),
        [] => Err(ApiError::input("gpu.file", format!("{file} describes no accelerator")).at("--on")),
        several => Err(ApiError::input("gpu.file", format!("{file} describes several accelerators"))
            .at("--on")
            .help(format!("add it with --catalog and name one of {}", several.join(", ")))),
    }
}

/// `my-chip.toml:8` as the file and `:8`.
fn described_in_file(text: &str) -> Option<(&str, &str)> {
    let is_file = |name: &str| name.to_ascii_lowercase().ends_with(".toml");
    if is_file(text) {
        return Some((text, ""));
    }
    let colon = text.rfind(':')?;
    let (file, count) = text.split_at(colon);
    is_file(file).then_some((file, count))
}

fn from_spec(catalog: &Catalog, text: &str) -> Result<Hardware, ApiError> {
    let AcceleratorSpec { entry, per_node, nodes } = catalog.accelerator_spec(text)?;
    let cluster = Cluster::new(entry.accelerator.clone(), per_node, nodes);
    Ok(Hardware { entry: entry.clone(), cluster })
}

impl From<SpecError> for ApiError {
    fn from(error: SpecError) -> Self {
        let message = error.to_string();
        match error {
            SpecError::Lookup(LookupError::Unknown { .. }) => {
                Self::input("gpu.unknown", message).help("slipstick gpus lists them all")
            }
            SpecError::Lookup(LookupError::Ambiguous { .. }) => Self::input("gpu.ambiguous", message),
            SpecError::Empty => Self::input("gpu.empty", message),
            SpecError::Count { .. } | SpecError::Nodes { .. } => Self::input("gpu.count", message),
        }
        .at("--on")
    }
}
