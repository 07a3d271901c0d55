//! Sizes in the units that engines print.

/// Bytes of a unit, if it is one of memory.
pub(super) fn unit(name: &str) -> Option<f64> {
    match name.split_whitespace().next()? {
        "GiB" => Some(1_073_741_824.0),
        "MiB" => Some(1_048_576.0),
        "KiB" => Some(1024.0),
        "GB" => Some(1e9),
        "MB" => Some(1e6),
        "B" | "bytes" => Some(1.0),
        _ => None,
    }
}
