//! A decoder of any size, where nobody names a configuration: shapes as Llama 3 has them, with experts as laws of experts
//! count them.

use std::sync::Arc;

use serde_json::json;
use slipstick_catalog::training::{DenseFamily, dense_family};
use slipstick_core::units::show::scaled;

use crate::{
    ApiError, ModelFiles,
    resolve::{self, ResolvedModel},
};

/// Widths are multiples of so many heads: eight from 4096 on, so that tensor parallelism divides them.
const FINE: u64 = 2;
const COARSE: u64 = 8;
const COARSE_FROM: u64 = 4096;
/// Layers are multiples of so many from that number of them on, so that pipeline stages divide them.
const STAGES: [(u64, u64); 3] = [(64, 8), (16, 4), (0, 1)];
const WIDEST: u64 = 1 << 17;
/// Tokens of context, which no scaling law asks for.
const CONTEXT: u64 = 131_072;
/// Beyond these parameters the shapes are nobody's.
const MOST: f64 = 1e14;
/// Beyond these experts too.
const MOST_EXPERTS: u64 = 4096;

/// Width, layers and whether head and embedding are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dense {
    width: u64,
    layers: u64,
    feed_forward: u64,
    heads: u64,
    kv_heads: u64,
    tied: bool,
}

impl Dense {
    /// The model of a width whose parameters come nearest to so many.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and far below 2^53"
    )]
    fn of_width(width: u64, parameters: f64, family: &DenseFamily) -> Self {
        let heads = width / family.head;
        let kv_heads = if heads.is_multiple_of(family.kv_heads) { family.kv_heads } else { heads };
        let feed_forward = (width as f64 * family.feed_forward) as u64;
        let table = (family.vocabulary * width) as f64;
        let tied = 2.0 * table > family.tied * parameters;
        let attention = 2 * width * (width + kv_heads * family.head);
        let layer = (attention + 3 * width * feed_forward) as f64;
        let rest = parameters - if tied { table } else { 2.0 * table };
        let layers = (rest / layer).round().max(1.0) as u64;
        let unit = STAGES.iter().find(|(from, _)| layers >= *from).map_or(1, |(_, unit)| *unit);
        let layers = (layers + unit / 2) / unit * unit;
        Self { width, layers, feed_forward, heads, kv_heads, tied }
    }

    /// How far its width over layers is from the usual one, as a ratio.
    fn oddness(&self, family: &DenseFamily) -> f64 {
        (self.width as f64 / self.layers as f64 / family.aspect).ln().abs()
    }
}

fn widths(head: u64) -> impl Iterator<Item = u64> {
    let fine = (1..).map(move |count| count * FINE * head).take_while(|width| *width < COARSE_FROM);
    let coarse = (1..).map(move |count| count * COARSE * head).skip_while(|width| *width < COARSE_FROM);
    fine.chain(coarse.take_while(|width| *width <= WIDEST))
}

/// The dense decoder of so many parameters, as its configuration.
pub(super) fn dense(parameters: f64) -> Result<Arc<ResolvedModel>, ApiError> {
    decoder(parameters, None)
}

/// The decoder whose token meets so many parameters: each layer has so many experts of the dense block's size, one of them a
/// token.
pub(super) fn experts(parameters: f64, experts: u64) -> Result<Arc<ResolvedModel>, ApiError> {
    if experts > MOST_EXPERTS {
        let message = format!("no model of {experts} experts a layer has a shape");
        return Err(ApiError::input("scale.no_shape", message)
            .at("--experts")
            .help(format!("ask without --on, or give at most {MOST_EXPERTS}")));
    }
    decoder(parameters, Some(experts).filter(|experts| *experts > 1))
}

fn decoder(parameters: f64, experts: Option<u64>) -> Result<Arc<ResolvedModel>, ApiError> {
    if parameters > MOST {
        let message = format!("no dense model of {} parameters has a shape", scaled(parameters));
        return Err(ApiError::input("scale.no_shape", message)
            .at("--on")
            .help("ask without --on, or give a smaller budget"));
    }
    let family = dense_family();
    let all = widths(family.head).map(|width| Dense::of_width(width, parameters, &family));
    let best = all.min_by(|a, b| a.oddness(&family).total_cmp(&b.oddness(&family)));
    let Some(dense) = best else {
        return Err(ApiError::internal("scale.family", "no width of a dense model is known"));
    };
    let (architecture, kind) =
        if experts.is_some() { ("MixtralForCausalLM", "mixtral") } else { ("LlamaForCausalLM", "llama") };
    let config = json!({
        "architectures": [architecture],
        "model_type": kind,
        "num_local_experts": experts,
        "num_experts_per_tok": experts.map(|_| 1),
        "hidden_size": dense.width,
        "intermediate_size": dense.feed_forward,
        "num_hidden_layers": dense.layers,
        "num_attention_heads": dense.heads,
        "num_key_value_heads": dense.kv_heads,
        "vocab_size": family.vocabulary,
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": dense.tied,
        "torch_dtype": "bfloat16",
    });
    let files = ModelFiles {
        name: name(parameters, experts, &dense),
        origin: format!("a decoder with shapes as in {}", family.source),
        config_json: Some(config.to_string().into_bytes()),
        ..ModelFiles::default()
    };
    resolve::from_files(&files, resolve::Unknown::Refused).map(Arc::new)
}

fn name(parameters: f64, experts: Option<u64>, dense: &Dense) -> String {
    let shape = format!("{} layers of {}", dense.layers, dense.width);
    match experts {
        None => format!("dense {} ({shape})", scaled(parameters)),
        Some(experts) => format!("{} a token ({shape}, {experts} experts)", scaled(parameters)),
    }
}

#[cfg(test)]
mod tests {
    use super::{dense, experts};

    /// The family meets the sizes that it was made for, and every other within a few per cent.
    #[test]
    fn sizes_are_met() {
        for (parameters, within) in [
            (0.3e9, 0.05),
            (1.0e9, 0.04),
            (3.2e9, 0.06),
            (8.03e9, 0.03),
            (24e9, 0.05),
            (70.6e9, 0.04),
            (405.8e9, 0.03),
            (3e12, 0.02),
        ] {
            let model = dense(parameters).unwrap();
            let off = model.parameters.total as f64 / parameters - 1.0;
            assert!(off.abs() < within, "{parameters:e}: {} off by {off}", model.name);
            let aspect = model.model.hidden as f64 / model.model.layers.len() as f64;
            assert!((64.0..260.0).contains(&aspect), "{}", model.name);
        }
    }

    /// A token meets what it meets in the dense model, and the router.
    #[test]
    fn one_expert_a_token_is_as_much_work_as_a_dense_block() {
        let (one, many) = (dense(8e9).unwrap(), experts(8e9, 16).unwrap());
        let active = many.parameters.active as f64 / one.parameters.total as f64;
        assert!((1.0..1.001).contains(&active), "{active}");
        let all = many.parameters.total as f64 / one.parameters.total as f64;
        assert!((10.0..14.0).contains(&all), "{all}");
        assert!(experts(8e9, 1 << 40).is_err());
        assert_eq!(experts(8e9, 1).unwrap().parameters.total, one.parameters.total);
    }

    #[test]
    fn the_smallest_and_the_largest_have_a_shape_too() {
        for parameters in [1.0, 1e6, 1e8, 1e14] {
            assert!(dense(parameters).is_ok(), "{parameters:e}");
        }
        assert!(dense(1e18).is_err());
    }
}
