//! llama.cpp's mixtures by name.

use crate::numeric::GgmlType;

macro_rules! mixes {
    ($($variant:ident $name:literal $base:ident)*) => {
        /// A mixture of ggml types, as llama.cpp's quantiser names it: a base type, and other types for some weights.
        ///
        /// Source: llama.cpp, `llama-quant.cpp` at 007dbbf.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the variants are llama.cpp's own names; each row of the table says its base")]
        pub enum Mix { $($variant,)* }

        impl Mix {
            /// Every mixture.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// llama.cpp's own name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The type of every weight that no rule names.
            pub const fn base(self) -> GgmlType {
                match self { $(Self::$variant => GgmlType::$base,)* }
            }
        }
    };
}

mixes! {
    Q4_0 "Q4_0" Q4_0
    Q4_1 "Q4_1" Q4_1
    Q5_0 "Q5_0" Q5_0
    Q5_1 "Q5_1" Q5_1
    Q8_0 "Q8_0" Q8_0
    Q2K "Q2_K" Q2K
    Q2KS "Q2_K_S" Q2K
    Q3KS "Q3_K_S" Q3K
    Q3KM "Q3_K_M" Q3K
    Q3KL "Q3_K_L" Q3K
    Q4KS "Q4_K_S" Q4K
    Q4KM "Q4_K_M" Q4K
    Q5KS "Q5_K_S" Q5K
    Q5KM "Q5_K_M" Q5K
    Q6K "Q6_K" Q6K
    Iq1S "IQ1_S" Iq1S
    Iq1M "IQ1_M" Iq1M
    Iq2Xxs "IQ2_XXS" Iq2Xxs
    Iq2Xs "IQ2_XS" Iq2Xs
    Iq2S "IQ2_S" Iq2Xs
    Iq2M "IQ2_M" Iq2S
    Iq3Xxs "IQ3_XXS" Iq3Xxs
    Iq3Xs "IQ3_XS" Iq3S
    Iq3S "IQ3_S" Iq3S
    Iq3M "IQ3_M" Iq3S
    Iq4Nl "IQ4_NL" Iq4Nl
    Iq4Xs "IQ4_XS" Iq4Xs
    Tq1_0 "TQ1_0" Tq1_0
    Tq2_0 "TQ2_0" Tq2_0
    Mxfp4Moe "MXFP4_MOE" Mxfp4
}

impl core::fmt::Display for Mix {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}
