//! Quantities as a person writes them, in requests and scenario files: `32k`, `80GiB`, `200ms`, `$2.50/h`, `2/s`.

use core::{fmt, str::FromStr};
use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use slipstick_core::units::{
    Bytes, Flops, Frequency, ParseError, Power, Seconds, Usd, UsdPerHour, parse_bytes, parse_count,
    parse_duration, parse_number, parse_power, parse_price,
};

/// Declares a quantity that is written as text.
macro_rules! written {
    ($(#[$meta:meta])* $name:ident, $inner:ty, $parse:path, $show:expr, [$($examples:expr),*]) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(quantity: $inner) -> Self {
                Self(quantity)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                $parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn($inner) -> String = $show;
                f.pad(&show(self.0))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = deserializer.deserialize_any(TextOrWhole)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": ["string", "number"], "examples": [$($examples),*]})
            }
        }
    };
}

written! {
    /// A number of tokens, requests or ranks.
    Count, u64, parse_count, |count| count.to_string(), ["32k", 4096]
}
written! {
    /// A size in memory.
    Memory, Bytes, parse_bytes, |bytes| format!("{}B", bytes.get()), ["80GiB"]
}
written! {
    /// A duration.
    Duration, Seconds, parse_duration, |time| format!("{}s", time.get()), ["200ms"]
}
written! {
    /// The slowest acceptable time, of the mean or of a share of requests: `1s`, `mean:1s`, `p95:1s`.
    TimeTarget, Aim, parse_aim, |aim| aim.to_string(), ["1s", "p95:1s"]
}
written! {
    /// A price per hour.
    Price, UsdPerHour, parse_price, |price| format!("${}/h", price.get()), ["$2.50/h"]
}
written! {
    /// What is paid every month, whatever the load.
    Monthly, Usd, parse_monthly, |usd| format!("${}/month", usd.get()), ["$3000/month"]
}
written! {
    /// A power: `10kW`, or a number of watts.
    Watts, Power, parse_watts, |power| format!("{}W", power.get()), ["10kW", 10_000]
}
written! {
    /// Requests per second.
    Rate, Frequency, parse_rate, |rate| format!("{}/s", rate.get()), ["2/s"]
}

written! {
    /// Work in FLOP: `5.76e23`, `576 ZFLOP`, `6667 PF-days`.
    Work, Flops, parse_work, |work| work.get().to_string(), ["5.76e23", "1000 PF-days"]
}

written! {
    /// A number, whole or not.
    Amount, f64, parse_number, |number| number.to_string(), ["100k", 2.5e6]
}

written! {
    /// A sum in US dollars.
    Dollars, Usd, parse_dollars, |sum| format!("${}", sum.get()), ["$5M", 100_000]
}

written! {
    /// A share between 0 and 1: `60%` or `0.6`.
    Share, f64, parse_share, |share| share.to_string(), ["60%", 0.6]
}

/// A time, and the share of requests that must not exceed it; none where the mean must not.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Aim {
    /// The time.
    pub time: Seconds,
    /// The share, from 0.5 to 0.999.
    pub share: Option<f64>,
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Duration(self.time);
        // Whole thousandths: 0.95 is p95 and 0.999 is p99.9.
        let percent = |share: f64| (share * 1000.0).round() / 10.0;
        let of = self.share.map_or_else(String::new, |share| format!("p{}:", percent(share)));
        f.pad(&format!("{of}{time}"))
    }
}

impl From<Duration> for TimeTarget {
    fn from(time: Duration) -> Self {
        Self(Aim { time: time.0, share: None })
    }
}

fn wrong_aim(text: &str, why: &'static str) -> ParseError {
    ParseError {
        input: text.chars().take(40).collect(),
        what: "a time of the mean or of a percentile",
        why,
        example: "1s, mean:1s or p95:1s",
    }
}

fn parse_aim(text: &str) -> Result<Aim, ParseError> {
    let Some((of, time)) = text.split_once(':') else {
        let time = parse_duration(text);
        let is_percentile = text.trim().strip_prefix(['p', 'P']).is_some_and(|of| of.parse::<f64>().is_ok());
        return match time {
            Err(_) if is_percentile => Err(wrong_aim(text, "a percentile needs its time")),
            time => Ok(Aim { time: time?, share: None }),
        };
    };
    let wrong = |why| wrong_aim(text, why);
    let time = parse_duration(time)?;
    let of = of.trim().to_ascii_lowercase();
    if of == "mean" {
        return Ok(Aim { time, share: None });
    }
    let percent = of.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok());
    let percent = percent.ok_or_else(|| wrong("before the colon stands neither mean nor a percentile"))?;
    if !(50.0..=99.9).contains(&percent) {
        return Err(wrong("percentiles go from p50 to p99.9"));
    }
    Ok(Aim { time, share: Some(percent / 100.0) })
}

