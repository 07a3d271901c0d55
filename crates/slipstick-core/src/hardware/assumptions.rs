//! What an estimate assumes where nobody fitted or stated anything better.

use crate::basis::Known;

/// Shares that hold for every accelerator and engine until something better is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumptions {
    /// Share of the power limit that an idle accelerator draws with a context open.
    pub idle_power: Known<f64>,
    /// How hard memory traffic alone loads an accelerator, against full arithmetic.
    pub memory_power: Known<f64>,
    /// The same of traffic between accelerators.
    pub link_power: Known<f64>,
    /// The largest load at which prompts that wait for each other are counted as a queue in steady state: closed loops keep
    /// it from growing without bound.
    pub prompt_load: Known<f64>,
    /// Bytes of an element of recurrent state where no engine is named.
    pub state_bytes: Known<f64>,
}
