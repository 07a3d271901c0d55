//! `model.safetensors.index.json`: which shard holds which tensor.

use core::fmt;
use std::collections::BTreeMap;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use slipstick_core::units::Bytes;

/// The longest index that is read. The largest real ones, of mixtures with hundreds of experts, take 10 MB.
const MAX_INDEX_BYTES: usize = 100_000_000;

/// The most shards of a model. The largest real ones have a few hundred.
const MAX_SHARDS: usize = 10_000;

/// Why an index was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The index is longer than any real one.
    #[error("the index has {0} bytes, more than the {MAX_INDEX_BYTES} that are read")]
    TooLong(usize),
    /// No JSON of the expected shape.
    #[error("this is not a safetensors index: {0}")]
    Json(String),
    /// The index names no tensors.
    #[error("the index has no weight_map, or an empty one")]
    Empty,
}

/// Which shard holds which tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIndex {
    /// The sum of all tensor bytes as the index states it; re-uploaded repositories often state it wrongly.
    pub total_size: Option<Bytes>,
    /// The shards, in order of their names, each a relative path without `..`.
    pub shards: Vec<String>,
    /// For each tensor the position of its shard in `shards`.
    pub tensors: BTreeMap<String, usize>,
}

/// Parses an index.
///
/// # Errors
/// What is no index, lists a tensor twice, or names a shard outside its own folder or not a safetensors file.
pub fn parse_index(json: &[u8]) -> Result<ShardIndex, IndexError> {
    if json.len() > MAX_INDEX_BYTES {
        return Err(IndexError::TooLong(json.len()));
    }
    let raw: RawIndex = serde_json::from_slice(json).map_err(|error| IndexError::Json(error.to_string()))?;
    let map = raw.weight_map.filter(|map| !map.tensors.is_empty()).ok_or(IndexError::Empty)?;
    // Shards were numbered as they came; renumber them by name so that the order of the file does not show.
    let mut position = vec![0; map.shards.len()];
    for (at, &first_seen) in map.shards.values().enumerate() {
        position[first_seen] = at;
    }
    let tensors = map.tensors.into_iter().map(|(name, shard)| (name, position[shard])).collect();
    let total_size = raw.metadata.and_then(|metadata| metadata.total_size).map(|TotalSize(size)| size);
    Ok(ShardIndex { total_size, shards: map.shards.into_keys().collect(), tensors })
}

#[derive(Deserialize)]
struct RawIndex {
    metadata: Option<RawMetadata>,
    weight_map: Option<WeightMap>,
}

#[derive(Deserialize)]
struct RawMetadata {
    total_size: Option<TotalSize>,
}

/// Some writers store the sum as a float or a string.
struct TotalSize(Bytes);

impl<'de> Deserialize<'de> for TotalSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = TotalSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes")
            }
            fn visit_u64<E: serde::de::Error>(self, bytes: u64) -> Result<TotalSize, E> {
                Ok(TotalSize(Bytes::new(bytes)))
            }
            fn visit_f64<E: serde::de::Error>(self, bytes: f64) -> Result<TotalSize, E> {
                Ok(TotalSize(Bytes::ceil(bytes)))
            }
            fn visit_str<E: serde::de::Error>(self, bytes: &str) -> Result<TotalSize, E> {
                bytes.parse().map(|bytes| TotalSize(Bytes::new(bytes))).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Number)
    }
}

struct WeightMap {
    /// Shards by name, numbered in the order in which they were first seen.
    shards: BTreeMap<String, usize>,
    tensors: BTreeMap<String, usize>,
}

impl<'de> Deserialize<'de> for WeightMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = WeightMap;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from tensor to file")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<WeightMap, A::Error> {
                let mut map = WeightMap { shards: BTreeMap::new(), tensors: BTreeMap::new() };
                while let Some((tensor, shard)) = entries.next_entry::<String, String>()? {
                    let shard = map.shard(shard).map_err(A::Error::custom)?;
                    if map.tensors.contains_key(&tensor) {
                        return Err(A::Error::custom(format_args!("tensor '{tensor}' is listed twice")));
                    }
                    map.tensors.insert(tensor, shard);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl WeightMap {
    fn shard(&mut self, file: String) -> Result<usize, String> {
        if let Some(&known) = self.shards.get(&file) {
            return Ok(known);
        }
        check_shard_name(&file)?;
        let number = self.shards.len();
        if number == MAX_SHARDS {
            return Err(format!("more than {MAX_SHARDS} shards"));
        }
        self.shards.insert(file, number);
        Ok(number)
    }
}

/// A shard lies beside its index: no way out of the folder, and no index in place of a shard.
fn check_shard_name(file: &str) -> Result<(), String> {
    let escapes = file.is_empty()
        || file.contains(['\\', ':', '\0', '?', '#', '%'])
        || file.split('/').any(|step| matches!(step, "" | "." | ".."));
    if escapes {
        return Err(format!("shard '{file}' is not a path inside the model's folder"));
    }
    if !file.ends_with(".safetensors") {
        return Err(format!(
            "shard '{file}' is not a .safetensors file; convert the model to safetensors first"
        ));
    }
    Ok(())
}
