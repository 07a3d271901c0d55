//! Several accelerators and what joins them.

use super::{Accelerator, Link, LinkKind};
use crate::units::{Bandwidth, Bytes};

/// What surrounds the accelerators of one node.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Host {
    /// Main memory, if known.
    pub memory: Option<Bytes>,
    /// Virtual processors, if known.
    pub vcpus: Option<u32>,
}

/// `nodes` × `per_node` equal accelerators, with a network between the nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// The accelerator.
    pub accelerator: Accelerator,
    /// Accelerators in a node.
    pub per_node: u32,
    /// Nodes.
    pub nodes: u32,
    /// The network between nodes, per accelerator and direction.
    pub network: Link,
    /// What each node's host has.
    pub host: Host,
}

impl Cluster {
    /// A cluster on a network of 400 Gb/s per accelerator, the commonest one of today's eight-GPU nodes.
    pub const fn new(accelerator: Accelerator, per_node: u32, nodes: u32) -> Self {
        let network = Link { kind: LinkKind::Network, bandwidth: Bandwidth::gb_per_s(50.0) };
        Self { accelerator, per_node, nodes, network, host: Host { memory: None, vcpus: None } }
    }

    /// All accelerators.
    pub const fn accelerators(&self) -> u64 {
        self.per_node as u64 * self.nodes as u64
    }

    /// The link that a group of `size` neighbouring accelerators communicates over: the slowest one it must cross.
    ///
    /// A domain larger than the usual node spans hosts, as a rack does; one that is smaller than the node is left over
    /// the host's own link, as bridged pairs of cards are.
    pub const fn link_for(&self, size: u64) -> Link {
        let domain = self.accelerator.domain_size as u64;
        let per_node = self.per_node as u64;
        let spans_hosts = self.accelerator.domain_size > self.accelerator.node_size;
        if size <= domain && (size <= per_node || spans_hosts) {
            self.accelerator.link
        } else if size <= per_node {
            self.accelerator.host_link
        } else {
            self.network
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hardware::{AcceleratorClass, Peaks},
        units::Bytes,
    };

    fn cluster(domain_size: u32, node_size: u32, per_node: u32, nodes: u32) -> Cluster {
        let link = |kind, gb| Link { kind, bandwidth: Bandwidth::gb_per_s(gb) };
        let accelerator = Accelerator {
            id: "a".into(),
            name: "A".into(),
            vendor: "V".into(),
            architecture: "G".into(),
            family: "g".into(),
            class: AcceleratorClass::DatacenterGpu,
            year: 2024,
            memory: Bytes::gib(80),
            memory_bandwidth: Bandwidth::gb_per_s(2000.0),
            peaks: Peaks::default(),
            link: link(LinkKind::NvLink, 300.0),
            domain_size,
            host_link: link(LinkKind::Pcie, 32.0),
            node_size,
            power: None,
            compute_capability: None,
        };
        Cluster::new(accelerator, per_node, nodes)
    }

    #[test]
    fn a_bridged_pair_falls_back_to_the_host_and_then_to_the_network() {
        let pairs = cluster(2, 8, 8, 2);
        assert_eq!(pairs.link_for(2).kind, LinkKind::NvLink);
        assert_eq!(pairs.link_for(4).kind, LinkKind::Pcie);
        assert_eq!(pairs.link_for(16).kind, LinkKind::Network);
    }

    #[test]
    fn half_filled_nodes_do_not_share_a_chassis_domain() {
        assert_eq!(cluster(8, 8, 4, 2).link_for(8).kind, LinkKind::Network);
    }

    #[test]
    fn a_rack_domain_spans_hosts() {
        let rack = cluster(72, 4, 4, 18);
        assert_eq!(rack.link_for(72).kind, LinkKind::NvLink);
        assert_eq!(cluster(72, 4, 4, 36).link_for(144).kind, LinkKind::Network);
    }
}
