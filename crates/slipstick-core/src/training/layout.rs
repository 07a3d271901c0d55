//! How a model and its batch are split between accelerators.

use super::Shape;

/// The degrees of a layout. Accelerators are `tp * pp * cp * dp`; experts share the ranks of one stage anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layout {
    /// Data-parallel ranks.
    pub dp: u64,
    /// Tensor-parallel ranks.
    pub tp: u64,
    /// Pipeline stages.
    pub pp: u64,
    /// Chunks of layers a stage (interleaved stages).
    pub vpp: u64,
    /// Ranks that a sequence is split between.
    pub cp: u64,
    /// Ranks that experts are split between.
    pub ep: u64,
    /// Tensor-parallel ranks of an expert.
    pub etp: u64,
}

/// What one optimizer step works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Tokens of a sequence.
    pub sequence: u64,
    /// Sequences of a micro-batch.
    pub micro: u64,
    /// Micro-batches of each data-parallel rank.
    pub accumulation: u64,
}

/// Why a layout cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A degree of zero.
    #[error("{0} is 0, and there is no rank to do the work")]
    Zero(&'static str),
    /// Degrees that do not make the accelerators.
    #[error("tp {tp} x pp {pp} x cp {cp} do not divide {accelerators} accelerators")]
    Accelerators {
        /// Tensor-parallel ranks.
        tp: u64,
        /// Stages.
        pp: u64,
        /// Context-parallel ranks.
        cp: u64,
        /// All accelerators.
        accelerators: u64,
    },
    /// Heads that tensor parallelism does not divide.
    #[error("{heads} heads cannot be split between {tp} tensor-parallel ranks")]
    Heads {
        /// Query heads.
        heads: u64,
        /// Ranks.
        tp: u64,
    },
    /// More stages than layers.
    #[error("{layers} layers cannot be split into {stages} stages of {chunks} chunks each")]
    Stages {
        /// Layers.
        layers: u64,
        /// Stages.
        stages: u64,
        /// Chunks a stage.
        chunks: u64,
    },
    /// Interleaving without enough micro-batches.
    #[error("interleaved stages take micro-batches in rounds of {stages}, and {micro_batches} are none")]
    Rounds {
        /// Stages.
        stages: u64,
        /// Micro-batches.
        micro_batches: u64,
    },
    /// Chunks of stages in an order that places layers itself.
    #[error("{schedule} places layers itself, and {chunks} chunks a stage have no place in it")]
    Chunks {
        /// The order.
        schedule: &'static str,
        /// Chunks a stage.
        chunks: u64,
    },
    /// Stages that are no pairs.
    #[error("{schedule} pairs stages from both ends, and {stages} are odd")]
    OddStages {
        /// The order.
        schedule: &'static str,
        /// Stages.
        stages: u64,
    },
    /// Too few micro-batches to enter from both ends.
    #[error("{schedule} takes at least {least} micro-batches a step, and there are {micro_batches}")]
    MicroBatches {
        /// The order.
        schedule: &'static str,
        /// The fewest.
        least: u64,
        /// Micro-batches.
        micro_batches: u64,
    },
    /// Groups that share states and do not divide the ranks.
    #[error("groups of {group} ranks that share states do not divide {ranks} ranks with the same layers")]
    Groups {
        /// Ranks of a group.
        group: u64,
        /// Ranks with the same layers.
        ranks: u64,
    },
    /// A sequence that context parallelism does not divide.
    #[error("a sequence of {sequence} tokens cannot be split into 2 x {cp} equal parts")]
    Sequence {
        /// Tokens.
        sequence: u64,
        /// Ranks.
        cp: u64,
    },
    /// Expert parallelism without experts.
    #[error("the model has no experts to split between {0} ranks")]
    NoExperts(u64),
    /// Experts that the ranks do not divide.
    #[error("{experts} experts cannot be split between {ep} ranks")]
    Experts {
        /// Experts.
        experts: u64,
        /// Ranks.
        ep: u64,
    },
    /// Expert ranks that do not fit a stage.
    #[error("ep {ep} x etp {etp} do not divide the {ranks} ranks of a stage")]
    ExpertRanks {
        /// Expert-parallel ranks.
        ep: u64,
        /// Tensor-parallel ranks of an expert.
        etp: u64,
        /// Ranks of a stage.
        ranks: u64,
    },
}

impl Layout {
    /// One accelerator.
    pub const ONE: Self = Self { dp: 1, tp: 1, pp: 1, vpp: 1, cp: 1, ep: 1, etp: 1 };

    /// All accelerators.
    pub const fn accelerators(&self) -> u64 {
        self.tp.saturating_mul(self.pp).saturating_mul(self.cp).saturating_mul(self.dp)
    }

