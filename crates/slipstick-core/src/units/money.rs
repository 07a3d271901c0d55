//! Money, in US dollars only: every price in the catalogue is in USD.

use super::{Seconds, quantity::quantity};

quantity! {
    /// US dollars.
    Usd, dollars, "US dollars"
}

quantity! {
    /// US dollars per hour.
    UsdPerHour, dollars_per_hour, "US dollars per hour"
}

impl core::ops::Mul<Seconds> for UsdPerHour {
    type Output = Usd;
    fn mul(self, time: Seconds) -> Usd {
        Usd::dollars(self.get() * time.as_hours())
    }
}
