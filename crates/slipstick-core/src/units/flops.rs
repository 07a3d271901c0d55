//! Floating-point work, its rate, and arithmetic intensity.

use super::{Bandwidth, Seconds, Traffic, quantity::quantity};

quantity! {
    /// Floating-point operations; a multiply-add counts as two.
    Flops, count, "FLOPs"
}

quantity! {
    /// Floating-point (or integer) operations per second.
    FlopRate, flops_per_s, "FLOP/s"
}

quantity! {
    /// Arithmetic intensity: FLOPs per byte moved.
    Intensity, flops_per_byte, "FLOP/B"
}

impl FlopRate {
    /// From TFLOP/s (10^12), the unit of data sheets.
    pub const fn tflops_per_s(tflops: f64) -> Self {
        Self::flops_per_s(tflops * 1e12)
    }

    /// In TFLOP/s (10^12).
    pub const fn as_tflops_per_s(self) -> f64 {
        self.get() / 1e12
    }

    /// The ridge point of the roofline: the intensity above which compute binds (Williams et al. 2009).
    ///
    /// ```
    /// # use slipstick_core::units::{Bandwidth, FlopRate};
    /// // An NVIDIA A10: 125 TFLOP/s against 600 GB/s.
    /// let ridge = FlopRate::tflops_per_s(125.0).ridge(Bandwidth::gb_per_s(600.0));
    /// assert!((ridge.get() - 208.333).abs() < 1e-3);
    /// ```
    pub const fn ridge(self, bandwidth: Bandwidth) -> Intensity {
        Intensity::flops_per_byte(self.get() / bandwidth.get())
    }
}

impl core::ops::Div<FlopRate> for Flops {
    type Output = Seconds;
    fn div(self, rate: FlopRate) -> Seconds {
        Seconds::s(self.get() / rate.get())
    }
}

impl core::ops::Div<Seconds> for Flops {
    type Output = FlopRate;
    fn div(self, time: Seconds) -> FlopRate {
        FlopRate::flops_per_s(self.get() / time.get())
    }
}

impl core::ops::Div<Traffic> for Flops {
    type Output = Intensity;
    fn div(self, traffic: Traffic) -> Intensity {
        Intensity::flops_per_byte(self.get() / traffic.get())
    }
}
