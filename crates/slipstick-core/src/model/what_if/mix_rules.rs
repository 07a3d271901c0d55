//! Which ggml type each weight of a model gets in a mixture.
//!
//! Source: llama.cpp, `llama_tensor_get_type_impl` and `tensor_type_fallback` at 007dbbf. Types of one to three bits are
//! assumed to have an importance matrix, the others not.

use std::collections::BTreeSet;

use super::{
    super::{FormatRules, Layer, Mixer, Model, Place, Role, Weight},
    Mix,
};
use crate::numeric::{Format, GgmlType};

/// The part of a weight as the quantiser tells parts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Embedding,
    Query,
    Key,
    Value,
    Fused,
    Out,
    Gate,
    Up,
    Down,
    Other,
}

/// A mixture applied to one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixRules {
    mix: Mix,
    layers: usize,
    experts: u64,
    /// Query heads that share a key head in the first attention layer.
    sharing: u64,
    tied: bool,
    vocab: u64,
    /// Layers that have a value projection of their own, or a fused one, in order.
    valued: Vec<usize>,
    /// Layers whose query, key and value are one matrix.
    fused: BTreeSet<usize>,
}

impl MixRules {
    pub(super) fn new(mix: Mix, model: &Model) -> Self {
        let (mut valued, mut fused) = (Vec::new(), BTreeSet::new());
        for (index, layer) in model.layers.iter().enumerate() {
            let Some(value) = matrix_name(layer, Role::Value) else { continue };
            valued.push(index);
            if matrix_name(layer, Role::Query) == Some(value) {
                fused.insert(index);
            }
        }
        let sharing = model.layers.iter().flat_map(Layer::mixers).find_map(|mixer| match mixer {
            Mixer::Attention(a) => Some(a.q_heads / a.kv_heads.max(1)),
            Mixer::Latent(_) | Mixer::Compressed(_) => Some(1),
            Mixer::Recurrent(_) | Mixer::Cross(_) => None,
        });
        let experts =
            model.weights().filter(|weight| weight.role.is_expert()).map(|weight| weight.copies).max();
        Self {
            mix,
            layers: model.layers.len(),
            experts: experts.unwrap_or(0),
            sharing: sharing.unwrap_or(1),
            tied: model.has_tied_embeddings(),
            vocab: model.vocab,
            valued,
            fused,
        }
    }

    fn part(&self, layer: Option<usize>, weight: &Weight) -> Part {
        let fused = layer.is_some_and(|layer| self.fused.contains(&layer));
        match weight.role {
            Role::LmHead => Part::Head,
            Role::Embedding | Role::Table if self.tied => Part::Head,
            Role::Embedding | Role::Table => Part::Embedding,
            Role::Query | Role::Key | Role::Value if fused => Part::Fused,
            Role::Query => Part::Query,
            Role::Key => Part::Key,
            Role::Value => Part::Value,
            Role::AttentionOut => Part::Out,
            Role::Gate | Role::ExpertGate | Role::SharedGate => Part::Gate,
            Role::Up | Role::ExpertUp | Role::SharedUp => Part::Up,
            Role::Down | Role::ExpertDown | Role::SharedDown => Part::Down,
            _ => Part::Other,
        }
    }

    /// Whether the quantiser leaves a weight as it is, in fp32.
    fn is_spared(&self, weight: &Weight) -> bool {
        weight.is_vector()
            || match weight.role {
                // Convolutions, decays, relative positions, routers.
                Role::Norm | Role::Router | Role::StateOther | Role::AttentionOther => true,
                // Positions and token types are spared; tables that are looked up by token are not. Gemma 3n has a row
                // for every token of text, of a vocabulary that holds others too.
                Role::Table => weight.rows < self.vocab / 2,
                _ => false,
            }
    }

