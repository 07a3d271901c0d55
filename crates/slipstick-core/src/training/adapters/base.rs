//! The format of frozen matrices.

use crate::{
    formulas::training::{
        frozen::{four_bit, four_bit_double, four_bit_groups, int8_rows, one_scale},
        states::sharded,
    },
    quantity::Detail,
    trace::{Hearing, Unheard, model, rules},
    traced,
    units::Bytes,
};

/// The format that frozen matrices are held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FrozenBase {
    /// 16 bit.
    #[default]
    Wide,
    /// 8-bit floats with one fp32 scale a matrix.
    Fp8,
    /// 8-bit integers with one fp32 scale a row.
    Int8,
    /// 4-bit values in blocks of 64.
    Nf4,
    /// The same with quantised scales.
    Nf4Double,
    /// 4-bit integers in groups of 128.
    Int4Groups,
}

impl FrozenBase {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Wide, Self::Fp8, Self::Int8, Self::Nf4, Self::Nf4Double, Self::Int4Groups];

    /// Bytes of a matrix; the tables of codes that all matrices share are left out.
    pub fn matrix(self, rows: u64, cols: u64) -> Bytes {
        self.traced_matrix(rows, cols, Unheard, Detail::FrozenMatrix(0, 0))
    }

    /// The same, recorded.
    pub(super) fn traced_matrix(self, rows: u64, cols: u64, hearing: impl Hearing, own: Detail) -> Bytes {
        let (trace, elements) = (hearing.trace(), || model("elements"));
        match self {
            Self::Wide => {
                traced!(trace, own, sharded { N: rows * cols => elements(), b: 2.0 => rules("B"), R: 1 => rules("") })
            }
            Self::Fp8 => traced!(trace, own, one_scale { N: rows * cols => elements() }),
            Self::Int8 => traced!(trace, own, int8_rows { n: rows => elements(), m: cols => elements() }),
            Self::Nf4 => {
                traced!(trace, own, four_bit { N: rows * cols => elements(), B: 64 => rules("elements") })
            }
            Self::Nf4Double => traced!(trace, own, four_bit_double {
                N: rows * cols => elements(), B: 64 => rules("elements"), C: 256 => rules("scales"),
            }),
            Self::Int4Groups => traced!(trace, own, four_bit_groups {
                n: rows => elements(), m: cols => elements(), G: 128 => rules("elements"),
            }),
        }
    }

    /// Whether products need a copy in 16 bit.
    pub const fn is_quantized(self) -> bool {
        !matches!(self, Self::Wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_stand_in_the_order_of_their_sizes() {
        let sizes = FrozenBase::ALL.map(|base| base.matrix(4096, 14_336));
        assert!(sizes[0] > sizes[2] && sizes[2] > sizes[1] && sizes[1] > sizes[3] && sizes[3] > sizes[4]);
        // Groups of 128 with 16-bit scales and 4-bit zeros: 4.16 bits, above double quantisation's 4.127.
        assert!(sizes[5] > sizes[4] && sizes[5] < sizes[3]);
    }
}
