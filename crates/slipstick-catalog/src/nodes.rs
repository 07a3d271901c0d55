//! What surrounds accelerators in their usual node: network and host.

use slipstick_core::{
    hardware::{Accelerator, Cluster, Host, Link, LinkKind},
    units::{Bandwidth, Bytes},
};

use std::borrow::Cow;

use crate::{
    LayerName, Origin, Place, accelerators,
    rows::{Layered, Rows},
    tables::{NODES, NodeRow, shipped},
};

const FILE: &str = "nodes.csv";

/// The usual node of an accelerator.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeShape {
    /// The accelerator it is the usual node of, or `class:` and a class of accelerators.
    pub holds_for: String,
    /// Its name.
    pub name: String,
    /// The network between nodes, for one accelerator in one direction.
    pub network: Link,
    /// What the host has, where the node is one design.
    pub host: Host,
    /// What to know about it.
    pub note: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl NodeShape {
    /// `nodes` of this shape with `per_node` accelerators in each.
    pub fn cluster(&self, accelerator: Accelerator, per_node: u32, nodes: u32) -> Cluster {
        Cluster { network: self.network, host: self.host, ..Cluster::new(accelerator, per_node, nodes) }
    }
}

impl NodeRow<'_> {
    pub(crate) fn shape(&self, at: Place<'_>) -> Result<NodeShape, String> {
        let gbit_s = self.network_gbit_s_per_accelerator;
        if !(gbit_s.is_finite() && gbit_s > 0.0) {
            return Err(format!("network_gbit_s_per_accelerator: {gbit_s} is not above zero"));
        }
        Ok(NodeShape {
            holds_for: self.holds_for.to_owned(),
            name: self.node.to_owned(),
            network: Link { kind: LinkKind::Network, bandwidth: Bandwidth::gb_per_s(gbit_s / 8.0) },
            host: Host { memory: self.ram_gib.map(Bytes::gib), vcpus: self.vcpus },
            note: self.note.to_owned(),
            origin: Origin::of(at, self.source, self.seen, self.confidence)?,
        })
    }
}

shipped!(BUILTIN: NodeRow<'static> => NodeShape, NODES, |row| {
    row.shape(Place::shipped(FILE)).expect("the tests read every shipped row")
});

impl Layered for NodeShape {
    fn layer(&self) -> LayerName {
        self.origin.layer
    }

    fn key(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.holds_for)
    }
}

/// The usual node of an accelerator: its own, or that of its class.
pub(crate) fn node<'a>(overlay: &'a Rows<NodeShape>, accelerator: &Accelerator) -> &'a NodeShape {
    let class = format!("class:{}", accelerators::class_name(accelerator.class));
    overlay
        .or_shipped(&BUILTIN, |row| row.holds_for, &accelerator.id)
        .or_else(|| overlay.or_shipped(&BUILTIN, |row| row.holds_for, &class))
        .expect("the table has a row for every class")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, source};

    #[test]
    fn every_row_is_about_a_known_part_and_has_a_source() {
        let catalog = Catalog::builtin();
        for (row, shape) in NODES.iter().zip(BUILTIN.iter()) {
            let holds_for = row.holds_for;
            let known = holds_for.starts_with("class:") || catalog.accelerator_by_id(holds_for).is_some();
            assert!(known, "{holds_for}");
            assert!(source(&shape.origin.sources[0]).is_some(), "{holds_for}");
            assert!(shape.network.bandwidth.get() > 0.0, "{holds_for}");
        }
    }

    #[test]
    fn every_accelerator_has_a_node() {
        let catalog = Catalog::builtin();
        for entry in catalog.accelerators() {
            assert_eq!(catalog.node(&entry.accelerator).network.kind, LinkKind::Network);
        }
    }

    /// NVIDIA's user guides: eight ConnectX-7 of 400 Gb/s and 2 TB of memory in a DGX H100.
    #[test]
    fn the_node_of_an_h100() {
        let catalog = Catalog::builtin();
        let h100 = &catalog.accelerator("h100").expect("known").accelerator;
        let shape = catalog.node(h100);
        assert!((shape.network.bandwidth.as_gb_per_s() - 50.0).abs() < 1e-9);
        assert_eq!(shape.host.memory, Some(Bytes::gib(2048)));
        let cluster = shape.cluster(h100.clone(), 8, 2);
        assert_eq!(cluster.link_for(16).kind, LinkKind::Network);
    }
}
