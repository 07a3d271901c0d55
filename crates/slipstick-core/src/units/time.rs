//! Time.

use super::quantity::quantity;

quantity! {
    /// A duration.
    Seconds, s, "seconds"
}

impl Seconds {
    /// From milliseconds.
    pub const fn ms(ms: f64) -> Self {
        Self::s(ms * 1e-3)
    }

    /// From microseconds.
    pub const fn us(us: f64) -> Self {
        Self::s(us * 1e-6)
    }

    /// In milliseconds.
    pub const fn as_ms(self) -> f64 {
        self.get() * 1e3
    }

    /// In hours.
    pub const fn as_hours(self) -> f64 {
        self.get() / 3600.0
    }
}

quantity! {
    /// Events per second: requests, tokens, steps.
    Frequency, per_s, "events per second"
}
