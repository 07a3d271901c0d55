//! Patterns over module names that match in time linear in the name.

use core::str::Chars;

use regex_lite::{Regex, RegexBuilder};

/// The most letters of an expression; the longest real ones have some dozens.
const MAX_LETTERS: usize = 512;

/// What a compiled expression may take: so many bytes, and so many more for each of its letters, since counted repeats
/// multiply what they repeat.
const MAX_BYTES: usize = 1024;
const MAX_BYTES_PER_LETTER: usize = 100;

/// How deep groups may nest.
const MAX_DEPTH: u32 = 16;

/// A bit for each digit.
const ALL_DIGITS: u16 = (1 << 10) - 1;

/// A pattern over names, which stands for the modules it matches and all that lies in them.
///
/// ```
/// # use slipstick_core::numeric::NamePattern;
/// let pattern = NamePattern::glob("layers.*.self_attn");
/// assert!(pattern.matches("layers.3.self_attn.q_proj"));
/// assert!(!pattern.matches("layers.3.mlp.up_proj"));
/// let pattern = NamePattern::expression(r"layers\.\d+\.(mlp|ffn)").unwrap();
/// assert!(pattern.matches("layers.17.mlp.up_proj"));
/// ```
#[derive(Debug, Clone)]
pub struct NamePattern(Matcher);

#[derive(Debug, Clone)]
enum Matcher {
    Glob {
        text: String,
        /// Its bytes before the first wildcard.
        plain: usize,
    },
    Expression {
        regex: Regex,
        /// Whether it can ask for the end of the name.
        closed: bool,
        /// The shell patterns that match what it matches, where it is as plain as most are: they are much quicker.
        plain: Option<Vec<String>>,
    },
}

impl NamePattern {
    /// A shell pattern: `*` for any text, `?` for any character, everything else for itself.
    pub fn glob(text: &str) -> Self {
        let plain = text.find(['*', '?']).unwrap_or(text.len());
        Self(Matcher::Glob { text: text.to_owned(), plain })
    }

    /// A regular expression, anchored at its start and open at its end, as Python's `re.match` takes it.
    ///
    /// # Errors
    /// If it is none, is larger than any real one, or needs what does not match in linear time: looking around and
    /// references back.
    pub fn expression(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LETTERS {
            return Err(format!("is longer than {MAX_LETTERS} letters"));
        }
        let mut builder = RegexBuilder::new(&format!("^(?:{text})"));
        builder.size_limit(MAX_BYTES + MAX_BYTES_PER_LETTER * text.len()).nest_limit(MAX_DEPTH);
        let regex = builder.build().map_err(|error| format!("is not understood: {error}"))?;
        Ok(Self(Matcher::Expression { regex, closed: text.contains('$'), plain: as_globs(text) }))
    }

    /// Whether it matches the name or a module that the name lies in.
    pub fn matches(&self, name: &str) -> bool {
        match &self.0 {
            // Most names differ from most patterns before the first wildcard.
            Matcher::Glob { text, plain } => {
                name.as_bytes().starts_with(&text.as_bytes()[..*plain])
                    && glob_matches(text.chars(), name.chars())
            }
            Matcher::Expression { plain: Some(globs), .. } => {
                globs.iter().any(|glob| glob_matches(glob.chars(), name.chars()))
            }
            Matcher::Expression { regex, closed, .. } => {
                let mut outer = name.match_indices('.').map(|(at, _)| &name[..at]);
                regex.is_match(name) || (*closed && outer.any(|module| regex.is_match(module)))
            }
        }
    }

    fn text(&self) -> &str {
        match &self.0 {
            Matcher::Glob { text, .. } => text,
            Matcher::Expression { regex, .. } => regex.as_str(),
        }
    }

