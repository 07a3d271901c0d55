//! What the header of a tensor file says.

use std::collections::BTreeMap;

use slipstick_core::units::Bytes;

use super::StoredType;

/// What a parser made of the first bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prefix<T> {
    /// The header was whole.
    Complete(T),
    /// The header goes on: parse again with at least so many bytes from the start of the file.
    NeedMore(u64),
}

impl<T> Prefix<T> {
    /// The same, with what was parsed turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Prefix<U> {
        match self {
            Self::Complete(value) => Prefix::Complete(turn(value)),
            Self::NeedMore(bytes) => Prefix::NeedMore(bytes),
        }
    }

    /// What was parsed, if the header was whole.
    pub fn complete(self) -> Option<T> {
        match self {
            Self::Complete(value) => Some(value),
            Self::NeedMore(_) => None,
        }
    }
}

/// One tensor as its header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name in the file.
    pub name: String,
    /// How its elements are stored.
    pub stored: StoredType,
    /// Its shape, the fastest dimension last, whatever the order in the file.
    pub shape: Vec<u64>,
    /// The bytes it takes in the file.
    pub bytes: Bytes,
}

impl TensorInfo {
    /// The elements stored: the product of the shape. A packed tensor holds more weights than elements.
    pub fn elements(&self) -> u64 {
        elements(&self.shape).unwrap_or(u64::MAX)
    }
}

/// The tensors of one file, or of the files of one model taken together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TensorFile {
    /// Every tensor, in the order of the header.
    pub tensors: Vec<TensorInfo>,
    /// What the header says beside the tensors, short texts only.
    pub metadata: BTreeMap<String, String>,
    /// Bytes before the first tensor: how much must be read to know all this.
    pub header_bytes: u64,
    /// Bytes of the data section that no tensor claims (alignment, holes).
    pub unclaimed: Bytes,
    /// Those of them that stand after the last tensor and its alignment: nothing reads them.
    pub trailing: Bytes,
}

impl TensorFile {
    /// A remark where something stands after the last tensor.
    pub fn trailing_remark(&self) -> Option<String> {
        let bytes = self.trailing.get();
        (bytes > 0).then(|| {
            format!("{bytes} bytes after the last tensor belong to none: no engine loads them, and they are not counted")
        })
    }

    /// The bytes of all tensors.
    pub fn bytes(&self) -> Bytes {
        self.tensors.iter().map(|tensor| tensor.bytes).sum()
    }
}

/// The product of a shape, or `None` where it overflows.
pub(crate) fn elements(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_u64, |product, &dimension| product.checked_mul(dimension))
}
