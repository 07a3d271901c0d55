//! What a decoding step must read at the least: weights and cache, activations apart.

use super::{GemmLine, LoweredModel, MixLine, Step};
use crate::{formulas::time::experts::experts_touched, units::Traffic};

impl GemmLine {
    /// Bytes of the weights that `tokens` tokens touch together: all of them, or those of the experts they are routed to.
    pub fn weights_read(&self, tokens: f64) -> Traffic {
        let share = self
            .experts
            .map_or(1.0, |e| experts_touched(e.count, e.active, tokens * e.joined_ranks, 0.0) / e.count);
        Traffic::bytes(self.weight_bytes * share)
    }
}

impl MixLine {
    /// Bytes of cache and state that the decoding sequences of a step read.
    pub fn memory_read(&self, step: &Step) -> Traffic {
        let state = self.state_bytes / self.head_split;
        Traffic::bytes(step.decode_sequences * (self.read_at(step.decode_context) + state))
    }
}

impl LoweredModel {
    /// Bytes of weights that a decoding step reads on one rank.
    pub fn weights_read(&self, step: &Step) -> Traffic {
        let lines = |group: &super::LoweredGroup| -> Traffic {
            group.gemms.iter().map(|line| line.weights_read(step.decode_sequences)).sum()
        };
        let layers: Traffic = self.groups.iter().map(|group| lines(group) * group.count).sum();
        layers + self.head.map_or(Traffic::ZERO, |head| head.weights_read(step.decode_sequences))
    }

    /// Bytes of cache and state that a decoding step reads on one rank.
    pub fn cache_read(&self, step: &Step) -> Traffic {
        let lines = |group: &super::LoweredGroup| -> Traffic {
            group.mixers.iter().map(|line| line.memory_read(step)).sum()
        };
        self.groups.iter().map(|group| lines(group) * group.count).sum()
    }
}
