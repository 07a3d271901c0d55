//! The block types of ggml.

use super::Layout;

/// A number that is no ggml type, or one that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a ggml type in use")]
pub struct UnknownGgmlType(pub u32);

macro_rules! ggml_types {
    ($($variant:ident $id:literal $name:literal $values:literal $bytes:literal)*) => {
        /// A ggml tensor type: blocks of so many values in so many bytes.
        ///
        /// Source: ggml, `ggml.h` and `ggml-common.h` at d99724f. Ids 4, 5, 31 to 33 and 36 to 38 were removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the variants are ggml's own names; each row of the table says what one is")]
        pub enum GgmlType { $($variant,)* }

        impl GgmlType {
            /// Every type, by id.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The id in a file.
            pub const fn id(self) -> u32 {
                match self { $(Self::$variant => $id,)* }
            }

            /// ggml's own name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The block layout.
            ///
            /// ```
            /// # use slipstick_core::numeric::GgmlType;
            /// assert_eq!(GgmlType::Q6K.layout().tensor(1, 4096).get(), 16 * 210);
            /// ```
            pub const fn layout(self) -> Layout {
                match self { $(Self::$variant => Layout::blocks($values, $bytes),)* }
            }
        }

        impl TryFrom<u32> for GgmlType {
            type Error = UnknownGgmlType;
            fn try_from(id: u32) -> Result<Self, UnknownGgmlType> {
                match id { $($id => Ok(Self::$variant),)* other => Err(UnknownGgmlType(other)) }
            }
        }
    };
}

ggml_types! {
    F32 0 "F32" 1 4
    F16 1 "F16" 1 2
    Q4_0 2 "Q4_0" 32 18
    Q4_1 3 "Q4_1" 32 20
    Q5_0 6 "Q5_0" 32 22
    Q5_1 7 "Q5_1" 32 24
    Q8_0 8 "Q8_0" 32 34
    Q8_1 9 "Q8_1" 32 36
    Q2K 10 "Q2_K" 256 84
    Q3K 11 "Q3_K" 256 110
    Q4K 12 "Q4_K" 256 144
    Q5K 13 "Q5_K" 256 176
    Q6K 14 "Q6_K" 256 210
    Q8K 15 "Q8_K" 256 292
    Iq2Xxs 16 "IQ2_XXS" 256 66
    Iq2Xs 17 "IQ2_XS" 256 74
    Iq3Xxs 18 "IQ3_XXS" 256 98
    Iq1S 19 "IQ1_S" 256 50
    Iq4Nl 20 "IQ4_NL" 32 18
    Iq3S 21 "IQ3_S" 256 110
    Iq2S 22 "IQ2_S" 256 82
    Iq4Xs 23 "IQ4_XS" 256 136
    I8 24 "I8" 1 1
    I16 25 "I16" 1 2
    I32 26 "I32" 1 4
    I64 27 "I64" 1 8
    F64 28 "F64" 1 8
    Iq1M 29 "IQ1_M" 256 56
    Bf16 30 "BF16" 1 2
    Tq1_0 34 "TQ1_0" 256 54
    Tq2_0 35 "TQ2_0" 256 66
    Mxfp4 39 "MXFP4" 32 17
    Nvfp4 40 "NVFP4" 64 36
    Q1_0 41 "Q1_0" 128 18
    Q2_0 42 "Q2_0" 64 18
}

impl core::fmt::Display for GgmlType {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}