    fn ggml_type(&self, layer: Option<usize>, weight: &Weight) -> GgmlType {
        use GgmlType as T;
        let base = self.mix.base();
        let index = layer.unwrap_or(0);
        let chosen = match (self.mix, self.part(layer, weight)) {
            (Mix::Mxfp4Moe, part) => {
                if part != Part::Head && weight.role.is_expert() {
                    T::Mxfp4
                } else {
                    T::Q8_0
                }
            }
            (_, Part::Head) => self.head(weight),
            (Mix::Iq2Xxs | Mix::Iq2Xs | Mix::Iq1S | Mix::Iq1M, Part::Embedding) => T::Q2K,
            (Mix::Iq2S | Mix::Iq2M | Mix::Iq3Xxs, Part::Embedding) => T::Iq3S,
            (Mix::Tq1_0 | Mix::Tq2_0, Part::Embedding) => T::Q4K,
            (_, Part::Embedding | Part::Other) => base,
            (mix, part) if is_smallest(mix) => self.smallest(part, index),
            (_, Part::Value | Part::Fused) => self.value(index),
            (_, part @ (Part::Query | Part::Key)) => self.query_or_key(part),
            (_, Part::Down) => self.down(index),
            (_, Part::Out) => self.out(),
            (Mix::Iq3Xs, Part::Gate | Part::Up) if self.in_the_middle(index) => T::Iq3Xxs,
            (_, Part::Gate | Part::Up) => base,
        };
        fallback(chosen, weight.cols)
    }

    fn head(&self, weight: &Weight) -> GgmlType {
        let base = self.mix.base();
        if !weight.cols.is_multiple_of(base.layout().values) {
            return GgmlType::Q8_0;
        }
        match self.mix {
            Mix::Iq1S | Mix::Iq1M | Mix::Iq2Xxs | Mix::Iq2Xs | Mix::Iq2S | Mix::Iq2M | Mix::Iq3Xxs => {
                GgmlType::Q5K
            }
            Mix::Q8_0 => GgmlType::Q8_0,
            _ => GgmlType::Q6K,
        }
    }

    /// The mixtures of one and two bits.
    fn smallest(&self, part: Part, layer: usize) -> GgmlType {
        use GgmlType as T;
        let wide = matches!(self.mix, Mix::Iq2S | Mix::Iq2M);
        let eight = self.experts == 8;
        let raised = if wide { T::Iq3S } else { T::Q2K };
        match part {
            Part::Value | Part::Fused if self.sharing >= 4 || self.experts >= 4 => T::Q4K,
            Part::Value | Part::Fused => raised,
            Part::Key if eight => T::Q4K,
            Part::Down if layer < self.layers / 8 => raised,
            Part::Out if eight => T::Q5K,
            Part::Out if matches!(self.mix, Mix::Iq1S | Mix::Iq1M) => T::Iq2Xxs,
            Part::Out if wide => T::Iq3S,
            _ => self.mix.base(),
        }
    }

    fn value(&self, layer: usize) -> GgmlType {
        use GgmlType as T;
        let base = self.mix.base();
        let order = self.valued.binary_search(&layer).unwrap_or(0);
        let shared = self.sharing >= 4;
        let mut chosen = match self.mix {
            Mix::Q2K => {
                if shared {
                    T::Q4K
                } else {
                    T::Q3K
                }
            }
            Mix::Q2KS | Mix::Iq3Xxs | Mix::Iq3Xs | Mix::Iq3S if shared => T::Q4K,
            Mix::Iq3M => T::Q4K,
            Mix::Q3KM => {
                if order < 2 {
                    T::Q5K
                } else {
                    T::Q4K
                }
            }
            Mix::Q3KL => T::Q5K,
            Mix::Iq4Nl | Mix::Iq4Xs if shared => T::Q5K,
            Mix::Q4KM | Mix::Q5KM if more_bits(order, self.valued.len()) => T::Q6K,
            Mix::Q4KS if order < 4 => T::Q5K,
            _ => base,
        };
        // Models of 80 layers whose key heads serve eight query heads each can spare the bits.
        if self.layers == 80 && self.sharing == 8 && matches!(chosen, T::Q3K | T::Q4K) {
            chosen = T::Q5K;
        }
        if self.experts == 8 { T::Q8_0 } else { chosen }
    }

