//! What follows from the configuration of a model, and the table of it for those that are shipped.

use std::fmt::Write as _;

use slipstick_catalog::{Catalog, Counted, ModelEntry};
use slipstick_core::{
    model::{Checkpoint, Uniform},
    numeric::Format,
};
use slipstick_import::{config, quantization};

use crate::request::format_name;

/// What a configuration says; none if its architecture is not understood.
pub(super) fn read(entry: &ModelEntry) -> Option<Counted> {
    let value = config::parse_json(entry.config.as_bytes()).ok()?;
    let config::Imported { model, parameters: counted, .. } = config::import_value(&value).ok()?;
    let plain = Format::Plain(model.dtype);
    let (weights, weights_format) = match quantization::parse(&value) {
        Ok(Some(scheme)) => {
            let bytes = model.weight_bytes(&Checkpoint { scheme: &scheme, plain });
            (Some(bytes), Some(scheme.linear.map_or_else(|| scheme.method.clone(), format_name)))
        }
        Ok(None) => (Some(model.weight_bytes(&Uniform(plain))), Some(format_name(plain))),
        // What it is made of is known; what it weighs is not.
        Err(_) => (None, None),
    };
    Some(Counted {
        parameters: counted.total,
        active_parameters: counted.active,
        weights,
        weights_format,
        context_tokens: model.max_context,
        fingerprint: model.fingerprint(),
        model_type: model.model_type,
    })
}

/// `models_counted.csv`: what the configurations of the shipped models say, by id.
pub fn table() -> String {
    let mut rows: Vec<String> = Vec::new();
    let mut models = Catalog::shipped().models();
    // The catalogue finds a model by binary search.
    models.sort_by(|a, b| a.id.cmp(&b.id));
    for entry in models {
        let Some(counted) = read(entry) else { continue };
        let mut row = String::new();
        let context = counted.context_tokens.map_or_else(String::new, |tokens| tokens.to_string());
        write!(
            row,
            "{},{},{},{},{},{},{context},{}",
            entry.id,
            counted.model_type,
            counted.parameters,
            counted.active_parameters,
            counted.weights.map_or_else(String::new, |bytes| bytes.get().to_string()),
            counted.weights_format.unwrap_or_default(),
            counted.fingerprint,
        )
        .expect("a text takes what is written");
        rows.push(row);
    }
    let header =
        "id,model_type,parameters,active_parameters,weights_bytes,weights_format,context_tokens,fingerprint";
    format!("{header}\n{}\n", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_models_were_counted_as_they_are_read() {
        let mut counted = 0;
        for entry in Catalog::shipped().models() {
            let read = read(entry);
            counted += usize::from(read.is_some());
            assert_eq!(entry.counted, read, "{}: run cargo xtask docs", entry.id);
        }
        assert!(counted > 200, "{counted}");
    }
}
