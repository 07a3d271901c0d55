//! The same memory as three meters read it.

use super::Job;
use crate::{basis::Known, units::Bytes};

/// The same memory as three meters read it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meters {
    /// Tensors that live.
    pub allocated: Known<Bytes>,
    /// What the allocator took of the device.
    pub reserved: Known<Bytes>,
    /// What the driver reports: context, libraries and communicators too.
    pub device: Known<Bytes>,
}

/// What three meters read of a peak.
pub fn meters(job: &Job<'_>, peak: Bytes, allocated: Known<f64>) -> Meters {
    let allocated = allocated.of_bytes(peak);
    let by = |factor: Known<f64>, of: Known<Bytes>| Known {
        value: of.value.fraction(factor.value),
        low: of.low.fraction(factor.low),
        high: of.high.fraction(factor.high),
        basis: factor.basis.and(of.basis),
    };
    let reserved = by(job.stack.reserved, allocated);
    let context = job.stack.context;
    let device = Known {
        value: reserved.value + context.value,
        low: reserved.low + context.low,
        high: reserved.high + context.high,
        basis: reserved.basis.and(context.basis),
    };
    Meters { allocated, reserved, device }
}
