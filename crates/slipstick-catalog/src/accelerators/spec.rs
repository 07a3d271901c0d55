//! How people write hardware on a command line: `h100`, `h100:8`, `8xh100`, `2x8xh200`, `m3-max:64GiB`.

use slipstick_core::units::Bytes;

use super::{AcceleratorEntry, LookupError, MemoryBasis, sizes};

/// Accelerators as asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcceleratorSpec<'a> {
    /// Which.
    pub entry: &'a AcceleratorEntry,
    /// How many in each node.
    pub per_node: u32,
    /// How many nodes.
    pub nodes: u32,
    /// The main memory that was written, where it is no part of the chip.
    pub fitted: Option<Bytes>,
}

impl<'a> AcceleratorSpec<'a> {
    fn new(name: &str, entry: &'a AcceleratorEntry, per_node: u32, nodes: u32) -> Self {
        let fitted = sizes::split(name).map(|(_, memory)| memory);
        let fitted = fitted.filter(|_| entry.memory_basis == MemoryBasis::FitOut);
        Self { entry, per_node, nodes, fitted }
    }
}

/// Why a hardware argument could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The accelerator is not known, or not one alone.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// The argument is empty.
    #[error("no accelerator is given; type one like h100, h100:8 or 2x8xh200")]
    Empty,
    /// A count is zero, malformed or beyond a million.
    #[error("{count:?} in {input:?} is not a count of accelerators; type one like h100:8")]
    Count {
        /// The argument.
        input: String,
        /// The count in it.
        count: String,
    },
    /// The count does not fill whole nodes.
    #[error(
        "{count} of {id} do not fill nodes of {node_size}; type {full}x{node_size}x{id}, or NODESxPER_NODEx{id}"
    )]
    Nodes {
        /// The accelerator.
        id: String,
        /// The count asked for.
        count: u32,
        /// Accelerators in its usual node.
        node_size: u32,
        /// Nodes that would hold the count.
        full: u32,
    },
}

const LARGEST_COUNT: u32 = 1_000_000;

/// Reads a hardware argument; `known` looks a name up, `find` does so for one whose error is shown.
pub(crate) fn parse<'a>(
    input: &str,
    known: impl Fn(&str) -> Option<&'a AcceleratorEntry>,
    find: impl Fn(&str) -> Result<&'a AcceleratorEntry, LookupError>,
) -> Result<AcceleratorSpec<'a>, SpecError> {
    let text = input.trim();
    if text.is_empty() {
        return Err(SpecError::Empty);
    }
    // A name may itself begin like a count (7900-xtx), so the whole is tried as a name first.
    if let Some(entry) = known(text) {
        return Ok(AcceleratorSpec::new(text, entry, 1, 1));
    }
    if sizes::split(text).is_none()
        && let Some((name, digits)) = text.rsplit_once(':')
    {
        let total = count(text, digits)?;
        if name.trim().is_empty() {
            return Err(SpecError::Empty);
        }
        return in_nodes(name, find(name)?, total);
    }
    let Some((first, rest)) = multiplier(text) else {
        return Ok(AcceleratorSpec::new(text, find(text)?, 1, 1));
    };
    match multiplier(rest) {
        Some((second, name)) => {
            let (nodes, per_node) = (count(text, first)?, count(text, second)?);
            Ok(AcceleratorSpec::new(name, find(name)?, per_node, nodes))
        }
        None => in_nodes(rest, find(rest)?, count(text, first)?),
    }
}

/// `8xh100` as `8` and `h100`.
fn multiplier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let rest = text[end..].strip_prefix(['x', 'X', '×', '*'])?;
    (end > 0 && !rest.is_empty()).then_some((&text[..end], rest))
}

fn count(input: &str, digits: &str) -> Result<u32, SpecError> {
    let error = || SpecError::Count {
        input: input.chars().take(60).collect(),
        count: digits.chars().take(20).collect(),
    };
    let value: u32 = digits.trim().parse().map_err(|_| error())?;
    if (1..=LARGEST_COUNT).contains(&value) { Ok(value) } else { Err(error()) }
}

/// A total as one node, or as whole nodes of the usual size.
fn in_nodes<'a>(
    name: &str,
    entry: &'a AcceleratorEntry,
    total: u32,
) -> Result<AcceleratorSpec<'a>, SpecError> {
    let node_size = entry.accelerator.node_size.max(1);
    if total <= node_size {
        return Ok(AcceleratorSpec::new(name, entry, total, 1));
    }
    if total.is_multiple_of(node_size) {
        return Ok(AcceleratorSpec::new(name, entry, node_size, total / node_size));
    }
    Err(SpecError::Nodes {
        id: entry.accelerator.id.clone(),
        count: total,
        node_size,
        full: total.div_ceil(node_size),
    })
}
