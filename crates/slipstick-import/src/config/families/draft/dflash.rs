//! DFlash, and DSpark and Domino on its layers: Qwen3's layers that draft a block of tokens at once from the target's hidden
//! states. Embedding and head are the target's.
//!
//! Sources: `dflash.py`, `dspark.py` and `domino.py` of sgl-project/SpecForge, `qwen_dflash.py` of Tencent/AngelSlim.

use slipstick_core::model::{
    Component, Layer, Model, Role, Weight,
    blocks::{FeedForward, NormKind, PRE_NORM, residual},
};

use super::{Config, ConfigError, Dims, Family, matrix, model, norm, spans};

pub(in super::super) const DFLASH: Family = Family { model_types: &["dflash"], read: read_dflash };
pub(in super::super) const DSPARK: Family = Family { model_types: &["dspark"], read: read_dspark };
pub(in super::super) const DOMINO: Family = Family { model_types: &["domino"], read: read_domino };

fn read_dflash(c: &Config<'_>) -> Result<Model, ConfigError> {
    backbone(c, "dflash")
}

/// The layers, the projection of the hidden states that `target_layer_ids` lists, and the norms around them.
fn backbone(c: &Config<'_>, projector: &str) -> Result<Model, ConfigError> {
    let q = c.flat_part("qwen3");
    let dims = Dims::read(&q)?;
    let bias = q.flag_or("attention_bias", false)?;
    let attention = dims.attention().with_bias(bias, bias).with_head_norm(NormKind::Rms);
    let feed_forward = FeedForward::gated(dims.hidden, q.count("intermediate_size")?);
    let slides = q.flag_or("use_sliding_window", false)?;
    let window = if slides { q.optional_count("sliding_window")? } else { None };
    let first = q.count_or("max_window_layers", 28)?;
    let spans = spans::spans(&q, dims.layers, window, |layer| window.is_some() && layer >= first)?;
    c.adopt(q);
    let layer = |span| residual(NormKind::Rms, PRE_NORM, &attention.with_span(span), &feed_forward);
    let layers: Vec<Layer> = spans.into_iter().map(layer).collect();
    let section = c.optional_section("dflash_config")?;
    if let Some(stated) =
        section.as_ref().map(|section| section.text("projector_type")).transpose()?.flatten()
        && stated != projector
    {
        return Err(
            c.unsupported(format!("dflash_config has a projector for another class than {projector}"))
        );
    }
    let sources = match section.map(|section| section.counts("target_layer_ids")).transpose()?.flatten() {
        Some(layers) => layers.len() as u64,
        None => dims.layers,
    };
    let components = vec![
        matrix("fc", Role::Other, dims.hidden, sources.saturating_mul(dims.hidden)),
        norm("hidden_norm", dims.hidden),
        norm("norm", dims.hidden),
    ];
    model(c, &dims, layers, components)
}

/// A bias on the logits by the token before, of low rank, and a guess whether the target will agree.
fn read_dspark(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = backbone(c, "dspark")?;
    let s = c.section("dflash_config")?;
    let (hidden, vocab) = (model.hidden, model.vocab);
    let rank = s.count_or("markov_rank", 0)?;
    if rank > 0 {
        model.components.push(matrix("markov_head.markov_w1", Role::Other, vocab, rank));
        model.components.push(matrix("markov_head.markov_w2", Role::Other, vocab, rank));
    }
    let kind = s.text("markov_head_type")?.unwrap_or("vanilla");
    match kind {
        _ if rank == 0 => {}
        "vanilla" => {}
        "gated" => model.components.push(biased("markov_head.gate_proj", rank, hidden + rank)),
        "rnn" => model.components.push(biased("markov_head.joint_proj", 3 * rank, hidden + 2 * rank)),
        other => {
            let shown: String = other.chars().take(40).collect();
            return Err(c.unsupported(format!("its Markov head {shown:?} is not known")));
        }
    }
    let has_confidence = s.number_or("confidence_head_alpha", 0.0)? > 0.0;
    if s.flag_or("enable_confidence_head", has_confidence)? {
        let also = if s.flag_or("confidence_head_with_markov", false)? { rank } else { 0 };
        model.components.push(biased("confidence_head.proj", 1, hidden + also));
    }
    c.adopt(s);
    Ok(model)
}

/// A recurrent unit over the tokens drafted so far, and a bias on the logits from its state.
fn read_domino(c: &Config<'_>) -> Result<Model, ConfigError> {
    let mut model = backbone(c, "domino")?;
    let s = c.section("dflash_config")?;
    let (state, width) = (s.count("gru_hidden_dim")?, s.count("emb_dim")?);
    let hidden = model.hidden;
    // A gated recurrent unit has three gates.
    model.components.push(matrix("prefix_gru.weight_ih_l0", Role::Other, 3 * state, hidden));
    model.components.push(matrix("prefix_gru.weight_hh_l0", Role::Other, 3 * state, state));
    model.components.push(matrix("embed_proj.0", Role::Other, width, hidden + state));
    model.components.push(matrix("embed_proj.2", Role::Other, model.vocab, width));
    c.adopt(s);
    Ok(model)
}

fn biased(path: &'static str, rows: u64, cols: u64) -> Component {
    Component::text(
        path,
        vec![Weight::matrix("", Role::Other, rows, cols), Weight::vector("", Role::Other, rows)],
    )
}
