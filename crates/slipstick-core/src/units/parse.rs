//! Reading quantities that a person typed: `80GiB`, `3.35TB/s`, `989 TFLOP/s`, `$2.50/h`, `32k`, `200ms`.
//!
//! Prefixes are strict: k, M, G, T are powers of 1000 and Ki, Mi, Gi, Ti powers of 1024.
//! A quantity with a dimension needs its unit: `80` is not a memory size.
//! A comma or an underscore groups whole digits by three, and nothing else: `1,5` is neither 15 nor 1.5.

use super::{Bandwidth, Bytes, FlopRate, Power, Seconds, UsdPerHour};

/// Why a quantity could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{input:?} is not {what}: {why}; write it like {example}")]
pub struct ParseError {
    /// What was typed.
    pub input: String,
    /// What was expected, with its article.
    pub what: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
    /// Something that would be right.
    pub example: &'static str,
}

struct Expected {
    what: &'static str,
    example: &'static str,
}

impl Expected {
    fn error(&self, input: &str, why: &'static str) -> ParseError {
        ParseError { input: input.chars().take(40).collect(), what: self.what, why, example: self.example }
    }
}

const UNGROUPED: &str = "a comma groups whole digits by three, as in 1,500; the decimal sign is a point";

/// A number without the marks between its groups of three digits; none if the marks stand anywhere else.
fn ungrouped(number: &str) -> Option<String> {
    let Some(mark) = number.chars().find(|letter| matches!(letter, ',' | '_')) else {
        return Some(number.to_owned());
    };
    let whole = number.find(['.', 'e', 'E']).unwrap_or(number.len());
    let (whole, rest) = number.split_at(whole);
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, others) = groups.split_first()?;
    let is_grouped = (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3);
    let is_plain = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    (is_grouped && is_plain && !others.is_empty() && !rest.contains([',', '_']))
        .then(|| groups.concat() + rest)
}

/// Splits into a finite, non-negative number and the rest, which is trimmed.
fn split<'a>(text: &'a str, expected: &Expected) -> Result<(f64, &'a str), ParseError> {
    let trimmed = text.trim();
    if trimmed.starts_with('-') {
        return Err(expected.error(text, "it is negative"));
    }
    // A letter e is an exponent only when a digit or sign follows: `1e9`, but not `1 exa`.
    let bytes = trimmed.as_bytes();
    let mut end = 0;
    while let Some(&byte) = bytes.get(end) {
        let next = bytes.get(end + 1).copied().unwrap_or(b' ');
        let exponent =
            matches!(byte, b'e' | b'E') && end > 0 && (next.is_ascii_digit() || matches!(next, b'+' | b'-'));
        let sign = matches!(byte, b'+' | b'-') && end > 0 && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
        if byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'_') || exponent || sign {
            end += 1;
        } else {
            break;
        }
    }
    let number = ungrouped(&trimmed[..end]).ok_or_else(|| expected.error(text, UNGROUPED))?;
    if number.is_empty() {
        return Err(expected.error(text, "it does not start with a number"));
    }
    if number.starts_with('0') && number[1..].starts_with(|next: char| next.is_ascii_digit()) {
        return Err(expected.error(text, "a zero in front looks like the end of a grouped number"));
    }
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((value, trimmed[end..].trim())),
        Ok(_) => Err(expected.error(text, "the number is too large")),
        Err(_) => Err(expected.error(text, "the number is malformed")),
    }
}

