//! From a hardware argument to a cluster.

use slipstick_catalog::{
    Catalog, LayerName, Machines,
    accelerators::{LookupError, SpecError},
};
use slipstick_core::{
    hardware::{Accelerator, AcceleratorClass, Cluster, Link, LinkKind, Peaks},
    units::{Bandwidth, Bytes, parse::parse_bytes},
};

use super::is_text;
use crate::{ApiError, World};

/// A user's description of a chip is a page at most.
const DESCRIPTION_LIMIT: u64 = 1 << 20;

/// The cluster that `--on` means: a name with counts, a description in a `.toml` file with its count after a colon,
/// its text with counts before it (`8x`, `2x8x`), `auto` for what this machine has, or `cpu` for its processor.
///
/// # Errors
/// If the name is unknown or ambiguous, or the description is wrong.
pub(crate) fn cluster(on: &str, catalog: &Catalog, world: &dyn World) -> Result<Cluster, ApiError> {
    let trimmed = on.trim();
    if trimmed == "auto" {
        return named(&world.local_accelerators()?, catalog);
    }
    if trimmed == "cpu" {
        let here = world.local_processor()?;
        return named(&here, catalog).map_err(|error| match error.code {
            "gpu.unknown" => unknown_processor(&here, catalog),
            _ => error,
        });
    }
    if is_text(trimmed) {
        let (counts, text) = counted(trimmed);
        return described(("request.toml", text), |id| format!("{counts}{id}"), catalog);
    }
    let (path, count) = match trimmed.rsplit_once(':') {
        Some((path, count)) if is_description(path) => (path, count),
        _ => (trimmed, "1"),
    };
    if !is_description(path) {
        return named(trimmed, catalog);
    }
    let text = world.read_text(path, DESCRIPTION_LIMIT).map_err(|error| error.at("--on"))?;
    described((path, &text), |id| format!("{id}:{count}"), catalog)
}

/// The counts before a description, such as `8x` or `2x8x`, and the description.
fn counted(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != 'x').unwrap_or(text.len());
    let (counts, rest) = text.split_at(end);
    if counts.starts_with(|letter: char| letter.is_ascii_digit()) && counts.ends_with('x') {
        (counts, rest)
    } else {
        ("", text)
    }
}

/// As many as `spec` says of the accelerator that a file describes.
fn described(
    (path, text): (&str, &str),
    spec: impl Fn(&str) -> String,
    catalog: &Catalog,
) -> Result<Cluster, ApiError> {
    let before: Vec<String> = ids(catalog);
    let with = catalog.clone().with_overlay(LayerName::Request, path, text).map_err(|error| {
        ApiError::input("gpu.description", error.to_string())
            .at("--on")
            .help("one table named after the chip, with its vendor, memory, bandwidth and peaks")
    })?;
    let added: Vec<String> = ids(&with).into_iter().filter(|id| !before.contains(id)).collect();
    match added.as_slice() {
        [only] => named(&spec(only), &with),
        [] => Err(ApiError::input("gpu.description", format!("{path} describes no new accelerator"))
            .at("--on")
            .help("give it a table name of its own, such as [my-chip]")),
        several => Err(ApiError::input(
            "gpu.description",
            format!("{path} describes {} accelerators", several.len()),
        )
        .at("--on")
        .help(format!("pass the file's directory with --catalog and name one: {}", several.join(", ")))),
    }
}

/// What this machine calls its processor is no name of the catalogue: any of those that are can stand in for it, with this
/// machine's memory.
fn unknown_processor(here: &str, catalog: &Catalog) -> ApiError {
    let (name, memory) = here.split_once(':').unwrap_or((here, ""));
    let memory = memory.split(':').next().and_then(|memory| parse_bytes(memory).ok());
    let memory = memory.map_or_else(String::new, |memory| format!(":{}GiB", memory.get() >> 30));
    let known = catalog.accelerators().into_iter().filter(|entry| entry.accelerator.is_host());
    let known: Vec<&str> = known.map(|entry| entry.accelerator.id.as_str()).collect();
    let first = known.first().copied().unwrap_or_default();
    ApiError::input("gpu.unknown", format!("this machine's processor, {name}, is not in the catalogue"))
        .at("--on")
        .help(format!(
            "name the one that is nearest to it with this machine's memory, such as --on {first}{memory}; there are {}; or \
             write its memory, memory_bandwidth and peak under [my-cpu] like = \"{first}\" in my-cpu.toml, with source and \
             seen, and pass --on my-cpu.toml",
            known.join(", ")
        ))
}

/// Whether `--on` names a file that describes an accelerator.
pub(crate) fn is_description(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn ids(catalog: &Catalog) -> Vec<String> {
    catalog.accelerators().into_iter().map(|entry| entry.accelerator.id.clone()).collect()
}

fn named(text: &str, catalog: &Catalog) -> Result<Cluster, ApiError> {
    let spec = match catalog.accelerator_spec(text) {
        Err(unknown @ SpecError::Lookup(LookupError::Unknown { .. })) => {
            let Some(Machines { accelerator, per_node, nodes, .. }) = catalog.machines(text) else {
                return Err(unknown.into());
            };
            catalog.accelerator_spec(&format!("{nodes}x{per_node}x{accelerator}"))?
        }
        spec => spec?,
    };
    let mut accelerator = spec.entry.accelerator.clone();
    let node = catalog.node(&accelerator);
    accelerator.memory = spec.fitted.unwrap_or(accelerator.memory);
    Ok(node.cluster(accelerator, spec.per_node, spec.nodes))
}

impl From<SpecError> for ApiError {
    fn from(error: SpecError) -> Self {
        let message = error.to_string();
        match error {
            SpecError::Lookup(LookupError::Unknown { .. }) => Self::input("gpu.unknown", message)
                .help("slipstick gpus lists them all, slipstick instances the machines of clouds"),
            SpecError::Lookup(LookupError::Ambiguous { .. }) => Self::input("gpu.ambiguous", message),
            SpecError::Lookup(LookupError::Size { .. }) => Self::input("gpu.size", message),
            SpecError::Empty => Self::input("gpu.empty", message),
            SpecError::Count { .. } | SpecError::Nodes { .. } => Self::input("gpu.count", message),
        }
        .at("--on")
    }
}

/// A memory from which on it is taken for that of a data-centre card.
const SERVER_CARD: Bytes = Bytes::gib(40);

/// A machine of which only the memory is known.
pub(crate) fn memory_alone(memory: Bytes) -> Cluster {
    Cluster::new(nameless(memory), 1, 1)
}

/// An accelerator of which only the memory is known; nothing but the memory of it is ever used.
fn nameless(memory: Bytes) -> Accelerator {
    let link = Link { kind: LinkKind::Pcie, bandwidth: Bandwidth::gb_per_s(16.0) };
    Accelerator {
        id: String::new(),
        name: format!("{memory} of memory"),
        vendor: String::new(),
        architecture: String::new(),
        family: String::new(),
        class: if memory < SERVER_CARD {
            AcceleratorClass::ConsumerGpu
        } else {
            AcceleratorClass::DatacenterGpu
        },
        year: 0,
        memory,
        memory_bandwidth: Bandwidth::gb_per_s(1.0),
        peaks: Peaks::default(),
        link,
        domain_size: 1,
        host_link: link,
        node_size: 1,
        power: None,
        compute_capability: None,
    }
}