    /// The digits, a bit each, that it tells from other digits.
    pub(super) fn digits(&self) -> u16 {
        let told = |text: &str| {
            text.chars().filter_map(|letter| letter.to_digit(10)).fold(0, |all, digit| all | 1 << digit)
        };
        match &self.0 {
            Matcher::Glob { text, .. } => told(text),
            Matcher::Expression { regex, .. } => {
                let text = regex.as_str().replace("[0-9]", r"\d");
                let digits = told(&text);
                // A class that names a digit may span others.
                if digits != 0 && text.contains('[') { ALL_DIGITS } else { digits }
            }
        }
    }
}

/// Shell patterns of an expression, at most.
const MOST_GLOBS: usize = 16;

/// The shell patterns that together match what an expression does, if it is made of letters, `.`, `.*` and choices between
/// words alone.
fn as_globs(text: &str) -> Option<Vec<String>> {
    let mut globs = vec![String::new()];
    let mut rest = text.strip_prefix('^').unwrap_or(text);
    while let Some(next) = rest.chars().next() {
        let (words, after): (Vec<&str>, &str) = match next {
            '.' => match rest.strip_prefix(".*") {
                Some(after) => (vec!["*"], after),
                None => (vec!["?"], &rest[1..]),
            },
            '\\' => (vec!["."], rest.strip_prefix("\\.")?),
            '(' => {
                let (choice, after) = rest[1..].split_once(')')?;
                let choice = choice.strip_prefix("?:").unwrap_or(choice);
                (choice.split('|').map(is_word).collect::<Option<Vec<&str>>>()?, after)
            }
            _ => {
                let end = rest.find(|letter| !is_letter(letter)).unwrap_or(rest.len());
                (vec![is_word(&rest[..end])?], &rest[end..])
            }
        };
        // A repeat is of what stands before it.
        if after.starts_with(['*', '+', '?', '{']) {
            return None;
        }
        globs = globs.iter().flat_map(|glob| words.iter().map(move |word| glob.clone() + word)).collect();
        if globs.len() > MOST_GLOBS {
            return None;
        }
        rest = after;
    }
    // An expression is open at its end.
    for glob in &mut globs {
        glob.push('*');
    }
    Some(globs)
}

const fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
}

/// A text that stands for itself.
fn is_word(text: &str) -> Option<&str> {
    (!text.is_empty() && text.chars().all(is_letter)).then_some(text)
}

impl PartialEq for NamePattern {
    fn eq(&self, other: &Self) -> bool {
        core::mem::discriminant(&self.0) == core::mem::discriminant(&other.0) && self.text() == other.text()
    }
}

impl Eq for NamePattern {}