/// The factor of a decimal or binary prefix, or `None` if it is not one.
fn prefix(text: &str) -> Option<f64> {
    Some(match text {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie within the range"
)]
fn whole(value: f64, text: &str, expected: &Expected) -> Result<u64, ParseError> {
    if value > 9.0e18 {
        return Err(expected.error(text, "it is too large"));
    }
    let rounded = libm::round(value);
    if (value - rounded).abs() > 1e-6 * value.max(1.0) {
        return Err(expected.error(text, "it is not a whole number"));
    }
    Ok(rounded as u64)
}

/// A count of tokens, requests or parameters: `4096`, `32k`, `1.5M`, `8B`, `128Ki`.
///
/// # Errors
/// If it is negative, fractional, too large, or has an unknown suffix.
///
/// ```
/// # use slipstick_core::units::parse_count;
/// assert_eq!(parse_count("32k"), Ok(32_000));
/// assert_eq!(parse_count("128Ki"), Ok(131_072));
/// assert!(parse_count("-3").is_err());
/// ```
pub fn parse_count(text: &str) -> Result<u64, ParseError> {
    let expected = Expected { what: "a count", example: "4096, 32k (32,000) or 32Ki (32,768)" };
    let (value, suffix) = split(text, &expected)?;
    let factor = match suffix {
        "B" | "b" => 1e9,
        "m" => return Err(expected.error(text, "m is milli; a million is M")),
        other => prefix(other).ok_or_else(|| expected.error(text, "the suffix is unknown"))?,
    };
    whole(value * factor, text, &expected)
}

/// A number of anything, whole or not: `5.76e23`, `1.5M`, `100k`, `3B`.
///
/// # Errors
/// If it is negative, endless, or has an unknown suffix.
///
/// ```
/// # use slipstick_core::units::parse_number;
/// assert_eq!(parse_number("5.76e23"), Ok(5.76e23));
/// assert_eq!(parse_number("1.5M"), Ok(1.5e6));
/// assert!(parse_number("-1").is_err());
/// ```
pub fn parse_number(text: &str) -> Result<f64, ParseError> {
    let expected = Expected { what: "a number", example: "5.76e23, 100k or 1.5M" };
    let (value, suffix) = split(text, &expected)?;
    let factor = match suffix {
        "B" | "b" => 1e9,
        "m" => return Err(expected.error(text, "m is milli; a million is M")),
        other => prefix(other).ok_or_else(|| expected.error(text, "the suffix is unknown"))?,
    };
    let number = value * factor;
    if number.is_finite() { Ok(number) } else { Err(expected.error(text, "the number is too large")) }
}

/// A memory size: `80GiB`, `141 GB`, `512MiB`.
///
/// # Errors
/// If it is negative or too large, or the unit is missing or unknown.
///
/// ```
/// # use slipstick_core::units::{parse_bytes, Bytes};
/// assert_eq!(parse_bytes("80GiB"), Ok(Bytes::gib(80)));
/// assert_eq!(parse_bytes("141GB"), Ok(Bytes::new(141_000_000_000)));
/// assert!(parse_bytes("80").is_err()); // of what?
/// ```
pub fn parse_bytes(text: &str) -> Result<Bytes, ParseError> {
    let expected = Expected { what: "a memory size", example: "80GiB (2^30 bytes) or 141GB (10^9 bytes)" };
    let (value, unit) = split(text, &expected)?;
    if unit.is_empty() {
        return Err(expected.error(text, "the unit is missing"));
    }
    let factor =
        unit.strip_suffix('B').and_then(prefix).ok_or_else(|| expected.error(text, "the unit is unknown"))?;
    let bytes = value * factor;
    if bytes > 9.0e18 {
        return Err(expected.error(text, "it is too large"));
    }
    Ok(Bytes::ceil(libm::round(bytes)))
}

/// A bandwidth: `3.35TB/s`, `600GB/s`, `400Gb/s` (bits).
///
/// # Errors
/// If it is negative, or the unit is missing or unknown.
///
/// ```
/// # use slipstick_core::units::{parse_bandwidth, Bandwidth};
/// assert_eq!(parse_bandwidth("3.35 TB/s"), Ok(Bandwidth::gb_per_s(3350.0)));
/// assert_eq!(parse_bandwidth("400Gb/s"), Ok(Bandwidth::gb_per_s(50.0)));
/// ```
pub fn parse_bandwidth(text: &str) -> Result<Bandwidth, ParseError> {
    let expected = Expected { what: "a bandwidth", example: "3.35TB/s or 600GB/s" };
    let (value, unit) = split(text, &expected)?;
    let Some(size) = unit.strip_suffix("/s") else {
        return Err(expected.error(text, "the unit is missing or not per second"));
    };
    let (size, bits) = match size.strip_suffix('b') {
        Some(rest) => (rest, 8.0),
        None => (size.strip_suffix('B').ok_or_else(|| expected.error(text, "the unit is unknown"))?, 1.0),
    };
    let factor = prefix(size).ok_or_else(|| expected.error(text, "the unit is unknown"))?;
    Ok(Bandwidth::bytes_per_s(value * factor / bits))
}

/// A rate of work: `989 TFLOP/s`, `1.9PFLOP/s`, `242 TOP/s`.
///
/// # Errors
/// If it is negative, or the unit is missing or unknown.
pub fn parse_flop_rate(text: &str) -> Result<FlopRate, ParseError> {
    let expected = Expected { what: "a rate of work", example: "989TFLOP/s (dense)" };
    let (value, unit) = split(text, &expected)?;
    let factor = unit
        .strip_suffix("FLOP/s")
        .or_else(|| unit.strip_suffix("FLOPS"))
        .or_else(|| unit.strip_suffix("OP/s"))
        .or_else(|| unit.strip_suffix("OPS"))
        .and_then(prefix)
        .ok_or_else(|| expected.error(text, "the unit is missing or unknown"))?;
    Ok(FlopRate::flops_per_s(value * factor))
}

/// A duration: `200ms`, `2s`, `1.5h`, `50us`.
///
/// # Errors
/// If it is negative, or the unit is missing or unknown.
pub fn parse_duration(text: &str) -> Result<Seconds, ParseError> {
    let expected = Expected { what: "a duration", example: "200ms, 2s or 1.5h" };
    let (value, unit) = split(text, &expected)?;
    let factor = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "" => return Err(expected.error(text, "the unit is missing")),
        _ => return Err(expected.error(text, "the unit is unknown")),
    };
    Ok(Seconds::s(value * factor))
}

