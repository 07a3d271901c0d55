//! Split files: parts that each list their own tensors, the first with all metadata.

use super::{Gguf, GgufError, Metadata};

/// The most parts of a split file: their names have five digits.
const MAX_PARTS: u64 = 99_999;

/// The position of a part among the parts of a split file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Which part, from 0.
    pub part: u64,
    /// How many parts there are.
    pub parts: u64,
    /// Tensors in all parts together, where the part says so.
    pub tensors: Option<u64>,
}

impl Split {
    pub(super) fn of(metadata: &Metadata) -> Result<Option<Self>, GgufError> {
        let Some(parts) = metadata.unsigned("split.count").filter(|parts| *parts > 1) else {
            return Ok(None);
        };
        let part = metadata.unsigned("split.no").unwrap_or(0);
        if parts > MAX_PARTS || part >= parts {
            return Err(GgufError::Split(format!("part {part} of {parts}")));
        }
        Ok(Some(Self { part, parts, tensors: metadata.unsigned("split.tensors.count") }))
    }

    /// The file name of another part, given the name of this one: `model-00002-of-00005.gguf`, counted from 1.
    ///
    /// `None` if this name does not follow the pattern: then the others cannot be found.
    pub fn sibling(self, name: &str, part: u64) -> Option<String> {
        let suffix = |part: u64| format!("-{:05}-of-{:05}.gguf", part + 1, self.parts);
        let stem = name.strip_suffix(&suffix(self.part))?;
        (part < self.parts).then(|| format!("{stem}{}", suffix(part)))
    }
}

/// Puts the parts of a split file together, in any order.
///
/// # Errors
/// Parts that are missing, repeated or of different files, or a tensor in two of them.
pub fn assemble(mut parts: Vec<Gguf>) -> Result<Gguf, GgufError> {
    let position = |gguf: &Gguf| gguf.split.map_or(0, |split| split.part);
    parts.sort_by_key(position);
    let expected = parts.first().and_then(|first| first.split).map_or(1, |split| split.parts);
    if parts.len() as u64 != expected {
        return Err(GgufError::Split(format!("{} of {expected} parts are there", parts.len())));
    }
    for (at, part) in parts.iter().enumerate() {
        let (found, of) = part.split.map_or((0, 1), |split| (split.part, split.parts));
        if found != at as u64 || of != expected {
            return Err(GgufError::Split(format!(
                "part {} of {of} stands where part {} should",
                found + 1,
                at + 1
            )));
        }
    }
    let mut parts = parts.into_iter();
    let Some(mut whole) = parts.next() else {
        return Err(GgufError::Split("no part is there".to_owned()));
    };
    for part in parts {
        whole.file.header_bytes += part.file.header_bytes;
        whole.file.unclaimed += part.file.unclaimed;
        whole.file.trailing += part.file.trailing;
        whole.file.tensors.extend(part.file.tensors);
    }
    check_whole(&whole)?;
    Ok(whole)
}

fn check_whole(whole: &Gguf) -> Result<(), GgufError> {
    let mut names: Vec<&str> = whole.file.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(GgufError::Duplicate(twice[0].to_owned()));
    }
    match whole.split.and_then(|split| split.tensors) {
        Some(stated) if stated != names.len() as u64 => {
            Err(GgufError::Split(format!("{} tensors are there, {stated} are stated", names.len())))
        }
        _ => Ok(()),
    }
}
