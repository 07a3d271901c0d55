//! Sets of module names, as the lists in quantisation configs state them.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::NamePattern;

/// A set of modules, given by paths, parts of paths and patterns.
///
/// A path stands for the module and everything in it, wherever it begins: `lm_head`, `self_attn`,
/// `model.layers.0.mlp.gate`. The same module has several spellings: a wrapper's `model.` or `language_model.` in
/// front, `ffn` or `block_sparse_moe` for `mlp`. All of them are one name here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    paths: BTreeSet<String>,
    /// A bit for each number of segments that a path has.
    depths: u64,
    /// A bit for each kind of text that a path is: what is none of them is no path, without a look.
    kinds: Kinds,
    /// Segments of paths that are numbers, such as those of layers, and a digest of the paths around each.
    numbers: BTreeMap<usize, u64>,
    patterns: Vec<NamePattern>,
    /// The digits that patterns tell from others, a bit each.
    digits: u16,
}

impl Names {
    /// No modules.
    pub fn none() -> Self {
        Self::default()
    }

    /// The modules of these paths and shell patterns.
    ///
    /// ```
    /// # use slipstick_core::numeric::Names;
    /// let kept = Names::of(["lm_head", "model.layers.0*"]);
    /// assert!(kept.contains("language_model.lm_head"));
    /// assert!(kept.contains("model.language_model.layers.0.mlp.up_proj"));
    /// assert!(!kept.contains("model.layers.1.mlp.up_proj"));
    /// ```
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::none();
        names.into_iter().for_each(|name| set.insert(name));
        set
    }

    /// Adds a path or a shell pattern.
    pub fn insert(&mut self, name: &str) {
        if name.contains(['*', '?']) {
            self.insert_pattern(NamePattern::glob(name));
            let canonical = canonical(name);
            if canonical != name {
                self.insert_pattern(NamePattern::glob(&canonical));
            }
        } else {
            let path = canonical(name);
            self.depths |= depth_bit(path.split('.').count());
            self.insert_path(path);
        }
    }

    fn insert_path(&mut self, path: String) {
        if !self.paths.contains(&path) {
            numbered(&path, |number, around| add(&mut self.numbers, number, around));
            self.kinds.insert(&path);
            self.paths.insert(path);
        }
    }

    /// Adds a pattern.
    pub fn insert_pattern(&mut self, pattern: NamePattern) {
        self.digits |= pattern.digits();
        self.patterns.push(pattern);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Self) {
        other.paths.into_iter().for_each(|path| self.insert_path(path));
        self.depths |= other.depths;
        self.patterns.extend(other.patterns);
        self.digits |= other.digits;
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.patterns.is_empty()
    }

    /// Whether a module is one of these or lies in one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.contains_spelt(name, &canonical(name))
    }

    /// The same of a name whose one spelling is known.
    pub(super) fn contains_spelt(&self, name: &str, spelt: &str) -> bool {
        let matches =
            |pattern: &NamePattern| pattern.matches(name) || (spelt != name && pattern.matches(spelt));
        self.contains_path(spelt) || self.patterns.iter().any(matches)
    }

    /// Whether some run of whole segments is one of the paths.
    fn contains_path(&self, name: &str) -> bool {
        if self.paths.is_empty() {
            return false;
        }
        let starts = core::iter::once(0).chain(name.match_indices('.').map(|(at, _)| at + 1));
        starts.into_iter().any(|start| {
            let rest = &name[start..];
            let ends = rest.match_indices('.').map(|(at, _)| at).chain([rest.len()]).zip(1..);
            ends.into_iter().any(|(end, depth)| {
                let path = &rest[..end];
                self.depths & depth_bit(depth) != 0 && self.kinds.may_hold(path) && self.paths.contains(path)
            })
        })
    }

    /// What these names can tell of a number that stands as a segment of a path.
    pub(super) fn tell(&self, number: usize) -> Told {
        let named = self.numbers.get(&number).copied().unwrap_or(0);
        Told { named, spelt: !self.patterns.is_empty(), digits: self.digits }
    }
}

/// Kinds of texts: by their length and by how they begin and end, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Kinds([u64; 8]);

impl Kinds {
    fn insert(&mut self, text: &str) {
        let (word, bit) = Self::of(text);
        self.0[word] |= bit;
    }

    /// Whether a text of this kind was inserted.
    const fn may_hold(&self, text: &str) -> bool {
        let (word, bit) = Self::of(text);
        self.0[word] & bit != 0
    }

