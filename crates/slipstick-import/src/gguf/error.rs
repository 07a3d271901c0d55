//! Why a GGUF file was refused.

use super::MAX_HEADER_BYTES;

/// Why a GGUF file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GgufError {
    /// The first four bytes are not `GGUF`.
    #[error("this is not a GGUF file: it does not start with 'GGUF'")]
    Magic,
    /// A version that is not read.
    #[error("GGUF version {0} is not known; versions 1 to 3 are read")]
    Version(u32),
    /// A file for machines of the other byte order.
    #[error("this GGUF file is big-endian; convert it with gguf_convert_endian.py first")]
    BigEndian,
    /// The header runs past the end of the file.
    #[error(
        "the header needs {needed} bytes but the file has {file}: the download is incomplete or the file is damaged"
    )]
    Truncated {
        /// Bytes that the header needs.
        needed: u64,
        /// Bytes in the file.
        file: u64,
    },
    /// The header is longer than any real one.
    #[error("the header needs more than {MAX_HEADER_BYTES} bytes: the file is damaged")]
    HeaderTooLong,
    /// More key-value pairs than any real file has.
    #[error("the header claims {0} key-value pairs: the file is damaged")]
    TooManyPairs(u64),
    /// A key or tensor name is no text, too long, or empty.
    #[error("{what} at byte {at} {problem}")]
    Text {
        /// What should have been a text.
        what: &'static str,
        /// Where it starts.
        at: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A value type that GGUF does not have.
    #[error("'{key}' has value type {id}, which GGUF does not have")]
    ValueType {
        /// The key.
        key: String,
        /// The type's number.
        id: u32,
    },
    /// A value that its key cannot have.
    #[error("'{key}' {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// A key or tensor is listed twice.
    #[error("'{0}' is listed twice")]
    Duplicate(String),
    /// A tensor that cannot be.
    #[error("tensor '{name}': {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two tensors share bytes.
    #[error("tensors '{0}' and '{1}' overlap")]
    Overlap(String, String),
    /// The data is shorter than the tensors need.
    #[error("the tensors need {needed} bytes but the file has {file}: the download is incomplete")]
    DataMissing {
        /// Bytes that header and tensors need.
        needed: u64,
        /// Bytes in the file.
        file: u64,
    },
    /// The parts of a split file do not belong together.
    #[error("the parts of the split file do not belong together: {0}")]
    Split(String),
}
