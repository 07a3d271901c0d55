//! The header of a safetensors file: eight bytes of length, then JSON.
//!
//! Source: the format's own description (safetensors 0.8.0, README and `tensor.rs`).

use core::fmt;
use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use slipstick_core::units::Bytes;

use crate::tensors::{Dtype, Prefix, StoredType, TensorFile, TensorInfo};

/// The longest header that is read; the reference implementation refuses longer ones too.
pub const MAX_HEADER_BYTES: u64 = 100_000_000;

/// The most dimensions of a tensor; none of the frameworks stores more than a handful.
const MAX_RANK: usize = 16;

/// The most texts beside the tensors; real files have a handful.
const MAX_METADATA: usize = 4096;

/// The longest name of an element type; the format's own take seven letters.
const MAX_DTYPE_BYTES: usize = 32;

/// Why a safetensors header was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SafetensorsError {
    /// The stated header length is beyond every real file.
    #[error(
        "the header claims {0} bytes, more than the {MAX_HEADER_BYTES} that safetensors allows: this is not a safetensors file, or it is damaged"
    )]
    HeaderTooLong(u64),
    /// The file ends before the header does.
    #[error("the file has {file} bytes but its header ends at byte {header}: download it again")]
    Truncated {
        /// Bytes in the file.
        file: u64,
        /// Where the header ends.
        header: u64,
    },
    /// The header is no JSON of the expected shape.
    #[error("the header is not the JSON of a safetensors file: {0}")]
    Json(String),
    /// Two tensors have one name.
    #[error("tensor '{0}' is listed twice")]
    Duplicate(String),
    /// Offsets are reversed, or shape and type do not give the bytes between them.
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
}

/// Parses the header from the first bytes of a file.
///
/// `file_bytes` is the size of the whole file where it is known: then the tensors are checked to fit into it.
///
/// # Errors
/// A header that no writer could have meant: too long, not JSON, tensors that overlap or whose bytes disagree with
/// their shape.
pub fn parse_header(prefix: &[u8], file_bytes: Option<u64>) -> Result<Prefix<TensorFile>, SafetensorsError> {
    let Some((length, rest)) = prefix.split_first_chunk::<8>() else {
        return match file_bytes {
            Some(file) if file < 8 => Err(SafetensorsError::Truncated { file, header: 8 }),
            _ => Ok(Prefix::NeedMore(8)),
        };
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER_BYTES {
        return Err(SafetensorsError::HeaderTooLong(length));
    }
    let header_bytes = length + 8;
    if let Some(file) = file_bytes.filter(|file| *file < header_bytes) {
        return Err(SafetensorsError::Truncated { file, header: header_bytes });
    }
    let Some(json) = usize::try_from(length).ok().and_then(|length| rest.get(..length)) else {
        return Ok(Prefix::NeedMore(header_bytes));
    };
    let header: Header =
        serde_json::from_slice(json).map_err(|error| SafetensorsError::Json(error.to_string()))?;
    let (unclaimed, trailing) = check_layout(&header.tensors, header_bytes, file_bytes)?;
    let tensors = header.tensors.into_iter().map(|(tensor, _)| tensor).collect();
    Ok(Prefix::Complete(TensorFile { tensors, metadata: header.metadata, header_bytes, unclaimed, trailing }))
}

/// Checks that names differ and data does not overlap; gives the bytes that no tensor claims, and those of them after
/// the last.
fn check_layout(
    tensors: &[(TensorInfo, u64)],
    header_bytes: u64,
    file_bytes: Option<u64>,
) -> Result<(Bytes, Bytes), SafetensorsError> {
    let mut names: Vec<&str> = tensors.iter().map(|(tensor, _)| tensor.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(SafetensorsError::Duplicate(twice[0].to_owned()));
    }
    let mut placed: Vec<&(TensorInfo, u64)> =
        tensors.iter().filter(|(tensor, _)| tensor.bytes.get() > 0).collect();
    placed.sort_by_key(|(_, start)| *start);
    let mut end = 0;
    let mut unclaimed = 0;
    let mut previous = "";
    for (tensor, start) in placed {
        if *start < end {
            return Err(SafetensorsError::Overlap(previous.to_owned(), tensor.name.clone()));
        }
        unclaimed += start - end;
        // The end was read as a number, so it cannot overflow.
        end = start + tensor.bytes.get();
        previous = &tensor.name;
    }
    let needed = header_bytes.saturating_add(end);
    match file_bytes {
        Some(file) if file < needed => Err(SafetensorsError::DataMissing { needed, file }),
        Some(file) => Ok((Bytes::new(unclaimed + (file - needed)), Bytes::new(file - needed))),
        None => Ok((Bytes::new(unclaimed), Bytes::ZERO)),
    }
}

#[derive(Deserialize)]
struct RawTensor {
    dtype: String,
    shape: Shape,
    data_offsets: (u64, u64),
}

struct Shape(Vec<u64>);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Dimensions;
        impl<'de> Visitor<'de> for Dimensions {
            type Value = Shape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of dimensions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
                let mut shape = Vec::new();
                while let Some(dimension) = list.next_element()? {
                    if shape.len() == MAX_RANK {
                        return Err(A::Error::custom(format_args!(
                            "a shape of more than {MAX_RANK} dimensions"
                        )));
                    }
                    shape.push(dimension);
                }
                Ok(Shape(shape))
            }
        }
        deserializer.deserialize_seq(Dimensions)
    }
}