/// A text, or a number, which is read as the text of it: only counts and shares need no unit.
struct TextOrWhole;

impl de::Visitor<'_> for TextOrWhole {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text such as \"32k\" or \"80GiB\", or a number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<String, E> {
        Ok(count.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E: de::Error>(self, count: i64) -> Result<String, E> {
        Ok(count.to_string())
    }
}

/// A power, in watts where no unit is said: `10kW`, `10k`.
fn parse_watts(text: &str) -> Result<Power, ParseError> {
    parse_power(text).or_else(|wrong| parse_number(text).map(Power::watts).map_err(|_| wrong))
}

/// Dollars a month: `$3000/month`.
fn parse_monthly(text: &str) -> Result<Usd, ParseError> {
    let error = |why| ParseError {
        input: text.chars().take(40).collect(),
        what: "dollars a month",
        why,
        example: "$3000/month",
    };
    let amount = text.trim().strip_suffix("/month").or_else(|| text.trim().strip_suffix("/mo"));
    let amount = amount.ok_or_else(|| error("it needs dollars and a month"))?;
    let hourly = parse_price(&format!("{}/h", amount.trim_end())).map_err(|wrong| error(wrong.why))?;
    Ok(Usd::dollars(hourly.get()))
}

/// More requests in flight, or a second, than any workload has.
pub(crate) const MOST_REQUESTS: f64 = (1_u64 << 32) as f64;

/// Requests per second: `2/s`, `0.5req/s`, `120/min`.
fn parse_rate(text: &str) -> Result<Frequency, ParseError> {
    let error = |why| ParseError {
        input: text.chars().take(40).collect(),
        what: "a request rate",
        why,
        example: "2/s, 0.5req/s, 120/min or 50000/day",
    };
    let Some((count, per)) = text.trim().split_once('/') else {
        return Err(error("the unit is missing"));
    };
    let count = count.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim();
    let seconds = match per.trim() {
        "s" | "sec" | "second" => 1.0,
        "min" | "minute" => 60.0,
        "h" | "hour" => 3600.0,
        "d" | "day" => 86_400.0,
        _ => return Err(error("the unit is unknown")),
    };
    match count.parse::<f64>().map(|count| count / seconds) {
        Ok(value) if value > MOST_REQUESTS => Err(error("it is more than 2^32 requests a second")),
        Ok(value) if value >= 0.0 => Ok(Frequency::per_s(value)),
        _ => Err(error("it is not a positive number")),
    }
}

/// Work: `5.76e23`, `1e21 FLOP`, `576 ZFLOP`, `6667 PF-days`.
fn parse_work(text: &str) -> Result<Flops, ParseError> {
    /// FLOP of a petaFLOP/s for a day.
    const PETAFLOP_DAY: f64 = 8.64e19;
    let trimmed = text.trim();
    let bare =
        ["FLOPs", "FLOPS", "FLOP"].iter().find_map(|unit| trimmed.strip_suffix(unit)).map(str::trim_end);
    let (number, factor) = match (trimmed.strip_suffix("PF-days"), bare) {
        (Some(days), _) => (days, PETAFLOP_DAY),
        (None, Some(rest)) => match (rest.strip_suffix('Z'), rest.strip_suffix('Y')) {
            (Some(rest), _) => (rest, 1e21),
            (None, Some(rest)) => (rest, 1e24),
            (None, None) => (rest, 1.0),
        },
        (None, None) => (trimmed, 1.0),
    };
    let wrong = |why| ParseError {
        input: text.chars().take(40).collect(),
        what: "an amount of work",
        why,
        example: "5.76e23, 576ZFLOP or 6667PF-days",
    };
    let work = parse_number(number).map_err(|error| wrong(error.why))? * factor;
    if work.is_finite() { Ok(Flops::count(work)) } else { Err(wrong("the number is too large")) }
}

/// A sum: `$5M`, `100k`, `2500 USD`.
fn parse_dollars(text: &str) -> Result<Usd, ParseError> {
    let trimmed = text.trim();
    let number = trimmed.strip_prefix('$').or_else(|| trimmed.strip_suffix("USD")).unwrap_or(trimmed);
    let sum = parse_number(number).map_err(|error| ParseError {
        input: text.chars().take(40).collect(),
        what: "a sum of dollars",
        example: "$5M, 100k or 2500USD",
        ..error
    })?;
    Ok(Usd::dollars(sum))
}

