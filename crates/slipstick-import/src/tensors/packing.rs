//! Packed weights: how many weights are in a module whose tensors hold something else than weights.

use super::{Dtype, TensorInfo};

/// How the weights of a module are packed into tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packing {
    /// GPTQ: `qweight` packed along the input, `qzeros`, `scales`, `g_idx`.
    Gptq,
    /// AWQ: `qweight` packed along the output, `qzeros`, `scales`.
    Awq,
    /// bitsandbytes in 4 bits: two weights a byte and `weight.absmax`.
    Bnb4,
    /// bitsandbytes in 8 bits: `weight` and `SCB`.
    Bnb8,
    /// 8-bit floats with a scale a tensor, a row or a tile.
    Fp8,
    /// 8-bit integers with a scale a tensor or a row.
    Int8,
    /// MXFP4: two weights a byte and an 8-bit exponent for each 32.
    Mxfp4,
    /// NVFP4: two weights a byte, an 8-bit float for each 16 and a global scale.
    Nvfp4,
    /// compressed-tensors: `weight_packed` in 32-bit words.
    CompressedTensors,
    /// MLX: `weight` in 32-bit words with `scales` and `biases`.
    Mlx,
    /// EXL2: `q_weight` and its tables.
    Exl2,
    /// EXL3: `trellis` tiles of 16 × 16.
    Exl3,
    /// BitNet: four ternary weights a byte and one scale.
    BitNet,
}

impl Packing {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gptq => "gptq",
            Self::Awq => "awq",
            Self::Bnb4 => "bitsandbytes-4bit",
            Self::Bnb8 => "bitsandbytes-8bit",
            Self::Fp8 => "fp8",
            Self::Int8 => "int8",
            Self::Mxfp4 => "mxfp4",
            Self::Nvfp4 => "nvfp4",
            Self::CompressedTensors => "compressed-tensors",
            Self::Mlx => "mlx",
            Self::Exl2 => "exl2",
            Self::Exl3 => "exl3",
            Self::BitNet => "bitnet",
        }
    }
}

/// What the tensors of a packed module hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) packing: Packing,
    /// Weights in the module, or `None` where the header alone does not say.
    pub(super) weights: Option<u64>,
}

/// The tensors of one module, by part.
pub(super) struct Module<'a> {
    pub(super) parts: &'a [(&'a str, &'a TensorInfo)],
}

impl<'a> Module<'a> {
    fn part(&self, name: &str) -> Option<&'a TensorInfo> {
        self.parts.iter().find(|(part, _)| *part == name).map(|(_, tensor)| *tensor)
    }

    /// How the module is packed, or `None` if each tensor holds its own values.
    ///
    /// `bits` is what the checkpoint's configuration says of the module: 32-bit words do not say how many values
    /// they hold.
    pub(super) fn packed(&self, bits: Option<u8>) -> Option<Packed> {
        let packed = |packing, weights| Some(Packed { packing, weights });
        if let Some(words) = self.part("qweight") {
            return Some(self.gptq_or_awq(words));
        }
        if let Some(words) = self.part("q_weight") {
            return packed(Packing::Exl2, self.exl2(words));
        }
        if let Some(tiles) = self.part("trellis") {
            return packed(Packing::Exl3, exl3(tiles));
        }
        if let Some(words) = self.part("weight_packed") {
            return Some(self.compressed(words, bits));
        }
        if let Some(blocks) = self.part("blocks") {
            return packed(Packing::Mxfp4, blocks.elements().checked_mul(2));
        }
        self.plain_name(self.part("weight")?, bits)
    }

    fn plain_name(&self, weight: &TensorInfo, bits: Option<u8>) -> Option<Packed> {
        let packed = |packing, weights| Some(Packed { packing, weights });
        let stored = weight.stored.dtype()?;
        if self.part("weight.absmax").is_some() {
            return packed(Packing::Bnb4, weight.elements().checked_mul(2));
        }
        if self.part("SCB").is_some() {
            return packed(Packing::Bnb8, Some(weight.elements()));
        }
        if stored == Dtype::U32 && self.part("scales").is_some() {
            return packed(Packing::Mlx, in_words(weight, bits));
        }
        if stored.is_fp8() {
            return packed(Packing::Fp8, Some(weight.elements()));
        }
        let scale = self.part("weight_scale").or_else(|| self.part("scale"));
        match (stored, scale) {
            (Dtype::U8 | Dtype::I8, Some(scale)) => Some(bytes_with_scale(weight, scale)),
            (Dtype::F4, _) => packed(Packing::Nvfp4, Some(weight.elements())),
            _ => None,
        }
    }

    fn gptq_or_awq(&self, words: &TensorInfo) -> Packed {
        let unknown = |packing| Packed { packing, weights: None };
        let [rows, cols] = words.shape[..] else { return unknown(Packing::Gptq) };
        let scales = self.part("scales").and_then(|scales| scales.shape.last().copied());
        let zeros = self.part("qzeros").and_then(|zeros| zeros.shape.last().copied());
        match (scales, zeros) {
            // AWQ keeps one row an input, GPTQ one column an output; the zero points always pack the output.
            (Some(outputs), Some(zeros)) if zeros == cols && outputs > cols => {
                Packed { packing: Packing::Awq, weights: rows.checked_mul(outputs) }
            }
            (Some(outputs), Some(zeros)) if outputs == cols && zeros > 0 => {
                // bits = 32 · zeros / outputs and inputs = 32 · rows / bits.
                let weights = rows
                    .checked_mul(outputs)
                    .filter(|values| values.is_multiple_of(zeros))
                    .and_then(|values| (values / zeros).checked_mul(outputs));
                Packed { packing: Packing::Gptq, weights }
            }
            (_, _) => {
                let inputs = self.part("g_idx").map(TensorInfo::elements);
                Packed { packing: Packing::Gptq, weights: inputs.and_then(|inputs| inputs.checked_mul(cols)) }
            }
        }
    }

    fn exl2(&self, words: &TensorInfo) -> Option<u64> {
        let inputs = self.part("q_invperm").or_else(|| self.part("q_perm"))?.elements();
        inputs.checked_mul(*words.shape.last()?)
    }

    fn compressed(&self, words: &TensorInfo, bits: Option<u8>) -> Packed {
        if words.stored.dtype() == Some(Dtype::U8) {
            let global = self.part("weight_global_scale").is_some();
            let packing = if global { Packing::Nvfp4 } else { Packing::Mxfp4 };
            return Packed { packing, weights: words.elements().checked_mul(2) };
        }
        Packed { packing: Packing::CompressedTensors, weights: in_words(words, bits) }
    }
}

