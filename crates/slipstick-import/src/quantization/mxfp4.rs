//! `mxfp4`: routed experts in MXFP4, everything else as it was.

use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section};

/// The experts of a mixture in MXFP4; the list of what is not converted names the rest.
pub(super) fn mxfp4(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    Ok(QuantScheme::only_rules("mxfp4")
        .keep(section.names("modules_to_not_convert")?)
        .rule(Names::of(["experts"]), Some(Format::Mxfp4)))
}
