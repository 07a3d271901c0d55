//! How the layers mix tokens, by llama.cpp's keys.

use slipstick_core::model::{Attention, CacheUse, Latent, Mixer, Recurrent, Role, Span, Weight};

use super::{
    super::{GgufConfigError, fields::Fields},
    kept::{Kept, Memory, Windows},
};
use crate::gguf::Value;

/// What decides the mixer of each layer.
pub(super) struct Mixers {
    memory: Memory,
    /// Query heads of each layer, and key heads.
    heads: Vec<(u64, u64)>,
    /// Widths of a key and a value, of layers that see all tokens and of those that see a window.
    widths: [(u64, u64); 2],
    spans: Vec<Span>,
    recurrent: Option<Recurrent>,
    latent: Option<Latent>,
}

impl Mixers {
    pub(super) fn read(fields: &Fields<'_>, kept: &Kept, layers: u64) -> Result<Self, GgufConfigError> {
        let recurrent = match kept.memory {
            Memory::Receptance(flops) => Some(receptance(fields, flops)?),
            Memory::Scan => Some(scan(fields)?),
            Memory::Keys | Memory::Nothing | Memory::Latent => None,
        };
        let attends = !matches!(kept.memory, Memory::Receptance(_));
        let heads = if attends {
            heads(fields, layers)?
        } else {
            vec![(0, 0); fields.each("block_count", layers)?.len()]
        };
        let most = heads.iter().map(|(heads, _)| *heads).max().unwrap_or(0);
        let usual = fields.count("embedding_length")?.checked_div(most).unwrap_or(0);
        let width = |key: &str, usual: u64| Ok(fields.optional(key)?.unwrap_or(usual));
        let full = (width("attention.key_length", usual)?, width("attention.value_length", usual)?);
        let windowed =
            (width("attention.key_length_swa", full.0)?, width("attention.value_length_swa", full.1)?);
        let latent = (kept.memory == Memory::Latent).then(|| latent(fields, most)).transpose()?;
        let spans = spans(fields, kept.windows, heads.len())?;
        Ok(Self { memory: kept.memory, heads, widths: [full, windowed], spans, recurrent, latent })
    }

    fn width(&self, span: Span) -> (u64, u64) {
        self.widths[usize::from(span != Span::Full)]
    }

    /// Rows of the queries, keys and values of a layer.
    pub(super) fn rows_of(&self, layer: u64) -> Option<[u64; 3]> {
        let layer = usize::try_from(layer).ok()?;
        let ((q_heads, kv_heads), span) = (self.heads.get(layer)?, self.spans.get(layer)?);
        let (k_dim, v_dim) = self.width(*span);
        let rows = |heads: u64, width: u64| heads.saturating_mul(width);
        Some([rows(*q_heads, k_dim), rows(*kv_heads, k_dim), rows(*kv_heads, v_dim)])
    }

    /// The mixer of each layer.
    pub(super) fn all(&self) -> Vec<Mixer> {
        self.heads.iter().zip(&self.spans).map(|(heads, span)| self.of(*heads, *span)).collect()
    }

    fn of(&self, (q_heads, kv_heads): (u64, u64), span: Span) -> Mixer {
        match (self.recurrent, self.latent) {
            (Some(state), _) if kv_heads == 0 => Mixer::Recurrent(state),
            (_, Some(latent)) => Mixer::Latent(latent),
            _ => {
                let (k_dim, v_dim) = self.width(span);
                let cache = if self.memory == Memory::Nothing { CacheUse::None } else { CacheUse::Own };
                Mixer::Attention(Attention { q_heads, kv_heads, k_dim, v_dim, span, cache, indexer: None })
            }
        }
    }
}

/// Whether a layer with such weights mixes tokens at all.
pub(super) fn attends(weights: &[Weight]) -> bool {
    let mixes = [Role::Query, Role::QueryDown, Role::QueryUp, Role::StateIn];
    weights.iter().any(|weight| mixes.contains(&weight.role))
}

