//! The link between accelerators.

use crate::units::Bandwidth;

/// The kind of link, which decides latency and how much of its rate a collective reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// NVLink with or without a switch.
    NvLink,
    /// AMD's xGMI / Infinity Fabric.
    InfinityFabric,
    /// TPU inter-chip interconnect.
    Ici,
    /// A vendor's own scale-up link (NeuronLink, Gaudi RoCE, Xe Link, UltraFusion).
    Proprietary,
    /// PCI Express through host or switch.
    Pcie,
    /// A network between nodes.
    Network,
}

/// A link, by its rate in one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// Bytes per second one accelerator can send while it receives as much. Data sheets usually print the sum of both
    /// directions: this is half of that.
    pub bandwidth: Bandwidth,
}
