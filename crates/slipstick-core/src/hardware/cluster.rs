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
    pub const fn link_for(&self, size: u64) -> Link {
        let domain = if self.accelerator.domain_size > self.per_node && self.nodes > 1 {
            self.accelerator.domain_size as u64 // a domain that spans hosts, such as a rack
        } else {
            self.per_node as u64
        };
        if size <= domain { self.accelerator.link } else { self.network }
    }
}
