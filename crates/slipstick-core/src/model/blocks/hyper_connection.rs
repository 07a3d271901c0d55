//! Hyper-connections: several residual streams, mixed around every block.

use crate::model::{Role, Weight};

/// Manifold-constrained hyper-connections (arXiv 2512.24880): `streams` copies of the residual stream, from which each
/// block reads one mixture and to which it writes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HyperConnection {
    /// Width of one stream.
    pub hidden: u64,
    /// Streams.
    pub streams: u64,
}

impl HyperConnection {
    /// The weights around one block, under the three names of its projection, offsets and scales.
    pub fn around(&self, names: [&'static str; 3]) -> Vec<Weight> {
        // One weight a stream to read, one to write, and a square matrix between the streams, each scaled apart.
        self.weights(names, (2 + self.streams) * self.streams, 3)
    }

    /// The weights that merge the streams after the last layer.
    pub fn merge(&self, names: [&'static str; 3]) -> Vec<Weight> {
        self.weights(names, self.streams, 1)
    }

    fn weights(&self, [project, offset, scale]: [&'static str; 3], mixes: u64, scales: u64) -> Vec<Weight> {
        vec![
            Weight::matrix(project, Role::Other, mixes, self.streams * self.hidden),
            Weight::vector(offset, Role::Other, mixes),
            Weight::vector(scale, Role::Other, scales),
        ]
    }
}