/// A share of a whole: more than nothing, at most all.
fn parse_share(text: &str) -> Result<f64, ParseError> {
    let error = |why| ParseError {
        input: text.chars().take(40).collect(),
        what: "a share",
        why,
        example: "60% or 0.6",
    };
    let (number, whole) = match text.trim().strip_suffix('%') {
        Some(number) => (number.trim(), 100.0),
        None => (text.trim(), 1.0),
    };
    let share = number.parse::<f64>().map_err(|_| error("it is not a number"))? / whole;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err(error("it is not between 0 and 1")) }
}

impl From<Duration> for core::time::Duration {
    /// The longest that there is, where it is longer.
    fn from(time: Duration) -> Self {
        Self::try_from_secs_f64(time.0.get()).unwrap_or(Self::MAX)
    }
}

/// A positive figure, such as a mean of counts, as the nearest count from 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is at least 1, and saturates"
)]
pub(crate) fn nearest_count(figure: f64) -> u64 {
    figure.round().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::{Count, Dollars, Duration, Memory, Monthly, Rate, Share, TimeTarget, Watts, Work};

    #[test]
    fn what_is_written_is_read_back() {
        let memory: Memory = "80GiB".parse().unwrap();
        assert_eq!(memory.to_string().parse::<Memory>().unwrap(), memory);
        let rate: Rate = "120/min".parse().unwrap();
        assert_eq!(rate.0.get().to_bits(), 2.0_f64.to_bits());
        assert_eq!(rate.to_string().parse::<Rate>().unwrap(), rate);
    }

    #[test]
    fn a_file_may_hold_bare_counts_but_no_bare_sizes() {
        assert_eq!(serde_json::from_str::<Count>("4096").unwrap(), Count(4096));
        assert_eq!(serde_json::from_str::<Count>("\"4Ki\"").unwrap(), Count(4096));
        assert!(serde_json::from_str::<Memory>("80").is_err());
        assert!(serde_json::from_str::<Duration>("-1").is_err());
        assert!(serde_json::from_str::<Count>("-1").is_err());
    }

    #[test]
    fn a_share_is_part_of_a_whole() {
        assert_eq!("60%".parse::<Share>(), "0.6".parse());
        assert_eq!(serde_json::from_str::<Share>("0.6").unwrap(), Share(0.6));
        for bad in ["0", "1.1", "60", "-1%", "NaN", "inf", ""] {
            assert!(bad.parse::<Share>().is_err(), "{bad}");
        }
    }

    #[test]
    fn work_and_money_take_the_forms_that_people_write() {
        for (text, flops) in
            [("5.76e23", 5.76e23), ("576ZFLOP", 5.76e23), ("1e21 FLOPs", 1e21), ("1000 PF-days", 8.64e22)]
        {
            let work: Work = text.parse().unwrap();
            assert!((work.0.get() / flops - 1.0).abs() < 1e-12, "{text}");
            assert_eq!(work.to_string().parse::<Work>().unwrap(), work);
        }
        for (text, dollars) in [("$5M", 5e6), ("2500USD", 2500.0), ("100k", 1e5), ("$1,500.50", 1500.5)] {
            let sum: Dollars = text.parse().unwrap();
            assert!((sum.0.get() / dollars - 1.0).abs() < 1e-12, "{text}");
            assert_eq!(sum.to_string().parse::<Dollars>().unwrap(), sum);
        }
        for bad in ["-1e21", "NaN", "inf", "", "1e400", "5 bananas", "FLOP"] {
            assert!(bad.parse::<Work>().is_err() && bad.parse::<Dollars>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_monthly_sum_needs_dollars_and_a_month() {
        let sum: Monthly = "$3,000/month".parse().unwrap();
        assert_eq!((sum.0.get().to_bits(), sum.to_string().parse()), (3000.0_f64.to_bits(), Ok(sum)));
        for bad in ["$3000", "3000/month", "$3,0/month", "$-1/month", "$3000/h", ""] {
            assert!(bad.parse::<Monthly>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_power_may_say_its_unit() {
        for text in ["10kW", "10 kW", "10000W", "10k", "10000"] {
            let power: Watts = text.parse().unwrap();
            assert_eq!(power.0.get().to_bits(), 10_000.0_f64.to_bits(), "{text}");
            assert_eq!(power.to_string().parse(), Ok(power));
        }
        for bad in ["-1kW", "kW", "10kB", "NaN", ""] {
            assert!(bad.parse::<Watts>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_percentile_without_its_time_says_so() {
        let error = "p95".parse::<TimeTarget>().unwrap_err();
        assert!(error.why.contains("percentile") && error.example.contains("p95:1s"), "{error}");
    }

    #[test]
    fn a_rate_needs_its_unit() {
        for bad in ["2", "2/fortnight", "-1/s", "NaN/s", "/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }
}
