//! Power and energy.

use super::{Seconds, quantity::quantity};

quantity! {
    /// Power.
    Power, watts, "watts"
}

quantity! {
    /// Energy.
    Energy, joules, "joules"
}

impl Energy {
    /// In kilowatt-hours.
    pub const fn as_kwh(self) -> f64 {
        self.get() / 3.6e6
    }
}

impl core::ops::Mul<Seconds> for Power {
    type Output = Energy;
    fn mul(self, time: Seconds) -> Energy {
        Energy::joules(self.get() * time.get())
    }
}
