//! The header of a GGUF file.

use std::collections::BTreeMap;

use super::{
    GgufError, Metadata, Split, Value,
    reader::{Reader, Stop},
    tensor_list::{self, DataSection, Placed},
};
use crate::tensors::{Prefix, TensorFile};

/// The longest header that is read. Vocabularies of 250,000 tokens with their merges take 20 MB.
pub const MAX_HEADER_BYTES: u64 = 512 << 20;

/// The alignment of tensors where the file does not state one.
const DEFAULT_ALIGNMENT: u64 = 32;

/// What the header of a GGUF file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Gguf {
    /// The version of the format.
    pub version: u32,
    /// The key-value pairs; long texts and arrays only by their length.
    pub metadata: Metadata,
    /// The tensors.
    pub file: TensorFile,
    /// The position among split files, where the file is one part of several.
    pub split: Option<Split>,
}

impl Gguf {
    /// `general.architecture`: the prefix of the keys that describe the model.
    pub fn architecture(&self) -> Option<&str> {
        self.metadata.text("general.architecture")
    }

    /// Whether the file holds a vision or audio tower for another file's language model.
    pub fn is_projector(&self) -> bool {
        self.architecture() == Some("clip") || self.metadata.text("general.type") == Some("mmproj")
    }

    /// Tokens in the vocabulary.
    pub fn vocabulary(&self) -> Option<u64> {
        self.metadata.length("tokenizer.ggml.tokens")
    }
}

/// Parses the header from the first bytes of a file.
///
/// `file_bytes` is the size of the whole file where it is known: without it a last tensor of unknown type has no size.
///
/// # Errors
/// What is no GGUF file, or one that no writer could have meant.
pub fn parse(prefix: &[u8], file_bytes: Option<u64>) -> Result<Prefix<Gguf>, GgufError> {
    let mut reader = Reader::new(prefix, file_bytes);
    match read(&mut reader, file_bytes) {
        Ok(gguf) => Ok(Prefix::Complete(gguf)),
        // Doubling keeps the work of starting over below twice that of one pass.
        Err(Stop::NeedMore(least)) => {
            let double = (prefix.len() as u64).saturating_mul(2).min(MAX_HEADER_BYTES);
            let hint = least.max(double);
            Ok(Prefix::NeedMore(file_bytes.map_or(hint, |file| hint.min(file))))
        }
        Err(Stop::Refused(error)) => Err(error),
    }
}

fn read(reader: &mut Reader<'_>, file_bytes: Option<u64>) -> Result<Gguf, Stop> {
    if reader.take(4)? != b"GGUF" {
        return Err(GgufError::Magic.into());
    }
    let version = match reader.u32()? {
        version @ 1..=3 => version,
        other if (1..=3).contains(&other.swap_bytes()) => return Err(GgufError::BigEndian.into()),
        other => return Err(GgufError::Version(other).into()),
    };
    let tensor_count = reader.count(version)?;
    let pair_count = reader.count(version)?;
    let metadata = Metadata::read(reader, version, pair_count)?;
    let alignment = alignment(&metadata)?;
    let listed = tensor_list::read(reader, version, tensor_count)?;
    let start = reader.position().next_multiple_of(alignment);
    let data = DataSection { start, alignment, file_bytes };
    let Placed { tensors, unclaimed, trailing } = tensor_list::place(listed, data)?;
    let split = Split::of(&metadata)?;
    let file = TensorFile { tensors, metadata: general(&metadata), header_bytes: start, unclaimed, trailing };
    Ok(Gguf { version, metadata, file, split })
}

fn alignment(metadata: &Metadata) -> Result<u64, GgufError> {
    const KEY: &str = "general.alignment";
    match metadata.get(KEY) {
        None => Ok(DEFAULT_ALIGNMENT),
        Some(value) => value
            .as_unsigned()
            .filter(|alignment| alignment.is_power_of_two() && *alignment <= 1 << 20)
            .ok_or_else(|| GgufError::Value {
                key: KEY.to_owned(),
                problem: "is no power of two".to_owned(),
            }),
    }
}

/// The short texts that describe the file.
fn general(metadata: &Metadata) -> BTreeMap<String, String> {
    metadata
        .iter()
        .filter(|(key, _)| key.starts_with("general."))
        .filter_map(|(key, value)| match value {
            Value::Text(text) => Some((key.to_owned(), text.clone())),
            _ => None,
        })
        .collect()
}
