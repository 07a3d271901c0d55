//! Typed access to the keys of one architecture and to the names of its tensors.

use std::collections::{BTreeMap, BTreeSet};

use super::GgufConfigError;
use crate::gguf::{Gguf, Value};

/// More layers than any model has.
const MOST_LAYERS: usize = 10_000;

/// The keys under `<architecture>.`, and which tensors there are.
pub(super) struct Fields<'a> {
    gguf: &'a Gguf,
    arch: &'a str,
    /// Tensors outside the layers by their name, and those of all layers by the rest of their name, each with the
    /// shape of the first.
    tensors: BTreeMap<&'a str, &'a [u64]>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(gguf: &'a Gguf) -> Result<Self, GgufConfigError> {
        let arch = gguf.architecture().ok_or(GgufConfigError::NoArchitecture)?;
        // An architecture's name becomes part of keys and messages.
        if arch.len() > 64 {
            return Err(GgufConfigError::unknown(arch.get(..64).unwrap_or_default(), &[]));
        }
        let mut tensors = BTreeMap::new();
        for tensor in &gguf.file.tensors {
            let rest = tensor.name.strip_prefix("blk.").and_then(|rest| rest.split_once('.'));
            let name = rest.map_or(tensor.name.as_str(), |(_, name)| name);
            tensors.entry(name).or_insert(tensor.shape.as_slice());
        }
        Ok(Self { gguf, arch, tensors })
    }

    pub(super) fn arch(&self) -> &'a str {
        self.arch
    }

    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.arch)
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.gguf.metadata.get(&self.key(name))
    }

    /// Whether a key is stated.
    pub(super) fn states(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Whether there is such a tensor, outside the layers or in any of them.
    pub(super) fn has_tensor(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Rows of a tensor.
    pub(super) fn rows(&self, name: &str) -> Option<u64> {
        self.tensors.get(name).and_then(|shape| shape.first().copied())
    }

    /// The layers that have a tensor.
    pub(super) fn layers_with(&self, name: &str) -> BTreeSet<u64> {
        let layer = |tensor: &'a str| {
            let (index, rest) = tensor.strip_prefix("blk.")?.split_once('.')?;
            index.parse().ok().filter(|_| rest == name)
        };
        self.gguf.file.tensors.iter().filter_map(|tensor| layer(&tensor.name)).collect()
    }

    /// A count for each layer, from a list, or one that is stated for all of them.
    pub(super) fn each(&self, name: &str, layers: u64) -> Result<Vec<u64>, GgufConfigError> {
        let wanted = usize::try_from(layers).ok().filter(|layers| *layers <= MOST_LAYERS);
        let wanted = wanted.ok_or_else(|| self.invalid(name, "of more layers than any model has"))?;
        let Some(items) = self.per_layer(name) else {
            return self.count(name).map(|count| vec![count; wanted]);
        };
        let counts: Option<Vec<u64>> = items.iter().take(wanted).map(Value::as_unsigned).collect();
        counts
            .filter(|counts| counts.len() == wanted)
            .ok_or_else(|| self.invalid(name, "not a count for each layer"))
    }

    /// A count; a list of one count a layer is one count if all are equal.
    pub(super) fn optional(&self, name: &str) -> Result<Option<u64>, GgufConfigError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let items = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let first = items.first().and_then(Value::as_unsigned);
        if first.is_none() || items.iter().any(|item| item.as_unsigned() != first) {
            return Err(self.invalid(name, "not one count for all layers"));
        }
        Ok(first)
    }

    /// A count that must be there.
    pub(super) fn count(&self, name: &str) -> Result<u64, GgufConfigError> {
        self.optional(name)?.ok_or_else(|| self.missing(name))
    }

    /// A truth value, stated or not.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.gguf.metadata.bool(&self.key(name))
    }

    /// A list of one item a layer; `None` if the key is absent or holds one value for all.
    pub(super) fn per_layer(&self, name: &str) -> Option<&'a [Value]> {
        match self.value(name)? {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn missing(&self, name: &str) -> GgufConfigError {
        GgufConfigError::Missing(self.key(name))
    }

    pub(super) fn invalid(&self, name: &str, problem: &str) -> GgufConfigError {
        GgufConfigError::Invalid { key: self.key(name), problem: problem.to_owned() }
    }
}
