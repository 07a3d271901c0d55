//! How a checkpoint is quantised: which module in which format, and what stays as it is.

use super::{
    Format, Names,
    names::{Told, canonical},
};

/// Modules that share a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeRule {
    /// The modules.
    pub names: Names,
    /// Their format, or `None` where they keep the checkpoint's high-precision format.
    pub format: Option<Format>,
}

/// How a checkpoint is quantised.
///
/// ```
/// # use slipstick_core::numeric::{Format, Names, QuantScheme};
/// let scheme = QuantScheme::linear("fp8", Format::Fp8Tensor).keep(Names::of(["lm_head"]));
/// assert_eq!(scheme.format_of("model.layers.0.mlp.up_proj", Format::BF16), Format::Fp8Tensor);
/// assert_eq!(scheme.format_of("lm_head", Format::BF16), Format::BF16);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantScheme {
    /// The method's name, as checkpoints state it.
    pub method: String,
    /// The format of linear layers that no rule names, or `None` where they keep the high-precision format.
    pub linear: Option<Format>,
    /// The format of the token embedding, where the method quantises it.
    pub embedding: Option<Format>,
    /// Exceptions; the first that names a module decides.
    pub rules: Vec<SchemeRule>,
    /// The format in which the checkpoint's authors keep the cache, where they state one.
    pub kv_cache: Option<Format>,
    /// What the checkpoint leaves open, one sentence each.
    pub notes: Vec<String>,
}

impl QuantScheme {
    /// All linear layers in one format.
    pub fn linear(method: &str, format: Format) -> Self {
        Self { linear: Some(format), ..Self::only_rules(method) }
    }

    /// Nothing but what the rules name.
    pub fn only_rules(method: &str) -> Self {
        Self {
            method: method.to_owned(),
            linear: None,
            embedding: None,
            rules: Vec::new(),
            kv_cache: None,
            notes: Vec::new(),
        }
    }

    /// Adds a rule after those there are.
    #[must_use]
    pub fn rule(mut self, names: Names, format: Option<Format>) -> Self {
        match self.rules.last_mut() {
            _ if names.is_empty() => {}
            // Neighbours of one format are one rule: lists name thousands of modules.
            Some(last) if last.format == format => last.names.extend(names),
            _ => self.rules.push(SchemeRule { names, format }),
        }
        self
    }

    /// Keeps modules in high precision, unless an earlier rule names them.
    #[must_use]
    pub fn keep(self, names: Names) -> Self {
        self.rule(names, None)
    }

    /// What the rules say of a module: a format, to keep it, or nothing.
    pub fn ruled(&self, module: &str) -> Option<Option<Format>> {
        if self.rules.is_empty() {
            return None;
        }
        let spelt = canonical(module);
        self.rules.iter().find(|rule| rule.names.contains_spelt(module, &spelt)).map(|rule| rule.format)
    }

    /// The format of a linear layer's weight, where `plain` is the checkpoint's high-precision format.
    pub fn format_of(&self, module: &str, plain: Format) -> Format {
        self.ruled(module).unwrap_or(self.linear).unwrap_or(plain)
    }

    /// The format of the token embedding: only some methods touch it.
    pub fn embedding_format(&self, module: &str, plain: Format) -> Format {
        match self.embedding {
            None => plain,
            Some(format) => self.ruled(module).unwrap_or(Some(format)).unwrap_or(plain),
        }
    }

    /// A key that layers share which no rule tells apart by their numbers.
    pub fn layer_key(&self, layer: usize) -> u64 {
        let told = self.rules.iter().map(|rule| rule.names.tell(layer));
        told.fold(Told::default(), Told::and).key(layer)
    }

    /// Bits of the packed integers of a module, where its format packs integers.
    pub fn packed_bits(&self, module: &str) -> Option<u8> {
        let format = self.ruled(module).unwrap_or(self.linear)?;
        match format {
            Format::IntGroup { bits, .. } | Format::IntChannel { bits, .. } | Format::Mlx { bits, .. } => {
                Some(bits)
            }
            Format::Int8Channel => Some(8),
            Format::Mxfp4 | Format::Nvfp4 => Some(4),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_decides() {
        let scheme = QuantScheme::linear("modelopt", Format::Nvfp4)
            .rule(Names::of(["layers.3.mlp.up_proj"]), Some(Format::Fp8Tensor))
            .keep(Names::of(["layers.3*"]));
        assert_eq!(scheme.format_of("model.layers.3.mlp.up_proj", Format::BF16), Format::Fp8Tensor);
        assert_eq!(scheme.format_of("model.layers.3.mlp.down_proj", Format::BF16), Format::BF16);
        assert_eq!(scheme.format_of("model.layers.4.mlp.down_proj", Format::BF16), Format::Nvfp4);
        assert_eq!(scheme.embedding_format("model.embed_tokens", Format::BF16), Format::BF16);
    }
}