struct Texts(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Texts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((key, text)) = entries.next_entry()? {
                    if texts.len() == MAX_METADATA {
                        return Err(A::Error::custom(format_args!(
                            "more than {MAX_METADATA} metadata texts"
                        )));
                    }
                    texts.insert(key, text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The tensors with where their data starts, in the order of the header.
struct Header {
    tensors: Vec<(TensorInfo, u64)>,
    metadata: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Header, A::Error> {
                let mut header = Header { tensors: Vec::new(), metadata: BTreeMap::new() };
                while let Some(name) = entries.next_key::<String>()? {
                    if name == "__metadata__" {
                        header.metadata = entries.next_value::<Texts>()?.0;
                    } else {
                        let tensor = tensor(name, entries.next_value()?).map_err(A::Error::custom)?;
                        header.tensors.push(tensor);
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn tensor(name: String, raw: RawTensor) -> Result<(TensorInfo, u64), SafetensorsError> {
    let (start, end) = raw.data_offsets;
    let stored = match Dtype::parse(&raw.dtype) {
        Some(dtype) => StoredType::Plain(dtype),
        None if raw.dtype.len() <= MAX_DTYPE_BYTES => StoredType::UnknownDtype(raw.dtype),
        None => {
            let problem = format!("its dtype is {} letters long", raw.dtype.len());
            return Err(SafetensorsError::Tensor { name, problem });
        }
    };
    let checked = match end.checked_sub(start) {
        None => Err(format!("its data ends at {end}, before it starts at {start}")),
        Some(bytes) => check_bytes(&stored, &raw.shape.0, bytes),
    };
    match checked {
        Ok(bytes) => Ok((TensorInfo { name, stored, shape: raw.shape.0, bytes }, start)),
        Err(problem) => Err(SafetensorsError::Tensor { name, problem }),
    }
}

fn check_bytes(stored: &StoredType, shape: &[u64], bytes: u64) -> Result<Bytes, String> {
    let elements = crate::tensors::elements(shape)
        .ok_or_else(|| format!("the shape {shape:?} has more elements than can be counted"))?;
    if let StoredType::Plain(dtype) = stored {
        let expected = elements
            .checked_mul(dtype.bits())
            .ok_or_else(|| format!("the shape {shape:?} has more bits than can be counted"))?;
        if bytes.checked_mul(8) != Some(expected) {
            return Err(format!(
                "{} of shape {shape:?} takes {} bytes, but its offsets span {bytes}",
                dtype.name(),
                expected.div_ceil(8)
            ));
        }
    }
    Ok(Bytes::new(bytes))
}
