//! What the host does in a step beside the operators.

use super::Rates;
use crate::{
    formulas::time::latency::host_time,
    model::Mixer,
    ops::{LoweredGroup, LoweredModel},
    units::Seconds,
};

/// Whether a step that decodes so many sequences and reads so many tokens is launched kernel by kernel. What decodes too is
/// launched while the accelerator works on the step before it.
pub(super) fn is_eager(sequences: f64, prompt: f64, above: f64) -> bool {
    sequences <= 0.0 && prompt > above
}

/// What the host does in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostWork {
    /// Layers.
    pub layers: f64,
    /// Launches of each.
    pub per_layer: Seconds,
    /// Layers with routed experts.
    pub expert_layers: f64,
    /// What each adds.
    pub per_expert_layer: Seconds,
    /// Scheduling.
    pub per_step: Seconds,
    /// Sequences that a token is sampled for.
    pub sequences: f64,
    /// Sampling of each.
    pub per_sequence: Seconds,
}

impl HostWork {
    /// The work of a step whose layers take `launch` times as long to launch, and what layers add to it whose attention has a
    /// latent, and those with a recurrence.
    pub(super) fn of(model: &LoweredModel, rates: &Rates, sequences: f64, launch: f64) -> [Self; 3] {
        let layers = |of: fn(&LoweredGroup) -> bool| {
            model.groups.iter().filter(|group| of(group)).map(|group| group.count).sum::<f64>()
        };
        let step = Self {
            layers: model.layers,
            per_layer: rates.per_layer * launch,
            expert_layers: layers(|group| group.gemms.iter().any(|line| line.experts.is_some())),
            per_expert_layer: rates.per_expert_layer * launch,
            per_step: rates.per_step,
            sequences,
            per_sequence: rates.per_sequence,
        };
        let latent = layers(|group| group.mixes(|mixer| matches!(mixer, Mixer::Latent(_))));
        let recurrent = layers(|group| group.mixes(|mixer| matches!(mixer, Mixer::Recurrent(_))));
        [
            step,
            Self::further(latent, rates.per_latent_layer * launch),
            Self::further(recurrent, rates.per_recurrent_layer * launch),
        ]
    }

    /// What layers of one kind add.
    const fn further(layers: f64, per_layer: Seconds) -> Self {
        let none = Seconds::ZERO;
        Self {
            layers,
            per_layer,
            expert_layers: 0.0,
            per_expert_layer: none,
            per_step: none,
            sequences: 0.0,
            per_sequence: none,
        }
    }

    pub(super) fn time(&self) -> Seconds {
        let Self { layers, per_layer, expert_layers, per_expert_layer, per_step, sequences, per_sequence } =
            *self;
        host_time(layers, per_layer, expert_layers, per_expert_layer, per_step, sequences, per_sequence)
    }
}
