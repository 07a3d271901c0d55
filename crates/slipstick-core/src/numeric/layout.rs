//! Formats and their block layouts.

use super::GgmlType;
use crate::units::Bytes;

/// The element formats that hardware computes in: they pick the peak rate of a roofline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScalarFormat {
    /// IEEE binary64.
    Fp64,
    /// IEEE binary32.
    Fp32,
    /// NVIDIA's 19-bit TensorFloat, stored in 32 bits.
    Tf32,
    /// bfloat16.
    Bf16,
    /// IEEE binary16.
    Fp16,
    /// OCP FP8 with 4 exponent bits.
    Fp8E4m3,
    /// OCP FP8 with 5 exponent bits.
    Fp8E5m2,
    /// 8-bit integer.
    Int8,
    /// 4-bit float with 2 exponent bits, as in NVFP4 and MXFP4.
    Fp4,
    /// 4-bit integer.
    Int4,
}

impl ScalarFormat {
    /// Whether it has 16 bits or more.
    pub const fn is_wide(self) -> bool {
        matches!(self, Self::Fp64 | Self::Fp32 | Self::Tf32 | Self::Bf16 | Self::Fp16)
    }
}

/// How the values of one matrix row are stored: blocks of `values`, each taking `bytes`, scales included, and what is
/// stored once a row and once a tensor beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Values in a block.
    pub values: u64,
    /// Bytes of a block.
    pub bytes: u64,
    /// Further bytes for each row (a per-channel scale).
    pub row_bytes: u64,
    /// Further bytes for each tensor (a global scale).
    pub tensor_bytes: u64,
}

impl Layout {
    /// Blocks of `values` in `bytes`, nothing else.
    pub const fn blocks(values: u64, bytes: u64) -> Self {
        Self { values, bytes, row_bytes: 0, tensor_bytes: 0 }
    }

    /// Average bits a value in long rows, without what is stored once a row or tensor.
    pub const fn bits_per_value(self) -> f64 {
        self.bytes as f64 * 8.0 / self.values as f64
    }

    /// The bytes of a tensor of `rows` rows of `cols` values. A last, partial block counts whole.
    pub const fn tensor(self, rows: u64, cols: u64) -> Bytes {
        let row = cols.div_ceil(self.values).saturating_mul(self.bytes).saturating_add(self.row_bytes);
        Bytes::new(rows.saturating_mul(row).saturating_add(self.tensor_bytes))
    }
}

/// A storage format of weights or of a cache.
///
/// Group sizes are part of the format: a GPTQ checkpoint with groups of 64 is another format than one with 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Plain elements, no scales.
    Plain(ScalarFormat),
    /// FP8 with one fp32 scale a tensor.
    Fp8Tensor,
    /// FP8 with one fp32 scale a row (output channel).
    Fp8Channel,
    /// FP8 with one fp32 scale for each tile of 128 × 128, DeepSeek's layout.
    Fp8Block128,
    /// int8 with one fp32 scale a row.
    Int8Channel,
    /// Integers of `bits` in groups along the row: a 16-bit scale and a packed zero point a group (GPTQ, AWQ).
    IntGroup {
        /// Bits of a value: 2, 3, 4 or 8.
        bits: u8,
        /// Values that share a scale.
        group: u16,
        /// Whether a zero point of `bits` is stored with each group.
        zeros: bool,
    },
    /// Integers of `bits` with a 16-bit scale and a packed zero point a row (GPTQ without groups).
    IntChannel {
        /// Bits of a value: 2, 3, 4 or 8.
        bits: u8,
        /// Whether a zero point of `bits` is stored with each row.
        zeros: bool,
    },
    /// NF4 in blocks of 64 with an fp32 absmax each (QLoRA; Dettmers et al. 2023).
    Nf4,
    /// NF4 with the absmax quantised to 8 bits, and an fp32 scale and offset for each 256 of those.
    Nf4Double,
    /// OCP MXFP4: 32 values and one E8M0 scale.
    Mxfp4,
    /// OCP MXFP8: 32 values and one E8M0 scale.
    Mxfp8,
    /// NVFP4: 16 values and one E4M3 scale, and one fp32 scale a tensor.
    Nvfp4,
    /// MLX affine quantisation: `bits` with a 16-bit scale and a 16-bit bias a group.
    Mlx {
        /// Bits of a value.
        bits: u8,
        /// Values that share a scale and a bias.
        group: u16,
    },
    /// Additive codebooks: each group along a row is the sum of one entry of each of `count` codebooks, times a 16-bit
    /// scale of its row; the codebooks of a tensor are stored in 16 bits beside it (AQLM; Egiazarian et al. 2024).
    Codebooks {
        /// Codebooks of a tensor.
        count: u8,
        /// Bits of a code: a codebook has that power of two entries.
        bits: u8,
        /// Values of an entry.
        group: u16,
    },
    /// A ggml block type.
    Ggml(GgmlType),
    /// A format known only by its average rate, in hundredths of a bit a value (EXL2, EXL3).
    Average {
        /// Hundredths of a bit a value.
        centibits: u16,
    },
}

