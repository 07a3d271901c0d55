//! Accelerators by the name of a machine: as a maker calls it, or as a cloud sells it.

use slipstick_core::names::normalise;

use crate::tables::MACHINES;

/// Some machines of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machines<'a> {
    /// What their maker or cloud calls one.
    pub name: &'a str,
    /// The id of the accelerator in it.
    pub accelerator: &'a str,
    /// Accelerators in a node.
    pub per_node: u32,
    /// Nodes, of all the machines together.
    pub nodes: u32,
}

/// The machines that `dgx-h100`, `2xDGX-H100` or `gb200-nvl72:2` means by their maker's name.
pub(crate) fn made(text: &str) -> Option<Machines<'static>> {
    let (name, machines) = counted(text.trim());
    let wanted = normalise(name);
    let row = MACHINES.iter().find(|row| normalise(row.machine) == wanted)?;
    let nodes = row.nodes.checked_mul(machines)?;
    Some(Machines { name: row.machine, accelerator: row.accelerator, per_node: row.per_node, nodes })
}

/// The names of makers.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MACHINES.iter().map(|row| row.machine)
}

/// A name and how many of it: `2xp5.48xlarge` and `p5.48xlarge:2` are two.
pub(crate) fn counted(text: &str) -> (&str, u32) {
    let count = |text: &str| text.parse::<u32>().ok().filter(|count| *count > 0);
    let before = text.split_once('x').and_then(|(many, name)| Some((name, count(many)?)));
    let behind = || text.rsplit_once(':').and_then(|(name, many)| Some((name, count(many)?)));
    before.or_else(behind).unwrap_or((text, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, source};

    #[test]
    fn every_machine_holds_a_known_part_fills_its_nodes_and_has_a_source() {
        let catalog = Catalog::builtin();
        for row in MACHINES {
            let entry = catalog.accelerator_by_id(row.accelerator).unwrap();
            assert_eq!(entry.accelerator.node_size, row.per_node, "{}", row.machine);
            assert!(
                source(row.source).is_some() && !row.seen.is_empty() && row.note.len() < 80,
                "{}",
                row.machine
            );
            assert!(catalog.find_accelerator(row.machine).is_none(), "{} is an accelerator too", row.machine);
        }
    }

    /// NVIDIA's data sheet: 72 GPUs in a rack, one NVLink domain; its user guide: eight in a DGX H100.
    #[test]
    fn a_machine_is_known_by_its_makers_name() {
        let rack = made("gb200-nvl72").unwrap();
        assert_eq!((rack.accelerator, rack.per_node * rack.nodes), ("nvidia-gb200-186gb", 72));
        let pair = made("2xDGX H100").unwrap();
        assert_eq!((pair.accelerator, pair.per_node, pair.nodes), ("nvidia-h100-sxm-80gb", 8, 2));
        assert_eq!(made("dgx-a100"), None);
        assert_eq!(made("dgx-h100:4294967295").map(|many| many.nodes), Some(u32::MAX));
        assert_eq!(made("gb200-nvl72:4294967295"), None);
    }
}