/// Query and key heads of each layer; without key heads stated there are as many as query heads.
fn heads(fields: &Fields<'_>, layers: u64) -> Result<Vec<(u64, u64)>, GgufConfigError> {
    let queries = fields.each("attention.head_count", layers)?;
    let keys = if fields.states("attention.head_count_kv") {
        fields.each("attention.head_count_kv", layers)?
    } else {
        queries.clone()
    };
    Ok(queries.into_iter().zip(keys).collect())
}

/// Source: llama.cpp, `llama_hparams::set_swa_pattern`.
fn spans(fields: &Fields<'_>, windows: Windows, layers: usize) -> Result<Vec<Span>, GgufConfigError> {
    const KEY: &str = "attention.sliding_window_pattern";
    let window = fields.optional("attention.sliding_window")?.filter(|tokens| *tokens > 0);
    let (Some(window), false) = (window, windows == Windows::Never) else {
        return Ok(vec![Span::Full; layers]);
    };
    let span = |slides: bool| if slides { Span::Window(window) } else { Span::Full };
    if let Some(items) = fields.per_layer(KEY) {
        let stated = items.iter().take(layers).map(|item| match item {
            Value::Bool(slides) => Some(span(*slides)),
            other => other.as_unsigned().map(|slides| span(slides > 0)),
        });
        let stated: Option<Vec<Span>> = stated.collect();
        return stated
            .filter(|spans| spans.len() == layers)
            .ok_or_else(|| fields.invalid(KEY, "not a truth value for each layer"));
    }
    let period = |usual: u64| Ok(fields.optional(KEY)?.unwrap_or(usual));
    let (period, full) = match windows {
        Windows::AllButLast(usual) => (period(usual)?, period(usual)?.saturating_sub(1)),
        Windows::AllButFirst(usual) => (period(usual)?, 0),
        Windows::Never | Windows::Stated => return Err(fields.missing(KEY)),
    };
    // A period of 0 means that every layer slides.
    let slides = |layer: u64| layer.checked_rem(period) != Some(full);
    Ok((0..).map(|layer| span(slides(layer))).take(layers).collect())
}

/// Source: llama.cpp, `llama_hparams::n_embd_r` and `n_embd_s`.
fn receptance(fields: &Fields<'_>, flops: u64) -> Result<Recurrent, GgufConfigError> {
    let hidden = fields.count("embedding_length")?;
    let head = fields.count("wkv.head_size")?;
    let shifted = fields.optional("token_shift_count")?.unwrap_or(2);
    let state = hidden.saturating_mul(head);
    Ok(Recurrent {
        conv_elements: 0,
        conv_kernel: 0,
        state_elements: state.saturating_add(shifted.saturating_mul(hidden)),
        heads: hidden.checked_div(head).unwrap_or(0),
        flops_per_token: state.saturating_mul(flops),
    })
}

/// Source: the same.
fn scan(fields: &Fields<'_>) -> Result<Recurrent, GgufConfigError> {
    let kernel = fields.count("ssm.conv_kernel")?;
    let (inner, state) = (fields.count("ssm.inner_size")?, fields.count("ssm.state_size")?);
    let grouped = fields.optional("ssm.group_count")?.unwrap_or(0).saturating_mul(state).saturating_mul(2);
    let conv = kernel.saturating_mul(inner.saturating_add(grouped));
    let elements = state.saturating_mul(inner);
    Ok(Recurrent {
        conv_elements: conv,
        conv_kernel: kernel,
        state_elements: elements,
        heads: fields.count("ssm.time_step_rank")?,
        flops_per_token: elements.saturating_mul(6).saturating_add(conv.saturating_mul(2)),
    })
}

fn latent(fields: &Fields<'_>, q_heads: u64) -> Result<Latent, GgufConfigError> {
    let rope_dim = fields.count("rope.dimension_count")?;
    let key = fields.count("attention.key_length_mla")?;
    let nope_dim = key.checked_sub(rope_dim);
    Ok(Latent {
        q_heads,
        kv_rank: fields.count("attention.kv_lora_rank")?,
        rope_dim,
        nope_dim: nope_dim.ok_or_else(|| fields.invalid("rope.dimension_count", "more than a key has"))?,
        v_dim: fields.count("attention.value_length_mla")?,
        span: Span::Full,
        indexer: None,
    })
}