impl Format {
    /// The 16-bit brain float, the commonest checkpoint format.
    pub const BF16: Self = Self::Plain(ScalarFormat::Bf16);
    /// IEEE half precision.
    pub const FP16: Self = Self::Plain(ScalarFormat::Fp16);
    /// A format known by its average rate, of so many bits a value; none but from 1 to 16.
    ///
    /// ```
    /// # use slipstick_core::numeric::Format;
    /// assert_eq!(Format::average(4.65), Some(Format::Average { centibits: 465 }));
    /// assert_eq!([0.5, 17.0, f64::NAN].map(Format::average), [None; 3]);
    /// ```
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the rate is checked to lie between 1 and 16 bits first"
    )]
    pub fn average(bits: f64) -> Option<Self> {
        (1.0..=16.0).contains(&bits).then_some(Self::Average { centibits: (bits * 100.0 + 0.5) as u16 })
    }

    /// IEEE single precision.
    pub const FP32: Self = Self::Plain(ScalarFormat::Fp32);

    /// Its block layout along a row.
    ///
    /// FP8 tiles span rows as well as columns: their scales are added by [`Format::tensor`].
    ///
    /// ```
    /// # use slipstick_core::numeric::{Format, GgmlType};
    /// assert_eq!(Format::Ggml(GgmlType::Q4K).layout().bits_per_value().to_bits(), 4.5_f64.to_bits());
    /// assert_eq!(Format::Nvfp4.layout().bits_per_value().to_bits(), 4.5_f64.to_bits());
    /// ```
    pub const fn layout(self) -> Layout {
        match self {
            Self::Plain(ScalarFormat::Fp64) => Layout::blocks(1, 8),
            Self::Plain(ScalarFormat::Fp32 | ScalarFormat::Tf32) => Layout::blocks(1, 4),
            Self::Plain(ScalarFormat::Bf16 | ScalarFormat::Fp16) => Layout::blocks(1, 2),
            Self::Plain(ScalarFormat::Fp8E4m3 | ScalarFormat::Fp8E5m2 | ScalarFormat::Int8)
            | Self::Fp8Block128 => Layout::blocks(1, 1),
            Self::Plain(ScalarFormat::Fp4 | ScalarFormat::Int4) => Layout::blocks(2, 1),
            Self::Fp8Tensor => Layout { values: 1, bytes: 1, row_bytes: 0, tensor_bytes: 4 },
            Self::Fp8Channel | Self::Int8Channel => {
                Layout { values: 1, bytes: 1, row_bytes: 4, tensor_bytes: 0 }
            }
            // Eight groups make whole bytes whatever the width of the packed zero points.
            Self::IntGroup { bits, group, zeros } => {
                let zero_bits = if zeros { bits as u64 } else { 0 };
                Layout::blocks(group as u64 * 8, group as u64 * bits as u64 + 16 + zero_bits)
            }
            Self::IntChannel { bits, zeros } => {
                Layout { values: 8, bytes: bits as u64, row_bytes: 2 + zeros as u64, tensor_bytes: 0 }
            }
            Self::Nf4 => Layout::blocks(64, 36),
            // 256 blocks of 64 share one fp32 absmax: 256·(32 + 1) + 4 bytes.
            Self::Nf4Double => Layout::blocks(64 * 256, 256 * 33 + 4),
            Self::Mxfp4 => Layout::blocks(32, 17),
            Self::Mxfp8 => Layout::blocks(32, 33),
            Self::Nvfp4 => Layout { values: 16, bytes: 9, row_bytes: 0, tensor_bytes: 4 },
            Self::Mlx { bits, group } => Layout::blocks(group as u64 * 8, group as u64 * bits as u64 + 32),
            // Codes are whole integers of 8 or 16 bits.
            Self::Codebooks { count, bits, group } => {
                let (count, group) = (count as u64, group as u64);
                let codes = count * (bits as u64).next_power_of_two().div_ceil(8);
                let books = count * group * 2 * (1 << bits);
                Layout { values: group, bytes: codes, row_bytes: 2, tensor_bytes: books }
            }
            Self::Ggml(ggml) => ggml.layout(),
            Self::Average { centibits } => Layout::blocks(800, centibits as u64),
        }
    }

    /// The bytes of one row of a cache: `width` values with their block scales. What a format keeps once a tensor is kept
    /// once a cache, not once a row.
    ///
    /// ```
    /// # use slipstick_core::numeric::Format;
    /// // Half a byte a value and one byte of scale for each 16.
    /// assert_eq!(Format::Nvfp4.row(128).get(), 64 + 8);
    /// ```
    pub const fn row(self, width: u64) -> Bytes {
        let layout = self.layout();
        Layout { tensor_bytes: 0, ..layout }.tensor(1, width)
    }

    /// The bytes of a tensor of `rows` × `cols` values, scales included.
    ///
    /// ```
    /// # use slipstick_core::numeric::Format;
    /// // 128 × 128 tiles, rounded up on each side.
    /// assert_eq!(Format::Fp8Block128.tensor(200, 300).get(), 200 * 300 + 2 * 3 * 4);
    /// ```
    pub const fn tensor(self, rows: u64, cols: u64) -> Bytes {
        let elements = self.layout().tensor(rows, cols).get();
        match self {
            Self::Fp8Block128 => Bytes::new(elements + rows.div_ceil(128) * cols.div_ceil(128) * 4),
            Self::Nf4Double => {
                // Absmax blocks run through the whole tensor, not along a row.
                let blocks = (rows * cols).div_ceil(64);
                Bytes::new((rows * cols).div_ceil(2) + blocks + blocks.div_ceil(256) * 4)
            }
            Self::Nf4 => Bytes::new((rows * cols).div_ceil(2) + (rows * cols).div_ceil(64) * 4),
            // Values, scales and zero points are packed apart: only the last group of a row may be partial.
            Self::IntGroup { bits, group, zeros } => {
                let zero_bits = if zeros { bits as u64 } else { 0 };
                packed(rows, cols, bits as u64, group as u64, 16 + zero_bits)
            }
            // A row is one group.
            Self::IntChannel { bits, zeros } => {
                let zero_bits = if zeros { bits as u64 } else { 0 };
                packed(rows, cols, bits as u64, cols, 16 + zero_bits)
            }
            Self::Mlx { bits, group } => packed(rows, cols, bits as u64, group as u64, 32),
            Self::Average { centibits } => {
                Bytes::new(rows.saturating_mul(cols).saturating_mul(centibits as u64).div_ceil(800))
            }
            Self::Plain(_)
            | Self::Fp8Tensor
            | Self::Fp8Channel
            | Self::Int8Channel
            | Self::Mxfp4
            | Self::Mxfp8
            | Self::Nvfp4
            | Self::Codebooks { .. }
            | Self::Ggml(_) => Bytes::new(elements),
        }
    }

    /// Whether values are stored in fewer than 16 bits, so that small tensors are usually left as they are.
    pub const fn is_quantised(self) -> bool {
        self.layout().bits_per_value() < 16.0
    }
}

/// Bytes of `rows` rows of `cols` values of `bits`, each group with `extra` bits of scale and offset.
const fn packed(rows: u64, cols: u64, bits: u64, group: u64, extra: u64) -> Bytes {
    let groups = cols.div_ceil(if group == 0 { 1 } else { group });
    let row = cols.saturating_mul(bits).saturating_add(groups.saturating_mul(extra));
    Bytes::new(rows.saturating_mul(row).div_ceil(8))
}
