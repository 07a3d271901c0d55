//! Inkling 2: as Inkling, with an output gate, sinks that each token computes, inputs that choose among blocks of earlier
//! layers, and convolutions that follow the token in full layers; and its small variant, whose middle layers run several
//! times.

use slipstick_core::model::{
    Component, Layer, Model, Role, Weight,
    blocks::{GroupedQuery, NormKind},
};

use super::{
    super::{experts_of, looped},
    Config, ConfigError, Family, Frame, Tie,
    inkling::{attention, memory, windows},
    layers,
};

pub(super) const FAMILY: Family = Family { model_types: &["inkling2_text", "inkling2_loop_text"], read };

fn read(c: &Config<'_>) -> Result<Model, ConfigError> {
    let parts = Parts::read(c)?;
    let hidden = parts.hidden;
    let count = layers(c, &["num_hidden_layers"])?;
    let repeated = Loop::read(c, count)?;
    let in_loop = |index: u64| repeated.as_ref().is_some_and(|one| (one.start..one.end).contains(&index));
    let layers = windows(c, count)?.into_iter().zip(0_u64..).map(|(slides, index)| {
        let layer = parts.layer(slides, index);
        match &repeated {
            Some(one) if in_loop(index) => layer.with(one.messages(hidden)),
            _ => layer,
        }
    });
    let layers: Vec<Layer> = layers.collect();
    let layers = match &repeated {
        Some(one) => one.unrolled(layers),
        None => layers,
    };
    let tied = Tie::OnlyIfStated.read(c)?;
    let mut model = Frame::new(hidden, c.count("vocab_size")?, NormKind::Rms, tied).model(c, layers)?;
    crop_head(c, &mut model)?;
    model
        .components
        .push(Component::text("model.embed_tokens.embed_norm", NormKind::Rms.weights("", hidden)));
    model
        .components
        .push(Component::text("model.final_input.query", vec![Weight::vector("", Role::Other, hidden)]));
    if let Some(one) = &repeated {
        // A query for each of the four inputs that a message may reach.
        let query = Weight::matrix("", Role::Other, one.end - one.start, 4 * hidden);
        model.components.push(Component::text("model.message_input.query", vec![query]));
    }
    Ok(model)
}

/// The head leaves out the rows that only pad the embedding.
fn crop_head(c: &Config<'_>, model: &mut Model) -> Result<(), ConfigError> {
    let Some(rows) = c.optional_count("unpadded_vocab_size")?.filter(|rows| *rows > 0) else { return Ok(()) };
    for weight in model.components.iter_mut().flat_map(|component| &mut component.weights) {
        if weight.role == Role::LmHead {
            weight.rows = rows;
        }
    }
    Ok(())
}

/// What the layers share.
struct Parts {
    hidden: u64,
    full: GroupedQuery,
    sliding: GroupedQuery,
    kernel: u64,
    relative: u64,
    extent: u64,
    experts: Vec<Weight>,
}

