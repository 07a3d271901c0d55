//! Sets of module names, as the lists in quantisation configs state them.

use core::ops::Bound;
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
    /// Beginnings of names, from patterns whose only wildcard is a star at the end; none begins with another.
    starts: BTreeSet<String>,
    patterns: Vec<NamePattern>,
    /// Whether patterns see how a number is written.
    spelt: bool,
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
            self.insert_glob(name);
            let canonical = canonical(name);
            if canonical != name {
                self.insert_glob(&canonical);
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

    /// Adds a shell pattern. Quantisers write one for each layer, mostly a beginning of names: those are looked up, not tried.
    fn insert_glob(&mut self, text: &str) {
        match text.strip_suffix('*').filter(|start| !start.contains(['*', '?'])) {
            Some(start) => self.insert_start(start),
            None => self.insert_pattern(NamePattern::glob(text)),
        }
    }

    /// Adds all names that begin so.
    fn insert_start(&mut self, start: &str) {
        if self.starts_any(start) {
            return;
        }
        match start.rsplit('.').next().unwrap_or_default() {
            // No number that is written begins with a zero and goes on.
            "0" => numbered(&format!("{start}.**"), |number, around| add(&mut self.numbers, number, around)),
            // What stands behind may go on with the number.
            open if !open.is_empty() && open.bytes().all(|letter| letter.is_ascii_digit()) => {
                self.spelt = true;
                self.digits |= NamePattern::glob(start).digits();
            }
            _ => numbered(&format!("{start}*"), |number, around| add(&mut self.numbers, number, around)),
        }
        let from = (Bound::Included(start), Bound::Unbounded);
        let within = self.starts.range::<str, _>(from).take_while(|other| other.starts_with(start));
        let within: Vec<String> = within.cloned().collect();
        for other in &within {
            self.starts.remove(other);
        }
        self.starts.insert(start.to_owned());
    }

    /// Whether a name begins as one of the beginnings. None of them begins with another, so it can only be the last that does
    /// not stand behind the name: all texts between a beginning and a name that has it begin with it too.
    fn starts_any(&self, name: &str) -> bool {
        let before = self.starts.range::<str, _>((Bound::Unbounded, Bound::Included(name)));
        before.last().is_some_and(|start| name.starts_with(start.as_str()))
    }

    /// Adds a pattern.
    pub fn insert_pattern(&mut self, pattern: NamePattern) {
        self.spelt = true;
        self.digits |= pattern.digits();
        self.patterns.push(pattern);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Self) {
        other.paths.into_iter().for_each(|path| self.insert_path(path));
        other.starts.iter().for_each(|start| self.insert_start(start));
        self.depths |= other.depths;
        self.patterns.extend(other.patterns);
        self.spelt |= other.spelt;
        self.digits |= other.digits;
    }

    /// Whether it names nothing.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.starts.is_empty() && self.patterns.is_empty()
    }

    /// Whether a module is one of these or lies in one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.contains_spelt(name, &canonical(name))
    }

    /// The same of a name whose one spelling is known.
    pub(super) fn contains_spelt(&self, name: &str, spelt: &str) -> bool {
        let matches =
            |pattern: &NamePattern| pattern.matches(name) || (spelt != name && pattern.matches(spelt));
        let begins = || self.starts_any(name) || (spelt != name && self.starts_any(spelt));
        self.contains_path(spelt) || begins() || self.patterns.iter().any(matches)
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
        Told { named, spelt: self.spelt, digits: self.digits }
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

    /// Beginnings of names match what the same shell patterns do one by one, in whatever order they come, and layers that share
    /// a key are told apart by nothing.
    #[test]
    fn beginnings_are_the_patterns_that_they_were_written_as() {
        let written = [
            "model.layers.1*",
            "model.layers.2.*",
            "model.layers.2.mlp*",
            "layers.0*",
            "model.layers.3.self_attn*",
            "model.layers.13.self_attn*",
            "layers.4.ffn*",
            "lm_head*",
            "model.layers.5.mlp.expert*",
            "mtp*",
            "model.layers.30.x.*",
        ];
        let modules = ["mlp.up_proj", "self_attn.q_proj", "mlp.experts.5.up_proj", "mlp.gate"];
        for from in 0..written.len() {
            let turned = || written[from..].iter().chain(&written[..from]).copied();
            let names = Names::of(turned());
            let globs: Vec<NamePattern> = turned()
                .flat_map(|text| [text.to_owned(), canonical(text)])
                .map(|text| NamePattern::glob(&text))
                .collect();
            let holds =
                |name: &str| globs.iter().any(|glob| glob.matches(name) || glob.matches(&canonical(name)));
            let of_layer = |layer: usize| {
                modules.map(|module| names.contains(&format!("model.layers.{layer}.{module}")))
            };
            for layer in 0..40 {
                let one_by_one = modules.map(|module| holds(&format!("model.layers.{layer}.{module}")));
                assert_eq!(of_layer(layer), one_by_one, "{layer}");
                let key = |layer: usize| names.tell(layer).key(layer);
                let alike = (0..layer).filter(|other| key(*other) == key(layer));
                alike.for_each(|other| assert_eq!(of_layer(other), of_layer(layer), "{other} and {layer}"));
            }
            for name in ["lm_head", "lm_head_2", "mtp.layers.0.up", "model.mtp", "model.lm"] {
                assert_eq!(names.contains(name), holds(name), "{name}");
            }
        }
        let each = Names::of(
            (0..60)
                .map(|layer| format!("model.layers.{layer}.self_attn*"))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        );
        let keys: BTreeSet<u64> = (0..60).map(|layer| each.tell(layer).key(layer)).collect();
        assert_eq!(keys.len(), 1, "one pattern for each layer tells none from another");
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
