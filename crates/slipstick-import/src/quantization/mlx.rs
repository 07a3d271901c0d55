//! MLX: every linear layer and the embedding, with exceptions by path.

use serde_json::Value;
use slipstick_core::numeric::{Format, Names, QuantScheme};

use super::{QuantError, Section};

/// `quantization` as mlx-lm writes it: `bits`, `group_size`, `mode`, and a path for each exception.
pub(super) fn mlx(section: &Section<'_>) -> Result<QuantScheme, QuantError> {
    let default = format(section)?;
    let mut scheme = QuantScheme { embedding: Some(default), ..QuantScheme::linear("mlx", default) };
    for (path, value) in section.entries() {
        match value {
            Value::Bool(false) => scheme = scheme.keep(Names::of([path])),
            Value::Object(_) => {
                let own = format(&Section::new(section.config, value)?)?;
                scheme = scheme.rule(Names::of([path]), Some(own));
            }
            _ => {}
        }
    }
    Ok(scheme)
}

fn format(section: &Section<'_>) -> Result<Format, QuantError> {
    let unsupported = |reason: String| Err(QuantError::unsupported("mlx", reason));
    let bits = section.bits("bits")?;
    let Some(group) = section.group("group_size")? else {
        return unsupported("groups of a whole row are not known".to_owned());
    };
    match (section.text("mode")?.unwrap_or("affine"), bits, group) {
        ("affine", _, _) => Ok(Format::Mlx { bits, group }),
        ("mxfp4", 4, 32) => Ok(Format::Mxfp4),
        ("mxfp8", 8, 32) => Ok(Format::Mxfp8),
        ("nvfp4", 4, 16) => Ok(Format::Nvfp4),
        (mode, ..) => {
            unsupported(format!("mode '{mode}' with {bits} bits in groups of {group} is not known"))
        }
    }
}
