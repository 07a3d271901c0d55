//! The regular expressions that quantisation configs use, as patterns that match in linear time.
//!
//! Alternatives are written out; what goes beyond literals, classes, `.`, `*`, `+`, `?` and groups of alternatives
//! is refused rather than misread.

use slipstick_core::numeric::{Letters, NamePattern, Repeat, Step};

/// The most patterns that the alternatives of one expression may spell out.
const MAX_ALTERNATIVES: usize = 256;

/// The most steps of all alternatives together.
const MAX_STEPS: usize = 16_384;

/// How deep groups may nest.
const MAX_DEPTH: usize = 8;

/// The steps of each alternative.
type Alternatives = Vec<Vec<Step>>;

/// Parses an expression that is anchored at its start and open at its end, as `re.match` takes it.
pub(super) fn parse(expression: &str) -> Result<Vec<NamePattern>, String> {
    let expression = expression.strip_prefix('^').unwrap_or(expression);
    let (expression, closed) = match expression.strip_suffix('$') {
        Some(expression) if !expression.ends_with('\\') => (expression, true),
        _ => (expression, false),
    };
    let letters: Vec<char> = expression.chars().collect();
    let mut parser = Parser { letters: &letters, at: 0 };
    let alternatives = parser.alternatives(0)?;
    if parser.at < letters.len() {
        return Err("has a ')' too many".to_owned());
    }
    Ok(alternatives
        .into_iter()
        .map(|mut steps| {
            if !closed {
                steps.push(Step { letters: Letters::Any, repeat: Repeat::Any });
            }
            NamePattern::new(steps)
        })
        .collect())
}

struct Parser<'a> {
    letters: &'a [char],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    /// Sequences between `|`, up to a closing bracket or the end.
    fn alternatives(&mut self, depth: usize) -> Result<Alternatives, String> {
        if depth > MAX_DEPTH {
            return Err("nests groups too deep".to_owned());
        }
        let mut all = Vec::new();
        loop {
            all.extend(self.sequence(depth)?);
            check(&all)?;
            if self.peek() != Some('|') {
                return Ok(all);
            }
            self.at += 1;
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Alternatives, String> {
        let mut so_far: Alternatives = vec![Vec::new()];
        while let Some(letter) = self.peek().filter(|letter| !matches!(letter, '|' | ')')) {
            self.at += 1;
            let atom = match letter {
                '(' => self.group(depth)?,
                other => self.single(other)?,
            };
            let mut joined = Vec::new();
            for start in &so_far {
                for end in &atom {
                    joined.push([start.as_slice(), end.as_slice()].concat());
                }
            }
            check(&joined)?;
            so_far = joined;
        }
        Ok(so_far)
    }

    fn group(&mut self, depth: usize) -> Result<Alternatives, String> {
        if self.peek() == Some('?') {
            self.at += 1;
            if self.next() != Some(':') {
                return Err("looks around, which is not understood".to_owned());
            }
        }
        let mut inner = self.alternatives(depth + 1)?;
        if self.next() != Some(')') {
            return Err("lacks a ')'".to_owned());
        }
        match self.peek() {
            Some('?') => {
                self.at += 1;
                inner.push(Vec::new());
                Ok(inner)
            }
            Some('*' | '+' | '{') => Err("repeats a group, which is not understood".to_owned()),
            _ => Ok(inner),
        }
    }

    fn single(&mut self, letter: char) -> Result<Alternatives, String> {
        let letters = match letter {
            '.' => Letters::Any,
            '\\' => self.escape()?,
            '[' => self.class()?,
            '*' | '+' | '?' | '{' | '}' | '^' | '$' | ']' => {
                return Err(format!("has a '{letter}' where it is not understood"));
            }
            other => Letters::One(other),
        };
        let step = |repeat| Step { letters: letters.clone(), repeat };
        let steps = match self.peek() {
            Some('*') => vec![step(Repeat::Any)],
            Some('+') => vec![step(Repeat::Once), step(Repeat::Any)],
            Some('?') => vec![step(Repeat::Optional)],
            Some('{') => return Err("counts repeats, which is not understood".to_owned()),
            _ => return Ok(vec![vec![step(Repeat::Once)]]),
        };
        self.at += 1;
        // A lazy repeat matches the same names.
        if self.peek() == Some('?') {
            self.at += 1;
        }
        Ok(vec![steps])
    }

    fn escape(&mut self) -> Result<Letters, String> {
        match self.next() {
            Some('d') => Ok(Letters::Ranges(vec![('0', '9')])),
            Some('w') => Ok(Letters::Ranges(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')])),
            Some(letter) if !letter.is_alphanumeric() => Ok(Letters::One(letter)),
            _ => Err("has an escape that is not understood".to_owned()),
        }
    }

    fn class(&mut self) -> Result<Letters, String> {
        let mut ranges = Vec::new();
        if self.peek() == Some('^') {
            return Err("excludes letters, which is not understood".to_owned());
        }
        loop {
            let low = match self.next() {
                Some(']') if !ranges.is_empty() => return Ok(Letters::Ranges(ranges)),
                Some('\\') => match self.escape()? {
                    Letters::Ranges(escaped) => {
                        ranges.extend(escaped);
                        continue;
                    }
                    Letters::One(letter) => {
                        ranges.push((letter, letter));
                        continue;
                    }
                    Letters::Any => continue,
                },
                Some(letter) => letter,
                None => return Err("lacks a ']'".to_owned()),
            };
            let is_range = self.peek() == Some('-') && self.letters.get(self.at + 1) != Some(&']');
            let high = if is_range {
                self.at += 1;
                self.next().ok_or("lacks a ']'")?
            } else {
                low
            };
            ranges.push((low, high));
        }
    }
}

fn check(alternatives: &Alternatives) -> Result<(), String> {
    if alternatives.len() > MAX_ALTERNATIVES || alternatives.iter().map(Vec::len).sum::<usize>() > MAX_STEPS {
        return Err("has more alternatives than are written out".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(expression: &str, name: &str) -> bool {
        parse(expression).expect(expression).iter().any(|pattern| pattern.matches(name))
    }

    #[test]
    fn the_expressions_that_checkpoints_use() {
        let dense = r".*mlp\.(gate|up|gate_up|down)_proj.*";
        assert!(matches(dense, "model.layers.0.mlp.gate_up_proj"));
        assert!(!matches(dense, "model.layers.3.mlp.experts.5.up_proj"));
        assert!(matches(".*self_attn.*", "model.layers.3.self_attn.kv_b_proj"));
        assert!(matches(r"model\.layers\.(4[0-9]|5\d)\..*", "model.layers.47.mlp.up_proj"));
        assert!(!matches(r"model\.layers\.(4[0-9]|5\d)\..*", "model.layers.60.mlp.up_proj"));
        assert!(matches(r"^.*\.gate$", "model.layers.0.mlp.gate"));
        assert!(!matches(r"^.*\.gate$", "model.layers.0.mlp.gate_proj"));
        assert!(matches(r"layers\.\d+\.(?:mlp\.)?up", "layers.123.up"));
        // Anchored at the start, as re.match is.
        assert!(!matches("lm_head", "model.lm_head"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for expression in ["(a|b)*", "(?!x).*", "a{3}", "[^a]", "(a", "a)", r"\b", "[a", "*a", "a\\"] {
            assert!(parse(expression).is_err(), "{expression}");
        }
        assert!(parse(&"(a|b)".repeat(20)).is_err());
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
