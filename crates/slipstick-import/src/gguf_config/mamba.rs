//! Mamba 1 and 2.

use super::{
    GgufConfigError,
    fields::Fields,
    row::{
        Arch,
        From::{Count, Flag, NoTensor, Of, Optional, Tensor},
        Row, layers, vocabulary,
    },
};

const FIRST: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("conv_kernel", Count("ssm.conv_kernel")),
    ("state_size", Count("ssm.state_size")),
    ("intermediate_size", Count("ssm.inner_size")),
    ("time_step_rank", Count("ssm.time_step_rank")),
    ("use_bias", Tensor("ssm_in.bias")),
    ("use_conv_bias", Tensor("ssm_conv1d.bias")),
];

const SECOND: &[Row] = &[
    ("num_hidden_layers", Of(layers)),
    ("hidden_size", Count("embedding_length")),
    ("vocab_size", Of(vocabulary)),
    ("tie_word_embeddings", NoTensor("output.weight")),
    ("conv_kernel", Count("ssm.conv_kernel")),
    ("state_size", Count("ssm.state_size")),
    ("num_heads", Count("ssm.time_step_rank")),
    ("head_dim", Of(head_dim)),
    ("n_groups", Count("ssm.group_count")),
    ("expand", Of(expand)),
    ("use_bias", Tensor("ssm_in.bias")),
    ("use_conv_bias", Tensor("ssm_conv1d.bias")),
    ("max_position_embeddings", Optional("context_length")),
];

pub(super) const ARCHS: &[Arch] = &[
    Arch::new(&["mamba"], "falcon_mamba", FIRST).alone().when(normalises),
    Arch::new(&["mamba"], "mamba", FIRST).alone(),
    Arch::new(&["mamba2"], "mamba2", SECOND).alone(),
];

/// Falcon Mamba normalises step, input and output projections; the file says it in a key.
fn normalises(fields: &Fields<'_>) -> bool {
    matches!(Flag("ssm.dt_b_c_rms").read(fields), Ok(Some(serde_json::Value::Bool(true))))
}

fn head_dim(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("ssm.inner_size")?.checked_div(fields.count("ssm.time_step_rank")?))
}

fn expand(fields: &Fields<'_>) -> Result<Option<u64>, GgufConfigError> {
    Ok(fields.count("ssm.inner_size")?.checked_div(fields.count("embedding_length")?))
}
