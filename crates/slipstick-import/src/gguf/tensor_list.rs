//! The list of tensors in a GGUF header.

use std::collections::BTreeSet;

use slipstick_core::{numeric::GgmlType, units::Bytes};

use super::{
    GgufError,
    reader::{Reader, Stop},
};
use crate::tensors::{StoredType, TensorInfo, elements};

/// The dimensions that ggml has.
const MAX_RANK: u32 = 4;

/// The types that ggml had and removed, with the names they had.
const REMOVED: &[(u32, &str)] = &[
    (4, "Q4_2"),
    (5, "Q4_3"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (36, "IQ4_NL_4_4"),
    (37, "IQ4_NL_4_8"),
    (38, "IQ4_NL_8_8"),
];

/// A tensor as listed: its bytes are known once all offsets are.
pub(super) struct Listed {
    info: TensorInfo,
    offset: u64,
}

pub(super) fn read(reader: &mut Reader<'_>, version: u32, count: u64) -> Result<Vec<Listed>, Stop> {
    // A tensor has at least a length, a letter, its rank, a type and an offset.
    reader.check_room(count, 21)?;
    let mut listed = Vec::new();
    let mut names = BTreeSet::new();
    for _ in 0..count {
        let name = reader.name(version, "the tensor name")?;
        if !names.insert(name) {
            return Err(GgufError::Duplicate(name.to_owned()).into());
        }
        listed.push(read_one(reader, version, name)?);
    }
    Ok(listed)
}

fn read_one(reader: &mut Reader<'_>, version: u32, name: &str) -> Result<Listed, Stop> {
    let refused = |problem: String| Stop::Refused(GgufError::Tensor { name: name.to_owned(), problem });
    let rank = reader.u32()?;
    if rank > MAX_RANK {
        return Err(refused(format!("has {rank} dimensions, ggml has at most {MAX_RANK}")));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        shape.push(reader.count(version)?);
    }
    let id = reader.u32()?;
    let offset = reader.u64()?;
    let row = shape.first().copied().unwrap_or(1);
    // The file lists the fastest dimension first.
    shape.reverse();
    let (stored, bytes) = match GgmlType::try_from(id) {
        Ok(ggml) => (StoredType::Ggml(ggml), checked_bytes(ggml, &shape, row).map_err(refused)?),
        Err(_) => match REMOVED.iter().find(|(removed, _)| *removed == id) {
            Some((_, was)) => {
                return Err(refused(format!(
                    "is of type {id} ({was}), which ggml removed; convert it again"
                )));
            }
            None => (StoredType::UnknownGgml(id), Bytes::ZERO),
        },
    };
    if elements(&shape).is_none() {
        return Err(refused(format!("the shape {shape:?} has more elements than can be counted")));
    }
    Ok(Listed { info: TensorInfo { name: name.to_owned(), stored, shape, bytes }, offset })
}

fn checked_bytes(ggml: GgmlType, shape: &[u64], row: u64) -> Result<Bytes, String> {
    let layout = ggml.layout();
    if !row.is_multiple_of(layout.values) {
        return Err(format!(
            "a row of {row} is no whole number of {} blocks of {}",
            ggml.name(),
            layout.values
        ));
    }
    elements(shape)
        .and_then(|elements| (elements / layout.values).checked_mul(layout.bytes))
        .map(Bytes::new)
        .ok_or_else(|| format!("the shape {shape:?} has more bytes than can be counted"))
}

/// Where the data section lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataSection {
    pub(super) start: u64,
    pub(super) alignment: u64,
    pub(super) file_bytes: Option<u64>,
}

/// The tensors with their places checked.
pub(super) struct Placed {
    pub(super) tensors: Vec<TensorInfo>,
    /// Bytes that no tensor claims.
    pub(super) unclaimed: Bytes,
    /// Those of them after the last tensor and its alignment.
    pub(super) trailing: Bytes,
}

/// Checks that the tensors lie one after the other, gives those of unknown type the gap to the next, and counts the
/// bytes that no tensor claims.
pub(super) fn place(mut listed: Vec<Listed>, data: DataSection) -> Result<Placed, GgufError> {
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|&at| listed[at].offset);
    let end_of_data = data.file_bytes.map(|file| file.saturating_sub(data.start));
    let mut end = 0_u64;
    let mut unclaimed = 0_u64;
    for (position, &at) in order.iter().enumerate() {
        let next = order.get(position + 1).map(|&next| listed[next].offset);
        let offset = listed[at].offset;
        if !offset.is_multiple_of(data.alignment) {
            return Err(problem(
                &listed[at],
                format!("its offset {offset} is not aligned to {}", data.alignment),
            ));
        }
        if offset < end {
            let before = position.checked_sub(1).map_or(at, |before| order[before]);
            return Err(GgufError::Overlap(listed[before].info.name.clone(), listed[at].info.name.clone()));
        }
        if !listed[at].info.stored.is_known() {
            let Some(next) = next.or(end_of_data).filter(|next| *next >= offset) else {
                return Err(problem(
                    &listed[at],
                    "its type is not known and nothing tells its size".to_owned(),
                ));
            };
            listed[at].info.bytes = Bytes::new(next - offset);
        }
        unclaimed = unclaimed.saturating_add(offset - end);
        let bytes = listed[at].info.bytes.get();
        end = offset.checked_add(bytes).ok_or_else(|| {
            problem(&listed[at], format!("its offset {offset} is past the end of any file"))
        })?;
    }
    let needed = data.start.saturating_add(end);
    let file = data.file_bytes.unwrap_or(needed);
    if file < needed {
        return Err(GgufError::DataMissing { needed, file });
    }
    Ok(Placed {
        tensors: listed.into_iter().map(|listed| listed.info).collect(),
        unclaimed: Bytes::new(unclaimed.saturating_add(file - needed)),
        trailing: Bytes::new((file - needed).saturating_sub(needed.wrapping_neg() % data.alignment)),
    })
}

fn problem(listed: &Listed, problem: String) -> GgufError {
    GgufError::Tensor { name: listed.info.name.clone(), problem }
}
