//! `m3-max:64GiB`: of the memory sizes that a chip is sold with, the one that is meant.

use slipstick_core::units::{Bytes, parse_bytes};

use super::{AcceleratorEntry, MemoryBasis};

/// A name and the memory size after its last colon, if a size stands there.
pub(super) fn split(text: &str) -> Option<(&str, Bytes)> {
    let (name, size) = text.rsplit_once(':')?;
    Some((name, parse_bytes(size).ok()?))
}

/// Of accelerators of one name those that have `memory`: by the label first, in which GB and GiB are one to most people,
/// else by what the driver reports. Main memory is no part of a processor, so that one may have any.
pub(super) fn with<'a>(named: &[&'a AcceleratorEntry], memory: Bytes) -> Vec<&'a AcceleratorEntry> {
    let kept = |of: &dyn Fn(&AcceleratorEntry) -> bool| -> Vec<&'a AcceleratorEntry> {
        named.iter().copied().filter(|entry| of(entry)).collect()
    };
    let labelled = kept(&|entry| {
        let is_label = |size: f64| (size / entry.label_gb - 1.0).abs() < 0.005;
        is_label(memory.as_gb()) || is_label(memory.as_gib())
    });
    if !labelled.is_empty() {
        return labelled;
    }
    kept(&|entry| entry.memory_basis == MemoryBasis::FitOut || reported(entry, memory))
}

/// Whether a driver can mean this part by so much memory: it reports up to a tenth less than the label, and never more.
/// Where an accelerator may have a part of the main memory only, drivers report all of it, which is the label.
fn reported(entry: &AcceleratorEntry, memory: Bytes) -> bool {
    let usable = entry.accelerator.memory;
    let ratio = memory.as_f64() / usable.as_f64().max(1.0);
    let whole = usable.as_gb() >= 0.9 * entry.label_gb;
    whole && (0.9..=1.1).contains(&ratio) && memory.as_gib() <= 1.005 * entry.label_gb
}

/// The name with each size that it is sold with, smallest first, where the size tells them apart.
pub(super) fn written(name: &str, named: &[&AcceleratorEntry]) -> Vec<String> {
    let mut labels: Vec<f64> = named.iter().map(|entry| entry.label_gb).collect();
    labels.sort_by(f64::total_cmp);
    labels.dedup();
    if labels.len() < named.len() {
        return Vec::new();
    }
    labels.into_iter().map(|label| format!("{name}:{label}GB")).collect()
}
