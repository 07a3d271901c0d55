//! `--quant`: the same model in another format.

use slipstick_catalog::Catalog;

use super::{ResolvedModel, WeightFormats};
use crate::ApiError;

/// The format's usual name, unless several schemes share it: then the one that was asked for.
fn shown(asked: &str, usual: &str) -> String {
    let asked = asked.trim().to_ascii_lowercase();
    if usual.starts_with("awq") { asked } else { usual.to_owned() }
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
        let own = |name: &str| ["checkpoint", "auto"].iter().any(|own| own.eq_ignore_ascii_case(name.trim()));
        let Some(name) = quant.filter(|name| !own(name)) else {
            return match &self.unread_scheme {
                Some(error) => Err(error.clone()),
                None => Ok((self.formats(), self.weights_format.clone())),
            };
        };
        let quant = catalog.quant(name).map_err(|error| {
            ApiError::input("quant.unknown", error.to_string())
                .at("--quant")
                .help("`slipstick memory --help` shows examples; bf16, fp8, awq, nvfp4, nf4, q8_0 and q4_k_m are usual")
        })?;
        Ok((
            WeightFormats::WhatIf { rules: quant.rules(&self.model), share: catalog.quant_share(quant) },
            shown(name, catalog.quant_name(quant)),
        ))
    }
}
