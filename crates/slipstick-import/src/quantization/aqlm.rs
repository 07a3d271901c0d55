//! AQLM: groups of weights as sums of codebook entries.
//!
//! Source: AQLM, `src/aq.py` and `inference_lib/src/aqlm/inference.py` (`QuantizedLinear`); Egiazarian et al. 2024,
//! arXiv 2401.06118, section 3.

use serde_json::Value;
use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section, section};

/// AQLM, of one output a group as all published files have it.
pub(super) fn aqlm(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let count = |key: &str, most: i64| {
        let count = section.integer(key)?.ok_or_else(|| QuantError::Missing { key: key.to_owned() })?;
        let fits = (1..=most).contains(&count);
        fits.then_some(count).ok_or_else(|| QuantError::invalid(key, format!("{count}, not 1 to {most}")))
    };
    if count("out_group_size", 1024)? != 1 {
        return Err(QuantError::unsupported("aqlm", "groups over several outputs are not known"));
    }
    let bits = count("nbits_per_codebook", 16)?;
    let (books, group) = (count("num_codebooks", 64)?, count("in_group_size", 1024)?);
    let narrow = |count: i64| u8::try_from(count).unwrap_or(u8::MAX);
    let format = Format::Codebooks {
        count: narrow(books),
        bits: narrow(bits),
        group: u16::try_from(group).unwrap_or(u16::MAX),
    };
    Ok(QuantScheme::linear("aqlm", format).keep(kept(section)?).keep(Names::of(["lm_head"])))
}

/// The modules that are left alone, which are listed by their weights.
fn kept(section: &Section<'_>) -> Result<Names, QuantError> {
    const KEY: &str = "linear_weights_not_to_quantize";
    let list = match section.get(KEY) {
        None => return Ok(Names::none()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(QuantError::invalid(KEY, "not a list of names")),
    };
    let module = |item: &Value| item.as_str().map(|name| Value::from(name.trim_end_matches(".weight")));
    let modules: Vec<Value> = list.iter().map(|item| module(item).unwrap_or(Value::Null)).collect();
    section::names(KEY, &modules)
}
