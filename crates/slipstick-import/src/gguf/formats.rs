//! The format of each weight of a model, as a GGUF file stores it.

use std::collections::BTreeMap;

use slipstick_core::{
    model::{FormatRules, Place, Role, Weight},
    numeric::{Format, GgmlType},
    units::Bytes,
};

use crate::tensors::{StoredType, TensorFile};

/// The formats of a file's tensors by layer and role, and what stands for a weight that no tensor of the file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFormats {
    exact: BTreeMap<(Option<usize>, Role), GgmlType>,
    /// The type that most bytes of a role's tensors have.
    roles: BTreeMap<Role, GgmlType>,
    /// The type that most bytes of all matrices have.
    usual: GgmlType,
}

impl StoredFormats {
    /// Reads them off the tensors of a GGUF file; `None` if none has a known type.
    pub fn of(file: &TensorFile) -> Option<Self> {
        let mut exact: BTreeMap<(Option<usize>, Role), Weighed> = BTreeMap::new();
        let mut by_role: BTreeMap<Role, Weighed> = BTreeMap::new();
        let mut usual = Weighed::default();
        for tensor in &file.tensors {
            let StoredType::Ggml(ggml) = tensor.stored else { continue };
            let (layer, part) = place(&tensor.name);
            if tensor.shape.len() < 2 || !tensor.name.ends_with(".weight") {
                continue;
            }
            usual.add(ggml, tensor.bytes);
            for role in roles(part) {
                exact.entry((layer, *role)).or_default().add(ggml, tensor.bytes);
                by_role.entry(*role).or_default().add(ggml, tensor.bytes);
            }
        }
        Some(Self {
            exact: exact.into_iter().filter_map(|(key, types)| Some((key, types.heaviest()?))).collect(),
            roles: by_role.into_iter().filter_map(|(key, types)| Some((key, types.heaviest()?))).collect(),
            usual: usual.heaviest()?,
        })
    }

    /// The type that most of the file is in.
    pub const fn usual(&self) -> GgmlType {
        self.usual
    }
}

impl FormatRules for StoredFormats {
    fn format_of(&self, place: Place<'_>, weight: &Weight) -> Format {
        // llama.cpp keeps every vector in fp32.
        if weight.is_vector() {
            return Format::FP32;
        }
        let exact = self.exact.get(&(place.layer, weight.role));
        Format::Ggml(*exact.or_else(|| self.roles.get(&weight.role)).unwrap_or(&self.usual))
    }
}

/// Bytes by type.
#[derive(Debug, Default)]
struct Weighed(BTreeMap<GgmlType, Bytes>);

impl Weighed {
    fn add(&mut self, ggml: GgmlType, bytes: Bytes) {
        *self.0.entry(ggml).or_default() += bytes;
    }

    fn heaviest(self) -> Option<GgmlType> {
        self.0.into_iter().max_by_key(|(_, bytes)| *bytes).map(|(ggml, _)| ggml)
    }
}

/// `blk.3.attn_q.weight` as layer 3 and `attn_q`; `output.weight` as no layer and `output`.
pub(crate) fn place(name: &str) -> (Option<usize>, &str) {
    let stem = name.strip_suffix(".weight").unwrap_or(name);
    let in_layer = stem.strip_prefix("blk.").and_then(|rest| {
        let (index, part) = rest.split_once('.')?;
        Some((index.parse().ok()?, part))
    });
    in_layer.map_or((None, stem), |(layer, part)| (Some(layer), part))
}

