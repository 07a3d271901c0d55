//! The rows of an architecture's table, and those that nearly all share.

use serde_json::Value;

use super::{GgufConfigError, fields::Fields};

/// One architecture of llama.cpp as one of transformers.
pub(super) struct Arch {
    /// Its names in `general.architecture`.
    pub(super) names: &'static [&'static str],
    /// The `model_type` that describes it.
    pub(super) model_type: &'static str,
    /// Whether this table is the one: several variants may share a name.
    pub(super) when: fn(&Fields<'_>) -> bool,
    /// Whether the common rows hold for it.
    pub(super) is_common: bool,
    /// What else the configuration states.
    pub(super) rows: &'static [Row],
    /// What it states beyond those that several share.
    pub(super) more: &'static [Row],
}

/// A key of the configuration and where its value comes from.
pub(super) type Row = (&'static str, From);

/// Where a value comes from.
pub(super) enum From {
    /// A count that must be stated.
    Count(&'static str),
    /// A count that may be stated.
    Optional(&'static str),
    /// A count, or none: the class would assume some for an absent one.
    OrZero(&'static str),
    /// A count, or null: the class would assume another value for an absent one.
    OrNull(&'static str),
    /// Whether a tensor is there.
    Tensor(&'static str),
    /// Whether a tensor is missing.
    NoTensor(&'static str),
    /// The first number if a tensor is there, else the second.
    IfTensor(&'static str, u64, u64),
    /// A truth value, false if not stated.
    Flag(&'static str),
    /// Always this.
    Is(bool),
    /// Always this number.
    Number(u64),
    /// Worked out.
    Of(fn(&Fields<'_>) -> Result<Option<u64>, GgufConfigError>),
    /// Worked out, another kind of value.
    Value(fn(&Fields<'_>) -> Result<Option<Value>, GgufConfigError>),
}

impl From {
    pub(super) fn read(&self, fields: &Fields<'_>) -> Result<Option<Value>, GgufConfigError> {
        let counted = |count: Option<u64>| count.map(Value::from);
        match self {
            Self::Count(name) => fields.count(name).map(|count| Some(count.into())),
            Self::Optional(name) => fields.optional(name).map(counted),
            Self::OrZero(name) => fields.optional(name).map(|count| Some(count.unwrap_or(0).into())),
            Self::OrNull(name) => {
                fields.optional(name).map(|count| Some(count.filter(|count| *count > 0).into()))
            }
            Self::Tensor(name) => Ok(Some(fields.has_tensor(name).into())),
            Self::NoTensor(name) => Ok(Some((!fields.has_tensor(name)).into())),
            Self::IfTensor(name, with, without) => {
                Ok(Some((if fields.has_tensor(name) { *with } else { *without }).into()))
            }
            Self::Flag(name) => Ok(Some(fields.flag(name).unwrap_or(false).into())),
            Self::Is(truth) => Ok(Some((*truth).into())),
            Self::Number(number) => Ok(Some((*number).into())),
            Self::Of(work_out) => work_out(fields).map(counted),
            Self::Value(work_out) => work_out(fields),
        }
    }
}

impl Arch {
    /// An architecture with the common rows and these.
    pub(super) const fn new(
        names: &'static [&'static str],
        model_type: &'static str,
        rows: &'static [Row],
    ) -> Self {
        Self { names, model_type, when: always, is_common: true, rows, more: &[] }
    }

    /// The same, with further rows.
    pub(super) const fn and(mut self, more: &'static [Row]) -> Self {
        self.more = more;
        self
    }

    /// The same, without the common rows.
    pub(super) const fn alone(mut self) -> Self {
        self.is_common = false;
        self
    }

    /// The same, under a condition.
    pub(super) const fn when(mut self, when: fn(&Fields<'_>) -> bool) -> Self {
        self.when = when;
        self
    }
}

fn always(_: &Fields<'_>) -> bool {
    true
}

/// What nearly every decoder states. Every value is written out: a class's own default must not stand in for one.
pub(super) const COMMON: &[Row] = &[
    ("num_hidden_layers", From::Of(layers)),
    ("hidden_size", From::Count("embedding_length")),
    ("num_attention_heads", From::Count("attention.head_count")),
    ("num_key_value_heads", From::Of(kv_heads)),
    ("head_dim", From::Of(head_dim)),
    ("intermediate_size", From::Optional("feed_forward_length")),
    ("max_position_embeddings", From::Optional("context_length")),
    ("vocab_size", From::Of(vocabulary)),
    // Without an output matrix the embedding serves twice.
    ("tie_word_embeddings", From::NoTensor("output.weight")),
];

/// The layers of the model itself: those that predict further tokens are counted apart.
pub(super) fn layers(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    let all = fields.count("block_count")?;
    let predicting = fields.optional("nextn_predict_layers")?.unwrap_or(0);
    all.checked_sub(predicting)
        .map(Some)
        .ok_or_else(|| fields.invalid("nextn_predict_layers", "more than there are layers"))
}

/// The largest count of the layers: those without attention state none.
pub(super) fn kv_heads(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    const KEY: &str = "attention.head_count_kv";
    let Some(items) = fields.per_layer(KEY) else {
        return match fields.optional(KEY)? {
            Some(count) => Ok(Some(count)),
            None => fields.count("attention.head_count").map(Some),
        };
    };
    let mut counts: Vec<u64> =
        items.iter().filter_map(crate::gguf::Value::as_unsigned).filter(|count| *count > 0).collect();
    counts.sort_unstable();
    counts.dedup();
    match counts[..] {
        [one] => Ok(Some(one)),
        _ => Err(fields.invalid(KEY, "layers of different counts, which this architecture does not have")),
    }
}

pub(super) fn head_dim(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    let value = fields.optional("attention.value_length")?;
    match fields.optional("attention.key_length")? {
        Some(key) if value.is_none_or(|value| value == key) => Ok(Some(key)),
        Some(_) => Err(fields
            .invalid("attention.value_length", "another length than keys, which this architecture has not")),
        None => {
            let heads = fields.count("attention.head_count")?;
            let hidden = fields.count("embedding_length")?;
            Ok(hidden.checked_div(heads))
        }
    }
}

/// Rows of the embedding: vocabularies are padded.
pub(super) fn vocabulary(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    match fields.rows("token_embd.weight") {
        Some(rows) => Ok(Some(rows)),
        None => fields.count("vocab_size").map(Some),
    }
}

/// `layer_types` from a pattern of one truth value a layer.
pub(super) fn layer_types(fields: &Fields<'_>) -> Result<Option<Value>, GgufConfigError> {
    const KEY: &str = "attention.sliding_window_pattern";
    let Some(items) = fields.per_layer(KEY) else { return Ok(None) };
    let layers = layers(fields)?.unwrap_or(0);
    let types: Option<Vec<Value>> = items
        .iter()
        .take(usize::try_from(layers).unwrap_or(usize::MAX))
        .map(|item| match item {
            crate::gguf::Value::Bool(true) => Some("sliding_attention".into()),
            crate::gguf::Value::Bool(false) => Some("full_attention".into()),
            _ => None,
        })
        .collect();
    types
        .map(|types| Some(Value::Array(types)))
        .ok_or_else(|| fields.invalid(KEY, "a list of something else than truth values"))
}
