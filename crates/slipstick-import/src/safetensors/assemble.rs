//! The shards of a model put together, checked against their index.

use std::collections::BTreeMap;

use super::ShardIndex;
use crate::tensors::TensorFile;

/// How many disagreements are spelt out before the rest is counted.
const NOTES: usize = 8;

/// Why shards do not make a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// Two shards hold one tensor.
    #[error("tensor '{tensor}' is in '{first}' and again in '{second}'")]
    Duplicate {
        /// The tensor.
        tensor: String,
        /// The shard that came first.
        first: String,
        /// The shard that repeats it.
        second: String,
    },
}

/// The tensors of all shards, and where index and headers disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The tensors of all shards.
    pub file: TensorFile,
    /// One sentence for each disagreement. The headers are right: they are what is loaded.
    pub notes: Vec<String>,
}

/// Puts shards together.
///
/// # Errors
/// A tensor in two shards.
pub fn assemble(
    index: Option<&ShardIndex>,
    shards: Vec<(String, TensorFile)>,
) -> Result<Assembled, AssembleError> {
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for (shard, file) in &shards {
        for tensor in &file.tensors {
            if let Some(first) = owner.insert(&tensor.name, shard) {
                return Err(AssembleError::Duplicate {
                    tensor: tensor.name.clone(),
                    first: first.to_owned(),
                    second: shard.clone(),
                });
            }
        }
    }
    let mut notes = index.map(|index| disagreements(index, &owner)).unwrap_or_default();
    let mut file = TensorFile::default();
    for (_, shard) in shards {
        file.header_bytes += shard.header_bytes;
        file.unclaimed += shard.unclaimed;
        file.trailing += shard.trailing;
        file.tensors.extend(shard.tensors);
        file.metadata.extend(shard.metadata);
    }
    if let Some(stated) = index.and_then(|index| index.total_size)
        && stated != file.bytes()
    {
        notes.push(format!(
            "the index states {} bytes of tensors, the headers hold {}: the headers are used",
            stated.get(),
            file.bytes().get()
        ));
    }
    Ok(Assembled { file, notes })
}

fn disagreements(index: &ShardIndex, owner: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut further = 0_usize;
    let mut note = |text: String| {
        if notes.len() < NOTES {
            notes.push(text);
        } else {
            further += 1;
        }
    };
    for (tensor, &shard) in &index.tensors {
        let expected = index.shards[shard].as_str();
        match owner.get(tensor.as_str()) {
            Some(&found) if found == expected => {}
            Some(&found) => {
                note(format!("the index places tensor '{tensor}' in '{expected}', it is in '{found}'"));
            }
            None => note(format!("the index names tensor '{tensor}', no shard holds it")),
        }
    }
    for &tensor in owner.keys() {
        if !index.tensors.contains_key(tensor) {
            note(format!("a shard holds tensor '{tensor}', the index does not name it"));
        }
    }
    if further > 0 {
        notes.push(format!("{further} further disagreements between index and shards"));
    }
    notes
}