/// What a tensor is for. Source: llama.cpp, `gguf-py/gguf/constants.py` (b6800), `TENSOR_NAMES`.
pub(crate) fn roles(part: &str) -> &'static [Role] {
    match part {
        "token_embd" => &[Role::Embedding],
        "output" => &[Role::LmHead],
        "attn_q" => &[Role::Query],
        "attn_k" => &[Role::Key],
        "attn_v" => &[Role::Value],
        "attn_qkv" => &[Role::Query, Role::Key, Role::Value],
        "attn_output" => &[Role::AttentionOut],
        "attn_q_a" => &[Role::QueryDown],
        "attn_q_b" => &[Role::QueryUp],
        "attn_kv_a_mqa" => &[Role::KvDown],
        "attn_kv_b" | "attn_k_b" | "attn_v_b" => &[Role::KvUp],
        "ffn_gate" | "channel_mix_receptance" => &[Role::Gate],
        "ffn_up" | "channel_mix_key" => &[Role::Up],
        "ffn_down" | "channel_mix_value" => &[Role::Down],
        "ffn_gate_inp" => &[Role::Router],
        "ffn_gate_exps" | "ffn_gate_chexps" => &[Role::ExpertGate],
        "ffn_up_exps" | "ffn_up_chexps" => &[Role::ExpertUp],
        "ffn_gate_up_exps" => &[Role::ExpertGate, Role::ExpertUp],
        "ffn_down_exps" | "ffn_down_chexps" => &[Role::ExpertDown],
        "ffn_gate_shexp" => &[Role::SharedGate],
        "ffn_up_shexp" => &[Role::SharedUp],
        "ffn_down_shexp" => &[Role::SharedDown],
        "position_embd" | "token_types" => &[Role::Table],
        "attn_sinks" | "attn_gate" => &[Role::AttentionOther],
        "ssm_in" | "time_mix_key" | "time_mix_value" | "time_mix_receptance" | "time_mix_gate" => {
            &[Role::StateIn]
        }
        "ssm_out" | "time_mix_output" => &[Role::StateOut],
        "ssm_conv1d" | "ssm_a" | "ssm_x" | "ssm_dt" => &[Role::StateOther],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensors::TensorInfo;

    fn tensor(name: &str, ggml: GgmlType, shape: &[u64]) -> TensorInfo {
        let (rows, cols) = (shape[0], *shape.last().expect("a shape"));
        let bytes = ggml.layout().tensor(rows, cols);
        TensorInfo { name: name.into(), stored: StoredType::Ggml(ggml), shape: shape.to_vec(), bytes }
    }

    #[test]
    fn a_mixture_is_read_layer_by_layer() {
        let tensors = vec![
            tensor("token_embd.weight", GgmlType::Q4K, &[1024, 512]),
            tensor("blk.0.attn_v.weight", GgmlType::Q6K, &[512, 512]),
            tensor("blk.1.attn_v.weight", GgmlType::Q4K, &[512, 512]),
            tensor("blk.2.attn_v.weight", GgmlType::Q4K, &[512, 512]),
            tensor("blk.0.attn_norm.weight", GgmlType::F32, &[512]),
        ];
        let formats = StoredFormats::of(&TensorFile { tensors, ..TensorFile::default() }).unwrap();
        let value = Weight::matrix("self_attn.v_proj", Role::Value, 512, 512);
        let of = |layer, weight: &Weight| {
            formats.format_of(Place { parent: "model.layers", layer, name: &weight.name }, weight)
        };
        assert_eq!(of(Some(0), &value), Format::Ggml(GgmlType::Q6K));
        assert_eq!(of(Some(1), &value), Format::Ggml(GgmlType::Q4K));
        // A layer that the file does not have takes the role's usual type, an unseen role the file's.
        assert_eq!(of(Some(9), &value), Format::Ggml(GgmlType::Q4K));
        let up = Weight::matrix("mlp.up_proj", Role::Up, 512, 512);
        assert_eq!(of(Some(0), &up), Format::Ggml(formats.usual()));
        assert_eq!(of(Some(0), &Weight::vector("norm", Role::Norm, 512)), Format::FP32);
    }

    #[test]
    fn a_file_without_known_types_has_no_formats() {
        assert_eq!(StoredFormats::of(&TensorFile::default()), None);
    }
}