    fn query_or_key(&self, part: Part) -> GgmlType {
        match self.mix {
            _ if part == Part::Key && self.experts == 8 => GgmlType::Q8_0,
            Mix::Iq3Xs => GgmlType::Iq3Xxs,
            Mix::Iq3Xxs => GgmlType::Iq2S,
            _ => self.mix.base(),
        }
    }

    fn down(&self, layer: usize) -> GgmlType {
        use GgmlType as T;
        let early = layer < self.layers / 8;
        let more = more_bits(layer, self.layers);
        match self.mix {
            Mix::Q2K => T::Q3K,
            Mix::Q2KS if early => T::Q4K,
            Mix::Q3KM => {
                if layer < self.layers / 16 {
                    T::Q5K
                } else {
                    T::Q4K
                }
            }
            Mix::Iq3M if early || (self.experts == 8 && more) => T::Q4K,
            Mix::Q3KL => T::Q5K,
            Mix::Q4KM | Mix::Q5KM if more => T::Q6K,
            Mix::Q4KS | Mix::Iq4Nl | Mix::Iq4Xs if early => T::Q5K,
            _ => self.mix.base(),
        }
    }

    fn out(&self) -> GgmlType {
        use GgmlType as T;
        if self.experts == 8 {
            return match self.mix {
                Mix::Q2K
                | Mix::Q3KS
                | Mix::Q3KM
                | Mix::Q4KS
                | Mix::Q4KM
                | Mix::Iq3Xs
                | Mix::Iq3Xxs
                | Mix::Iq3S
                | Mix::Iq3M
                | Mix::Iq4Nl
                | Mix::Iq4Xs => T::Q5K,
                _ => self.mix.base(),
            };
        }
        match self.mix {
            Mix::Q2K => T::Q3K,
            Mix::Iq3Xxs => T::Iq3S,
            Mix::Q3KM | Mix::Iq3M => T::Q4K,
            Mix::Q3KL => T::Q5K,
            _ => self.mix.base(),
        }
    }

    const fn in_the_middle(&self, layer: usize) -> bool {
        layer >= self.layers / 8 && layer < 7 * self.layers / 8
    }
}

impl FormatRules for MixRules {
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format {
        match weight.role {
            // Towers go to a file of their own, in 16 bits.
            Role::Vision | Role::Audio | Role::Projector => Format::FP16,
            _ if self.is_spared(weight) => Format::FP32,
            _ => Format::Ggml(self.ggml_type(place.layer, weight)),
        }
    }
}

/// The name of a layer's matrix in a role.
fn matrix_name(layer: &Layer, role: Role) -> Option<&str> {
    let found = layer.weights.iter().find(|weight| weight.role == role && !weight.is_vector());
    found.map(|weight| &*weight.name)
}

const fn is_smallest(mix: Mix) -> bool {
    matches!(mix, Mix::Iq1S | Mix::Iq1M | Mix::Iq2Xxs | Mix::Iq2Xs | Mix::Iq2S | Mix::Iq2M)
}

/// The layers that get more bits: the first and last eighth, and every third between.
const fn more_bits(layer: usize, layers: usize) -> bool {
    let eighth = layers / 8;
    layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2
}

/// The type used where rows are no whole number of blocks.
const fn fallback(chosen: GgmlType, cols: u64) -> GgmlType {
    use GgmlType as T;
    if cols.is_multiple_of(chosen.layout().values) {
        return chosen;
    }
    let narrower = match chosen {
        T::Iq1S | T::Iq1M | T::Iq2Xxs | T::Iq2Xs | T::Iq2S | T::Iq3Xxs | T::Iq3S | T::Iq4Xs => T::Iq4Nl,
        T::Q2K | T::Q3K | T::Tq1_0 | T::Tq2_0 => T::Q4_0,
        T::Q4K => T::Q5_0,
        T::Q5K => T::Q5_1,
        T::Q6K => T::Q8_0,
        _ => T::F16,
    };
    if cols.is_multiple_of(narrower.layout().values) { narrower } else { T::F16 }
}