/// Values of `bits` in the 32-bit words of each row: a row never shares a word with the next.
fn in_words(words: &TensorInfo, bits: Option<u8>) -> Option<u64> {
    let bits = u64::from(bits.filter(|bits| *bits > 0)?);
    let (&row, rows) = words.shape.split_last()?;
    let rows = super::file::elements(rows)?;
    (row.checked_mul(32)? / bits).checked_mul(rows)
}

/// Each tile holds 16 × 16 weights whatever its bits.
fn exl3(tiles: &TensorInfo) -> Option<u64> {
    let (_, tiles) = tiles.shape.split_last()?;
    super::file::elements(tiles)?.checked_mul(256)
}

/// Bytes and a scale beside them: the number of scales tells one packing from the other.
fn bytes_with_scale(weight: &TensorInfo, scale: &TensorInfo) -> Packed {
    let bytes = weight.elements();
    let scales = scale.elements().max(1);
    match scale.stored.dtype() {
        Some(Dtype::F8E4m3) => Packed { packing: Packing::Nvfp4, weights: bytes.checked_mul(2) },
        Some(Dtype::F8E8m0 | Dtype::U8) if bytes.checked_mul(2) == scales.checked_mul(32) => {
            Packed { packing: Packing::Mxfp4, weights: bytes.checked_mul(2) }
        }
        Some(Dtype::Bf16 | Dtype::F16) if scales == 1 && weight.stored.dtype() == Some(Dtype::U8) => {
            Packed { packing: Packing::BitNet, weights: bytes.checked_mul(4) }
        }
        _ => Packed { packing: Packing::Int8, weights: Some(bytes) },
    }
}

/// Whether a part only serves another tensor: it holds no weights of its own.
pub(super) fn is_auxiliary(part: &str) -> bool {
    matches!(
        part,
        "qzeros"
            | "scales"
            | "scale"
            | "biases"
            | "g_idx"
            | "SCB"
            | "weight_format"
            | "weight_scale"
            | "weight_scale_inv"
            | "weight_scale_2"
            | "weight_global_scale"
            | "weight_zero_point"
            | "weight_shape"
            | "weight_g_idx"
            | "input_scale"
            | "input_global_scale"
            | "output_scale"
            | "q_scale"
            | "q_scale_max"
            | "q_groups"
            | "q_group_map"
            | "q_perm"
            | "q_invperm"
            | "suh"
            | "svh"
            | "su"
            | "sv"
            | "mcg"
            | "mul1"
    ) || part.starts_with("weight.")
}

/// Whether a tensor is a buffer that checkpoints carry along and no model counts: causal masks, rotary frequencies,
/// position indices.
pub(super) fn is_buffer(name: &str) -> bool {
    matches!(
        name.rsplit_once('.').map_or(name, |(_, part)| part),
        "inv_freq" | "masked_bias" | "position_ids" | "num_batches_tracked" | "k_scale" | "v_scale"
    ) || name.ends_with(".attn.bias")
        || name.ends_with(".attention.bias")
        || name.ends_with(".attn.attention.bias")
        || name == "rope_freqs.weight"
}