/// A power: `700W`, `1.2kW`.
///
/// # Errors
/// If it is negative, or the unit is missing or unknown.
///
/// ```
/// # use slipstick_core::units::{parse_power, Power};
/// assert_eq!(parse_power("1.2 kW"), Ok(Power::watts(1200.0)));
/// assert!(parse_power("700").is_err());
/// ```
pub fn parse_power(text: &str) -> Result<Power, ParseError> {
    let expected = Expected { what: "a power", example: "700W or 1.2kW" };
    let (value, unit) = split(text, &expected)?;
    let factor = unit
        .strip_suffix('W')
        .and_then(prefix)
        .ok_or_else(|| expected.error(text, "the unit is missing or unknown"))?;
    Ok(Power::watts(value * factor))
}

/// A price per hour: `$2.50/h`, `2.50 USD/h`.
///
/// # Errors
/// If it is negative, or not in US dollars per hour.
///
/// ```
/// # use slipstick_core::units::{parse_price, UsdPerHour};
/// assert_eq!(parse_price("$2.50/h"), Ok(UsdPerHour::dollars_per_hour(2.5)));
/// assert!(parse_price("2.50").is_err());
/// ```
pub fn parse_price(text: &str) -> Result<UsdPerHour, ParseError> {
    let expected = Expected { what: "a price per hour", example: "$2.50/h" };
    let trimmed = text.trim();
    let (dollar, rest) = match trimmed.strip_prefix('$') {
        Some(rest) => (true, rest),
        None => (false, trimmed),
    };
    let (value, unit) = split(rest, &expected)?;
    let hourly = match unit {
        "/h" | "/hr" | "/hour" => dollar,
        "USD/h" | "USD/hr" | "usd/h" => true,
        _ => false,
    };
    if hourly {
        Ok(UsdPerHour::dollars_per_hour(value))
    } else {
        Err(expected.error(text, "it needs dollars and an hour"))
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_bytes, parse_count, parse_duration, parse_price};

    #[test]
    fn marks_group_whole_digits_by_three() {
        assert_eq!(parse_count("1,234,567"), Ok(1_234_567));
        assert_eq!(parse_count("131_072"), Ok(131_072));
        assert!((parse_price("$1,500.50/h").unwrap().get() - 1500.5).abs() < 1e-9);
    }

    /// A list is not one number, and a decimal comma is not dropped.
    #[test]
    fn any_other_comma_is_refused_with_how_to_write_it() {
        for wrong in
            ["1,2,4,8,16,32", "1,5", "1234,567", "1,23", ",100", "100,", "1,000_000", "1.5,000", "1,0e3"]
        {
            let error = parse_count(wrong).unwrap_err();
            assert!(error.why.contains("by three"), "{wrong}: {error}");
            assert!(error.to_string().contains("write it like"), "{error}");
        }
        assert!(parse_price("$1,5/h").is_err());
        assert!(parse_bytes("1,5GiB").is_err());
        assert!(parse_duration("0,5s").is_err());
        // The second half of 1,000 where commas part a list.
        assert!(parse_count("000").is_err());
        assert_eq!(parse_count("0"), Ok(0));
    }
}
