//! `--quant`: the same model in another format.

use slipstick_core::numeric::{Format, Names, QuantScheme, ScalarFormat};

use super::{ResolvedModel, WeightFormats};
use crate::{ApiError, request::format_name};

/// Formats that quantise every linear layer alike and leave embeddings, head, norms and routers as they are.
const LINEAR: &[(&str, Format)] = &[
    ("fp8", Format::Fp8Channel),
    ("fp8-tensor", Format::Fp8Tensor),
    ("fp8-block", Format::Fp8Block128),
    ("int8", Format::Int8Channel),
    ("w8a8", Format::Int8Channel),
    ("awq", Format::IntGroup { bits: 4, group: 128, zeros: true }),
    ("gptq", Format::IntGroup { bits: 4, group: 128, zeros: true }),
    ("int4", Format::IntGroup { bits: 4, group: 128, zeros: true }),
    ("int4-g64", Format::IntGroup { bits: 4, group: 64, zeros: true }),
    ("int4-g32", Format::IntGroup { bits: 4, group: 32, zeros: true }),
    ("nvfp4", Format::Nvfp4),
    ("mxfp4", Format::Mxfp4),
    ("mxfp8", Format::Mxfp8),
    ("nf4", Format::Nf4),
    ("nf4-double", Format::Nf4Double),
    ("mlx-4bit", Format::Mlx { bits: 4, group: 64 }),
    ("mlx-8bit", Format::Mlx { bits: 8, group: 64 }),
];

/// Formats for every weight.
const PLAIN: &[(&str, ScalarFormat)] = &[
    ("bf16", ScalarFormat::Bf16),
    ("bfloat16", ScalarFormat::Bf16),
    ("fp16", ScalarFormat::Fp16),
    ("f16", ScalarFormat::Fp16),
    ("fp32", ScalarFormat::Fp32),
    ("f32", ScalarFormat::Fp32),
];

impl ResolvedModel {
    /// The formats that `quant` asks for, with their name; the checkpoint's own without it.
    ///
    /// # Errors
    /// If there is no format of that name.
    pub fn formats_as(&self, quant: Option<&str>) -> Result<(WeightFormats, String), ApiError> {
        let Some(quant) = quant else { return Ok((self.formats(), self.weights_format.clone())) };
        let name = quant.trim().to_ascii_lowercase().replace('_', "-");
        if name == "checkpoint" || name == "auto" {
            return Ok((self.formats(), self.weights_format.clone()));
        }
        if let Some((_, scalar)) = PLAIN.iter().find(|(known, _)| *known == name) {
            let format = Format::Plain(*scalar);
            return Ok((WeightFormats::Plain(format), format_name(format)));
        }
        let Some((known, format)) = LINEAR.iter().find(|(known, _)| *known == name) else {
            return Err(
                ApiError::unknown("quant.unknown", "weight format", quant, quant_names()).at("--quant")
            );
        };
        let scheme = QuantScheme::linear(known, *format).keep(Names::of(["lm_head"]));
        // What is left alone keeps 16 bits even if the checkpoint was narrower.
        let plain = if self.plain().is_quantised() { Format::BF16 } else { self.plain() };
        Ok((WeightFormats::Checkpoint { scheme, plain }, (*known).to_owned()))
    }
}

/// The names that `--quant` takes.
pub fn quant_names() -> impl Iterator<Item = &'static str> {
    PLAIN.iter().map(|(name, _)| *name).chain(LINEAR.iter().map(|(name, _)| *name))
}