    /// Ranks that hold the same part of the layers, experts apart.
    pub const fn replicas(&self) -> u64 {
        self.dp.saturating_mul(self.cp)
    }

    /// Ranks that hold the same experts.
    pub const fn expert_replicas(&self) -> u64 {
        let ranks = self.replicas().saturating_mul(self.tp);
        let replicas = ranks / self.ep.saturating_mul(self.etp);
        if replicas == 0 { 1 } else { replicas }
    }

    /// Whether the model and the batch can be split so.
    ///
    /// # Errors
    /// If a degree is zero, or one does not divide what it splits.
    pub fn check(&self, shape: &Shape, batch: Batch) -> Result<(), LayoutError> {
        let degrees = [
            ("dp", self.dp),
            ("tp", self.tp),
            ("pp", self.pp),
            ("vpp", self.vpp),
            ("cp", self.cp),
            ("ep", self.ep),
            ("etp", self.etp),
            ("the micro-batch", batch.micro),
            ("the accumulation", batch.accumulation),
            ("the sequence", batch.sequence),
        ];
        if let Some((name, _)) = degrees.iter().find(|(_, degree)| *degree == 0) {
            return Err(LayoutError::Zero(name));
        }
        if self.tp > 1 && !shape.heads.is_multiple_of(self.tp) {
            return Err(LayoutError::Heads { heads: shape.heads, tp: self.tp });
        }
        let layers = shape.layers.len() as u64;
        // The embedding and the head may take a layer's place each.
        if self.pp.saturating_mul(self.vpp) > layers + 2 {
            return Err(LayoutError::Stages { layers, stages: self.pp, chunks: self.vpp });
        }
        if self.vpp > 1 && !batch.accumulation.is_multiple_of(self.pp) {
            return Err(LayoutError::Rounds { stages: self.pp, micro_batches: batch.accumulation });
        }
        if self.cp > 1 && !batch.sequence.is_multiple_of(2 * self.cp) {
            return Err(LayoutError::Sequence { sequence: batch.sequence, cp: self.cp });
        }
        self.check_experts(shape)
    }

    fn check_experts(&self, shape: &Shape) -> Result<(), LayoutError> {
        if shape.experts == 0 {
            let ranks = self.ep.max(self.etp);
            return if ranks > 1 { Err(LayoutError::NoExperts(ranks)) } else { Ok(()) };
        }
        if !shape.experts.is_multiple_of(self.ep) {
            return Err(LayoutError::Experts { experts: shape.experts, ep: self.ep });
        }
        let ranks = self.replicas() * self.tp;
        if !ranks.is_multiple_of(self.ep.saturating_mul(self.etp)) {
            return Err(LayoutError::ExpertRanks { ep: self.ep, etp: self.etp, ranks });
        }
        Ok(())
    }

    /// Whether every chunk has as many layers, the embedding and the head taking a layer's place each or none.
    pub const fn is_even(&self, layers: u64) -> bool {
        let all = self.pp * self.vpp;
        layers.is_multiple_of(all) || (layers + 2).is_multiple_of(all)
    }

    /// The layers of a stage, as ranges: one for each of its chunks. Where layers do not divide but would with two more,
    /// the embedding and the head take a layer's place each; else the first chunks have one more.
    #[expect(clippy::cast_possible_truncation, reason = "stages and chunks are at most as many as layers")]
    pub fn chunks(
        &self,
        layers: usize,
        stage: u64,
    ) -> impl Iterator<Item = core::ops::Range<usize>> + Clone + use<> {
        let all = (self.pp * self.vpp) as usize;
        let with_ends = !layers.is_multiple_of(all) && (layers + 2).is_multiple_of(all);
        let (each, more) = if with_ends { ((layers + 2) / all, 0) } else { (layers / all, layers % all) };
        let start = move |chunk: usize| {
            let slot = chunk * each + chunk.min(more);
            if with_ends { slot.saturating_sub(1).min(layers) } else { slot }
        };
        let (pp, vpp) = (self.pp as usize, self.vpp as usize);
        (0..vpp).map(move |round| {
            let chunk = round * pp + stage as usize;
            start(chunk)..start(chunk + 1)
        })
    }
}

impl Batch {
    /// Tokens of a micro-batch.
    pub const fn micro_tokens(&self) -> u64 {
        self.sequence.saturating_mul(self.micro)
    }

    /// Sequences of a step on so many data-parallel ranks.
    pub const fn global(&self, dp: u64) -> u64 {
        self.micro.saturating_mul(self.accumulation).saturating_mul(dp)
    }

    /// Tokens of a step on so many data-parallel ranks.
    pub const fn tokens(&self, dp: u64) -> u64 {
        self.global(dp).saturating_mul(self.sequence)
    }
}