impl Parts {
    fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        let hidden = c.count("hidden_size")?;
        let (count, active) = (c.count("n_routed_experts")?, c.count("num_experts_per_tok")?);
        let experts = experts_of(c, hidden, c.count("moe_intermediate_size")?, count, active)?;
        Ok(Self {
            hidden,
            full: attention(c, hidden, false)?,
            sliding: attention(c, hidden, true)?,
            kernel: c.count("conv_kernel_size")?,
            relative: c.count("d_rel")?,
            extent: c.count("rel_extent")?,
            experts: experts.weights(),
        })
    }

    fn layer(&self, slides: bool, index: u64) -> Layer {
        let attention = if slides { &self.sliding } else { &self.full };
        Layer::default()
            .with(self.inputs(slides, index))
            .with(self.attention(attention))
            .mix(attention.mixer())
            .with(self.convolutions(attention, slides))
            .mix(memory(attention, self.kernel))
            .with(self.experts.iter().cloned())
    }

    /// The norms, and the queries by which a layer chooses among the blocks before it. A full layer chooses apart for
    /// queries, keys and values; the first has nothing to choose from.
    fn inputs(&self, slides: bool, index: u64) -> Vec<Weight> {
        let norms: &[&'static str] = if slides {
            &["input_layernorm", "post_attention_layernorm"]
        } else {
            &["q_input_layernorm", "k_input_layernorm", "v_input_layernorm", "post_attention_layernorm"]
        };
        let mut weights: Vec<Weight> =
            norms.iter().flat_map(|name| NormKind::Rms.weights(*name, self.hidden)).collect();
        weights.push(Weight::vector("mlp_input.query", Role::Other, self.hidden));
        if index > 0 || !slides {
            let choices = if slides { 1 } else { 3 };
            weights.push(Weight::matrix("attention_input.query", Role::Other, choices, self.hidden));
        }
        weights
    }

    fn attention(&self, block: &GroupedQuery) -> Vec<Weight> {
        let (heads, keys) = (block.q_heads, block.kv_heads * block.head_dim);
        let width = heads * block.head_dim;
        let other = |name, rows, cols| Weight::matrix(name, Role::AttentionOther, rows, cols).by_heads(heads);
        vec![
            Weight::matrix("self_attn.q_proj.linear", Role::Query, width, self.hidden).by_heads(heads),
            Weight::matrix("self_attn.k_proj.linear", Role::Key, keys, self.hidden).by_heads(block.kv_heads),
            Weight::matrix("self_attn.v_proj.linear", Role::Value, keys, self.hidden)
                .by_heads(block.kv_heads),
            Weight::matrix("self_attn.o_proj.linear", Role::AttentionOut, self.hidden, width).by_heads(heads),
            other("self_attn.q_proj.norm.scale", heads, block.head_dim),
            other("self_attn.o_proj.gate_proj", width, self.hidden),
            other("self_attn.sink_proj", heads, self.hidden),
            other("self_attn.relative_position_bias.linear", heads * self.relative, self.hidden),
            other("self_attn.relative_position_bias.norm.scale", heads, self.relative),
            Weight::matrix(
                "self_attn.relative_position_bias.proj",
                Role::AttentionOther,
                self.relative,
                block.span.bound().unwrap_or(self.extent),
            ),
        ]
    }

    /// The convolutions over keys, values and both outputs; in full layers each token adds to the taps of the first two.
    fn convolutions(&self, block: &GroupedQuery, slides: bool) -> Vec<Weight> {
        let keys = block.kv_heads * block.head_dim;
        let taps = |name, channels| Weight::matrix(name, Role::StateOther, channels, self.kernel);
        let mut weights = vec![
            taps("post_attention_convolution.conv1d", self.hidden),
            taps("post_mlp_convolution.conv1d", self.hidden),
        ];
        if slides {
            weights.extend(
                ["self_attn.k_proj.sconv.conv1d", "self_attn.v_proj.sconv.conv1d"]
                    .map(|name| taps(name, keys)),
            );
            return weights;
        }
        let fixed = ["self_attn.k_proj.sconv.static_weight", "self_attn.v_proj.sconv.static_weight"];
        let moving = ["self_attn.k_proj.sconv.weight_proj", "self_attn.v_proj.sconv.weight_proj"];
        weights.extend(fixed.map(|name| taps(name, keys)));
        let rows = block.kv_heads * self.kernel;
        weights.extend(moving.map(|name| Weight::matrix(name, Role::StateOther, rows, self.hidden)));
        weights
    }
}

/// The layers that run several times.
struct Loop {
    start: u64,
    end: u64,
    passes: u64,
    rank: u64,
}

impl Loop {
    /// Passes beyond this are a mistake.
    const MAX_PASSES: u64 = 64;

    fn read(c: &Config<'_>, layers: u64) -> Result<Option<Self>, ConfigError> {
        if c.model_type() != "inkling2_loop_text" {
            return Ok(None);
        }
        if c.has("loop_config") {
            return Err(c.unsupported(
                "loop_config is written, whose keys stand beside the others in what its class saves",
            ));
        }
        let one = Self {
            start: c.count("loop_layer_index_start")?,
            end: c.count("loop_layer_index_end")?,
            passes: c.count("loop_num_passes")?,
            rank: c.count("loop_gate_rank")?,
        };
        if one.start > one.end || one.end > layers || one.passes > Self::MAX_PASSES {
            return Err(ConfigError::Contradiction(format!(
                "layers {} to {} of {layers} cannot run {} times",
                one.start, one.end, one.passes
            )));
        }
        Ok(Some(one))
    }

    /// The gates by which the passes hand messages on, one for each input.
    fn messages(&self, hidden: u64) -> Vec<Weight> {
        const INPUTS: [[&str; 3]; 4] = [
            [
                "q_message_gate.down_proj",
                "q_message_gate.forget_gate_proj",
                "q_message_gate.message_gate_proj",
            ],
            [
                "k_message_gate.down_proj",
                "k_message_gate.forget_gate_proj",
                "k_message_gate.message_gate_proj",
            ],
            [
                "v_message_gate.down_proj",
                "v_message_gate.forget_gate_proj",
                "v_message_gate.message_gate_proj",
            ],
            [
                "mlp_message_gate.down_proj",
                "mlp_message_gate.forget_gate_proj",
                "mlp_message_gate.message_gate_proj",
            ],
        ];
        let matrix = |name, rows, cols| Weight::matrix(name, Role::Other, rows, cols);
        let gate = |[down, forget, message]: [&'static str; 3]| {
            [
                matrix(down, self.rank, 2 * hidden),
                matrix(forget, hidden, self.rank),
                matrix(message, hidden, self.rank),
            ]
        };
        INPUTS.into_iter().flat_map(gate).collect()
    }

    /// All layers in the order in which a token passes them.
    fn unrolled(&self, once: Vec<Layer>) -> Vec<Layer> {
        // The layers bound both.
        let (start, end) = (usize::try_from(self.start).unwrap_or(0), usize::try_from(self.end).unwrap_or(0));
        let mut layers = once.get(..end).unwrap_or_default().to_vec();
        for _ in 1..self.passes {
            layers.extend(looped::again(once.get(start..end).unwrap_or_default()));
        }
        layers.extend(once.into_iter().skip(end));
        layers
    }
}
