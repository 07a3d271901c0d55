//! `--quant`: the same model in another format.

use slipstick_catalog::Catalog;
use slipstick_core::model::what_if::Quant;

use super::{ResolvedModel, WeightFormats};
use crate::ApiError;

/// The format's usual name, unless several schemes share it: then the one that was asked for.
fn shown(asked: &str, usual: &str) -> String {
    let asked = asked.trim().to_ascii_lowercase();
    if usual.starts_with("awq") { asked } else { usual.to_owned() }
}

/// Whether a name asks for the formats that a checkpoint is stored in.
fn is_own(name: &str) -> bool {
    ["checkpoint", "auto"].iter().any(|own| own.eq_ignore_ascii_case(name.trim()))
}

/// The format of a name.
fn format(name: &str, catalog: &Catalog) -> Result<Quant, ApiError> {
    catalog.quant(name).map_err(|error| {
        ApiError::input("quant.unknown", error.to_string()).at("--quant").help(
            "`slipstick memory --help` shows examples; bf16, fp8, awq, nvfp4, nf4, q8_0 and q4_k_m are usual",
        )
    })
}

/// Refuses a format that nobody knows.
pub(super) fn known(name: &str, catalog: &Catalog) -> Result<(), ApiError> {
    if is_own(name) { Ok(()) } else { format(name, catalog).map(drop) }
}

impl ResolvedModel {
    /// The formats that `quant` asks for, with their name; the checkpoint's own without it.
    ///
    /// # Errors
    /// If there is no format of that name.
    pub fn formats_as(
        &self,
        quant: Option<&str>,
        catalog: &Catalog,
    ) -> Result<(WeightFormats, String), ApiError> {
        let Some(name) = quant.filter(|name| !is_own(name)) else {
            return match &self.unread_scheme {
                Some(error) => Err(error.clone()),
                None => Ok((self.formats(), self.weights_format.clone())),
            };
        };
        let quant = format(name, catalog)?;
        Ok((
            WeightFormats::WhatIf { rules: quant.rules(&self.model), share: catalog.quant_share(quant) },
            shown(name, catalog.quant_name(quant)),
        ))
    }
}
