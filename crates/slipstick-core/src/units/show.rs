//! How quantities print: capacity in GiB, bandwidth in GB/s, always with the unit.

use core::fmt;

use super::{Bandwidth, Bytes, Energy, FlopRate, Flops, Intensity, Power, Seconds, Traffic, Usd, UsdPerHour};

/// Three significant digits for small values, one decimal for hundreds, none from a thousand on, which is grouped.
fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        "0".to_owned()
    } else if magnitude >= 1e15 {
        format!("{value:.2e}")
    } else if magnitude >= 999.95 {
        whole(value)
    } else if magnitude >= 99.995 {
        format!("{value:.1}")
    } else if magnitude >= 1.0 {
        format!("{value:.2}")
    } else if magnitude >= 0.01 {
        format!("{value:.3}")
    } else {
        format!("{value:.2e}")
    }
}

/// A number without decimals, thousands grouped.
///
/// ```
/// # use slipstick_core::units::show::whole;
/// assert_eq!([whole(-1234.5), whole(999.6)], ["-1,234", "1,000"]);
/// ```
pub fn whole(value: f64) -> String {
    let digits = grouped_digits(&format!("{:.0}", value.abs()));
    if value < 0.0 { format!("-{digits}") } else { digits }
}

/// `1234567` as `1,234,567`.
///
/// ```
/// # use slipstick_core::units::show::grouped;
/// assert_eq!(grouped(8_030_261_248), "8,030,261,248");
/// ```
pub fn grouped(count: u64) -> String {
    grouped_digits(&count.to_string())
}

fn grouped_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of things: `1 request`, `1,256 tokens`.
///
/// ```
/// # use slipstick_core::units::show::counted;
/// assert_eq!([counted(1, "sequence"), counted(1256, "token")], ["1 sequence", "1,256 tokens"]);
/// ```
pub fn counted(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(count))
}

/// A count with a decimal prefix: `8.03 B` for eight billion parameters.
///
/// ```
/// # use slipstick_core::units::show::scaled;
/// assert_eq!(scaled(8_030_261_248.0), "8.03B");
/// assert_eq!(scaled(671_026_404_352.0), "671.0B");
/// assert_eq!([scaled(999.96), scaled(999_960.0), scaled(2.5e19)], ["1,000", "1,000k", "25,000P"]);
/// ```
pub fn scaled(count: f64) -> String {
    let magnitude = count.abs();
    for (limit, divisor, suffix) in
        [(1e15, 1e15, "P"), (1e12, 1e12, "T"), (1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e3, 1e3, "k")]
    {
        if magnitude >= limit {
            return format!("{}{suffix}", significant(count / divisor));
        }
    }
    significant(count)
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.get();
        let text = if bytes >= 1 << 27 {
            format!("{} GiB", significant(self.as_gib()))
        } else if bytes >= 1 << 20 {
            format!("{} MiB", significant(self.as_mib()))
        } else if bytes >= 1 << 10 {
            format!("{} KiB", significant(bytes as f64 / 1024.0))
        } else {
            format!("{bytes} B")
        };
        f.pad(&text)
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} GB", significant(self.get() / 1e9)))
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} GB/s", significant(self.as_gb_per_s())))
    }
}

impl fmt::Display for Flops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} GFLOP", significant(self.get() / 1e9)))
    }
}

impl fmt::Display for FlopRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} TFLOP/s", significant(self.as_tflops_per_s())))
    }
}

impl fmt::Display for Intensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} FLOP/B", significant(self.get())))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.get();
        let text = if seconds >= 86_400.0 {
            format!("{} d", significant(seconds / 86_400.0))
        } else if seconds >= 3600.0 {
            format!("{} h", significant(seconds / 3600.0))
        } else if seconds >= 1.0 {
            format!("{} s", significant(seconds))
        } else if seconds >= 1e-3 {
            format!("{} ms", significant(seconds * 1e3))
        } else {
            format!("{} us", significant(seconds * 1e6))
        };
        f.pad(&text)
    }
}

/// Smallest amount that is written out; below it zeros would hide the digits.
const SMALLEST_WRITTEN_OUT: f64 = 1e-6;

/// Dollars as price lists write them: cents, and below a dollar as many decimals as two digits need.
fn dollars(amount: f64) -> String {
    let magnitude = amount.abs();
    if !(SMALLEST_WRITTEN_OUT..1e15).contains(&magnitude) {
        return format!("${}", significant(amount));
    }
    if magnitude >= 1000.0 {
        let sign = if amount < 0.0 { "-" } else { "" };
        return format!("{sign}${}", grouped_digits(&format!("{magnitude:.0}")));
    }
    let mut decimals = 2;
    if magnitude < 1.0 {
        decimals = 3;
        let mut digits = magnitude * 1e3;
        while digits < 10.0 {
            digits *= 10.0;
            decimals += 1;
        }
    }
    format!("${amount:.decimals$}")
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&dollars(self.get()))
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hourly = self.get();
        // Cents are enough wherever they tell two prices apart.
        let cents = hourly == 0.0 || (0.1..1000.0).contains(&hourly);
        let text = if cents { format!("${hourly:.2}") } else { dollars(hourly) };
        f.pad(&format!("{text}/h"))
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} W", significant(self.get())))
    }
}

impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} kWh", significant(self.as_kwh())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Power, Seconds, Usd, UsdPerHour};

    #[test]
    fn thousands_are_grouped_and_a_limit_is_met_after_rounding() {
        let watts = [1574.3, 999.96, 99.996, 1e6].map(|watts| Power::watts(watts).to_string());
        assert_eq!(watts, ["1,574 W", "1,000 W", "100.0 W", "1,000,000 W"]);
        assert_eq!(Seconds::s(1431.2).to_string(), "1,431 s");
    }

    #[test]
    fn small_money_reads_as_a_price_list_writes_it() {
        let shown = [0.0, 2.4e-7, 0.000_179, 0.007_93, 0.012, 0.138_2, 3.4, 138.208, 12_345.6];
        let texts = shown.map(|amount| Usd::dollars(amount).to_string());
        assert_eq!(
            texts,
            ["$0", "$2.40e-7", "$0.00018", "$0.0079", "$0.012", "$0.138", "$3.40", "$138.21", "$12,346"]
        );
        let hourly = [0.29, 0.004_2, 12.0].map(|amount| UsdPerHour::dollars_per_hour(amount).to_string());
        assert_eq!(hourly, ["$0.29/h", "$0.0042/h", "$12.00/h"]);
    }
}
