//! bitsandbytes: NF4, FP4 and int8.

use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section};

/// bitsandbytes in 4 or 8 bits.
pub(super) fn bits_and_bytes(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let flag = |key| section.flag(key).map(|flag| flag == Some(true));
    let four = flag("load_in_4bit")? || flag("_load_in_4bit")?;
    let eight = flag("load_in_8bit")? || flag("_load_in_8bit")?;
    let format = match (four, eight) {
        // FP4 takes the same blocks of 64 as NF4.
        (true, _) if flag("bnb_4bit_use_double_quant")? => Format::Nf4Double,
        (true, _) => Format::Nf4,
        (false, true) => Format::Int8Channel,
        (false, false) => return Err(QuantError::Missing { key: "load_in_4bit".to_owned() }),
    };
    Ok(QuantScheme::linear("bitsandbytes", format)
        .keep(section.names("llm_int8_skip_modules")?)
        .keep(Names::of(["lm_head"])))
}
