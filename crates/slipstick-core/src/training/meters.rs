//! The same memory as three meters read it.

use super::{Job, Stack, allocator::blocks};
use crate::{basis::Known, trace::Trace, units::Bytes};

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

/// What each meter reads more than its rule says, as it was fitted on measured runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterFits {
    /// Of tensors that live.
    pub allocated: Known<f64>,
    /// Of what the allocator took.
    pub reserved: Known<f64>,
    /// Of what the driver reports.
    pub device: Known<f64>,
    /// Bytes that the driver reports besides: communicators and libraries of the run.
    pub besides: Bytes,
}

/// What meters read of a peak by the software's rules alone: allocated, reserved, device.
pub fn by_rule(job: &Job<'_>, peak: Bytes) -> [Bytes; 3] {
    let (unused, besides) = beside(job, Trace::off());
    let reserved = peak.fraction(job.stack.reserved) + unused;
    [peak, reserved, reserved + job.stack.context + besides]
}

/// What an allocator holds without a use, and what the driver reports besides.
pub(super) fn beside(job: &Job<'_>, trace: Trace<'_>) -> (Bytes, Bytes) {
    job.stack.allocator.map_or((Bytes::ZERO, Bytes::ZERO), |own| {
        let blocks = blocks(job);
        (own.traced(&blocks, trace), own.besides(&blocks))
    })
}

/// What three meters read of a peak. None reads less than the one before it.
pub fn meters(job: &Job<'_>, peak: Bytes, fits: &MeterFits) -> Meters {
    let [allocated, reserved, device] = by_rule(job, peak);
    let allocated = fits.allocated.of_bytes(allocated);
    let reserved = fits.reserved.of_bytes(reserved).max(allocated);
    let device = fits.device.of_bytes(device + fits.besides).max(reserved);
    Meters { allocated, reserved, device }
}

/// The largest peak that a memory holds at all: an allocator that runs out gives back what it caches and tries again, so
/// that what lives, the least that was ever reserved beyond it, and the context must fit.
pub fn holds(stack: &Stack, memory: Bytes, fits: &MeterFits) -> Bytes {
    let least = (stack.reserved * fits.reserved.low).max(1.0);
    memory.saturating_sub(stack.context).fraction(1.0 / least)
}

/// What a job has to fit into: the memory that a driver reports, read as its meter is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room<'a> {
    /// The memory.
    pub memory: Bytes,
    /// What meters read more than rules say.
    pub fits: &'a MeterFits,
}

impl Room<'_> {
    /// What a job needs more than there is, if its peak is this.
    pub fn lacks(&self, job: &Job<'_>, peak: Bytes) -> Bytes {
        meters(job, peak, self.fits).device.value.saturating_sub(self.memory)
    }

    /// Whether it fits.
    pub fn holds(&self, job: &Job<'_>, peak: Bytes) -> bool {
        self.lacks(job, peak) == Bytes::ZERO
    }
}