/// Whether a shell pattern matches a name, or its start up to a dot. Only the last star passed needs to be tried again:
/// each star before it took as little as it could.
fn glob_matches(mut pattern: Chars<'_>, mut name: Chars<'_>) -> bool {
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let (mut pattern_after, mut name_after) = (pattern.clone(), name.clone());
        match (pattern_after.next(), name_after.next()) {
            (None, None | Some('.')) => return true,
            (Some('*'), _) => {
                star = Some((pattern_after.clone(), name.clone()));
                pattern = pattern_after;
            }
            (Some(wanted), Some(letter)) if wanted == '?' || wanted == letter => {
                (pattern, name) = (pattern_after, name_after);
            }
            _ => {
                let Some((after, from)) = &mut star else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, name) = (after.clone(), from.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_as_in_quantisation_configs() {
        let layer = NamePattern::glob("model.layers.1.*");
        assert!(layer.matches("model.layers.1.mlp.up_proj"));
        assert!(!layer.matches("model.layers.10.mlp.up_proj"));
        let attention = NamePattern::glob("model.layers.*.self_attn");
        assert!(attention.matches("model.layers.3.self_attn.q_proj"));
        assert!(!attention.matches("model.layers.3.self_attn2"));
        assert!(NamePattern::glob("*lm_head").matches("lm_head"));
        assert!(NamePattern::glob("a?c*e").matches("aéc.d.e.f"));
        assert!(NamePattern::glob("").matches(""));
    }

    #[test]
    fn no_glob_is_slow() {
        let pattern = NamePattern::glob(&"*a".repeat(500));
        assert!(!pattern.matches(&"a".repeat(499)));
        assert!(pattern.matches(&"a".repeat(500)));
    }

    #[test]
    fn the_expressions_that_checkpoints_use() {
        let matches = |text: &str, name| NamePattern::expression(text).expect(text).matches(name);
        let dense = r".*mlp\.(gate|up|gate_up|down)_proj.*";
        assert!(matches(dense, "model.layers.0.mlp.gate_up_proj"));
        assert!(!matches(dense, "model.layers.3.mlp.experts.5.up_proj"));
        assert!(matches(".*self_attn.*", "model.layers.3.self_attn.kv_b_proj"));
        assert!(matches(r"model\.layers\.(4[0-9]|5\d)\..*", "model.layers.47.mlp.up_proj"));
        assert!(!matches(r"model\.layers\.(4[0-9]|5\d)\..*", "model.layers.60.mlp.up_proj"));
        assert!(matches(r"^.*\.gate$", "model.layers.0.mlp.gate"));
        assert!(matches(r"^.*\.mlp$", "model.layers.0.mlp.gate"));
        assert!(!matches(r"^.*\.gate$", "model.layers.0.mlp.gate_proj"));
        assert!(matches(r"layers\.\d{1,3}\.(?:mlp\.)*[^a-t]p", "layers.123.mlp.up"));
        // Anchored at the start, as re.match is.
        assert!(!matches("lm_head", "model.lm_head"));
        assert!(!matches("a|lm_head", "model.lm_head"));
    }

    /// What is matched by shell patterns is what the expression matches.
    #[test]
    fn plain_expressions_match_as_they_are_written() {
        let names = [
            "lm_head",
            "model.lm_head",
            "model.layers.0.mlp.gate_up_proj",
            "model.layers.12.mlp.up_proj",
            "model.layers.1.mlp.upxproj",
            "model.layers.1.self_attn.kv_b_proj",
            "model.layers.1.mlp.experts.3.down_proj.weight",
            "vision_tower.blocks.0.up",
            "",
        ];
        for text in [
            r".*mlp\.(gate|up|gate_up|down)_proj.*",
            ".*self_attn.*",
            "lm_head",
            "^model.layers",
            r"model\.layers\.1.*(?:up|down)",
            ".*lm_head",
            "vision_tower.*",
        ] {
            let NamePattern(Matcher::Expression { regex, plain, .. }) =
                NamePattern::expression(text).expect(text)
            else {
                panic!("{text} is an expression")
            };
            let globs = plain.expect(text);
            for name in names {
                let matches = globs.iter().any(|glob| glob_matches(glob.chars(), name.chars()));
                assert_eq!(matches, regex.is_match(name), "{text} on {name}");
            }
        }
        for other in [r"layers\.\d+", "a|b", "(a|b)+", "ab*", "[ab]", "(a(b))", "a$", "(|a)", "a.+", "(?i)a"]
        {
            assert_eq!(as_globs(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_not_understood_or_large_is_refused() {
        for expression in ["(?!x).*", r"(a)\1", "(a", "a)", "[a", "*a", "a\\", "a{60000}", "(a{90}){90}"] {
            assert!(NamePattern::expression(expression).is_err(), "{expression}");
        }
        assert!(NamePattern::expression(&"(".repeat(100_000)).is_err());
        assert!(NamePattern::expression(&format!("{}a{}", "(".repeat(40), ")".repeat(40))).is_err());
    }

    #[test]
    fn digits_that_are_told_apart() {
        let digits = |text: &str| NamePattern::expression(text).expect(text).digits();
        assert_eq!(NamePattern::glob("layers.1?.*").digits(), 0b10);
        assert_eq!(digits(r".*layers\.\d+\.mlp"), 0);
        assert_eq!(digits(r"layers\.(4[0-9]|5\d)"), 0b11_0000);
        assert_eq!(digits(r"layers\.[4-7]\."), ALL_DIGITS);
    }
}
