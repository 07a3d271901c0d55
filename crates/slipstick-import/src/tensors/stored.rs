//! How the elements of a tensor are stored in a file.

use core::fmt;

use slipstick_core::numeric::GgmlType;

macro_rules! dtypes {
    ($($variant:ident $name:literal $bits:literal)*) => {
        /// An element type of safetensors.
        ///
        /// Source: safetensors 0.8.0, `Dtype` and `bitsize`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the variants are the format's own names")]
        pub enum Dtype { $($variant,)* }

        impl Dtype {
            /// The name in a header, or `None` for a type that is not known here.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The name in a header.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Bits of an element.
            pub const fn bits(self) -> u64 {
                match self { $(Self::$variant => $bits,)* }
            }
        }
    };
}

dtypes! {
    Bool "BOOL" 8
    F4 "F4" 4
    F6E2m3 "F6_E2M3" 6
    F6E3m2 "F6_E3M2" 6
    U8 "U8" 8
    I8 "I8" 8
    F8E5m2 "F8_E5M2" 8
    F8E4m3 "F8_E4M3" 8
    F8E8m0 "F8_E8M0" 8
    F8E4m3fnuz "F8_E4M3FNUZ" 8
    F8E5m2fnuz "F8_E5M2FNUZ" 8
    I16 "I16" 16
    U16 "U16" 16
    F16 "F16" 16
    Bf16 "BF16" 16
    I32 "I32" 32
    U32 "U32" 32
    F32 "F32" 32
    C64 "C64" 64
    F64 "F64" 64
    I64 "I64" 64
    U64 "U64" 64
}

impl Dtype {
    /// Whether it is one of the 8-bit floats that weights are stored in.
    pub const fn is_fp8(self) -> bool {
        matches!(self, Self::F8E4m3 | Self::F8E5m2 | Self::F8E4m3fnuz | Self::F8E5m2fnuz)
    }
}

/// How the elements of a tensor are stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoredType {
    /// An element type of safetensors.
    Plain(Dtype),
    /// A block type of ggml.
    Ggml(GgmlType),
    /// A safetensors type that is not known here: its bytes come from the offsets.
    UnknownDtype(String),
    /// A ggml type that is not known here: its bytes come from the gap to the next tensor, padding included.
    UnknownGgml(u32),
}

impl StoredType {
    /// The safetensors type, where it is one.
    pub const fn dtype(&self) -> Option<Dtype> {
        match self {
            Self::Plain(dtype) => Some(*dtype),
            Self::Ggml(_) | Self::UnknownDtype(_) | Self::UnknownGgml(_) => None,
        }
    }

    /// Whether the type is known, so that bytes and shape were checked against each other.
    pub const fn is_known(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Ggml(_))
    }
}

impl fmt::Display for StoredType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(dtype) => f.pad(dtype.name()),
            Self::Ggml(ggml) => f.pad(ggml.name()),
            Self::UnknownDtype(name) => f.pad(name),
            Self::UnknownGgml(id) => write!(f, "ggml type {id}"),
        }
    }
}