    /// The word and the bit of a text's kind.
    const fn of(text: &str) -> (usize, u64) {
        let (first, last) = match text.as_bytes() {
            [] => (0, 0),
            [only] => (*only, *only),
            [first, .., last] => (*first, *last),
        };
        let kind = text.len().wrapping_mul(37).wrapping_add(first as usize * 7).wrapping_add(last as usize);
        (kind >> 6 & 7, 1 << (kind & 63))
    }
}

/// What names can tell of a number in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// A digest of the paths that name it; 0 if none does.
    named: u64,
    /// Patterns see how many digits it has.
    spelt: bool,
    /// The digits that patterns tell from others, a bit each.
    digits: u16,
}

impl Told {
    /// What two sets of names can tell together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            named: self.named.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(other.named),
            spelt: self.spelt || other.spelt,
            digits: self.digits | other.digits,
        }
    }

    /// A key that numbers share which are told apart by nothing.
    pub(super) fn key(self, number: usize) -> u64 {
        if !self.spelt {
            return self.named;
        }
        // Its digits in base 11: those that no pattern tells apart are one further digit.
        let mut rest = number;
        let mut key: u64 = 0;
        loop {
            let digit = (rest % 10) as u64;
            let seen = if self.digits >> digit & 1 == 1 { digit } else { 10 };
            key = key.wrapping_mul(11).wrapping_add(seen + 1);
            rest /= 10;
            if rest == 0 {
                return self.named.wrapping_add(key);
            }
        }
    }
}

/// Calls `visit` with each number that stands as a segment of a path, and a digest of what stands around it.
fn numbered(path: &str, mut visit: impl FnMut(usize, u64)) {
    let mut start = 0;
    for segment in path.split('.') {
        let end = start + segment.len();
        // As numbers are written: `05` and `+5` name no layer.
        let plain = segment == "0" || !segment.starts_with(['0', '+']);
        if let (true, Ok(number)) = (plain, segment.parse()) {
            let mut digest = DefaultHasher::new();
            (&path[..start], &path[end..]).hash(&mut digest);
            visit(number, digest.finish());
        }
        start = end + 1;
    }
}

/// Adds a path to what stands around a number. Sums of 64 bits do not depend on the order and do not meet by accident.
fn add(numbers: &mut BTreeMap<usize, u64>, number: usize, around: u64) {
    let sum = numbers.entry(number).or_default();
    *sum = sum.wrapping_add(around);
}

/// The bit of a number of segments; all beyond 63 share one.
fn depth_bit(segments: usize) -> u64 {
    1 << segments.min(63)
}

/// The one spelling of a module's name: no wrapper in front, one word for each kind of block.
pub(super) fn canonical(name: &str) -> String {
    let mut segments = name.split('.').peekable();
    while segments.peek().is_some_and(|segment| matches!(*segment, "model" | "language_model" | "backbone")) {
        segments.next();
    }
    let mut spelt = String::with_capacity(name.len());
    for (at, segment) in segments.enumerate() {
        if at > 0 {
            spelt.push('.');
        }
        let (word, star) = match segment.strip_suffix('*') {
            Some(word) => (word, "*"),
            None => (segment, ""),
        };
        spelt.push_str(match word {
            "ffn" | "block_sparse_moe" | "feed_forward" => "mlp",
            "attn" | "attention" | "self_attention" => "self_attn",
            "shared_experts" => "shared_expert",
            "head" if at == 0 => "lm_head",
            "embed" if at == 0 => "embed_tokens",
            "router" => "gate",
            word => word,
        });
        spelt.push_str(star);
    }
    spelt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_segments_only() {
        let kept = Names::of(["gate", "lm_head"]);
        assert!(kept.contains("model.layers.3.block_sparse_moe.gate"));
        assert!(!kept.contains("model.layers.3.mlp.gate_proj"));
        assert!(!kept.contains("model.layers.3.mlp.up_gate"));
        assert!(!Names::none().contains("lm_head"));
    }

    #[test]
    fn one_module_under_all_its_names() {
        let kept = Names::of([
            "*.attn.*",
            "layers.4.ffn.experts",
            "head",
            "language_model.model.layers.7.self_attn*",
        ]);
        assert!(kept.contains("model.layers.0.self_attn.q_proj"));
        assert!(kept.contains("model.layers.4.mlp.experts.17.up_proj"));
        assert!(!kept.contains("model.layers.4.mlp.shared_experts.up_proj"));
        assert!(!kept.contains("model.layers.40.mlp.experts"));
        assert!(kept.contains("lm_head"));
        assert!(kept.contains("model.layers.7.self_attn.o_proj"));
        assert!(!kept.contains("model.visual.blocks.0.mlp.head"));
    }
}
