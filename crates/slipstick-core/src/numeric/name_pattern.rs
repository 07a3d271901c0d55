//! Patterns over module names that match in time linear in the name.

/// The characters that a step of a pattern accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letters {
    /// Any character.
    Any,
    /// This one.
    One(char),
    /// The characters between each pair, both included.
    Ranges(Vec<(char, char)>),
}

impl Letters {
    fn accept(&self, letter: char) -> bool {
        match self {
            Self::Any => true,
            Self::One(own) => *own == letter,
            Self::Ranges(ranges) => ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)),
        }
    }
}

/// How often a step may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Once.
    Once,
    /// Once or not at all.
    Optional,
    /// Any number of times, also none.
    Any,
}

/// A bit for each digit.
const ALL_DIGITS: u16 = (1 << 10) - 1;

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it accepts.
    pub letters: Letters,
    /// How often.
    pub repeat: Repeat,
}

/// A pattern over names: steps from the start of the name to its end.
///
/// ```
/// # use slipstick_core::numeric::NamePattern;
/// let pattern = NamePattern::glob("layers.*.self_attn*");
/// assert!(pattern.matches("layers.3.self_attn.q_proj"));
/// assert!(!pattern.matches("layers.3.mlp.up_proj"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    /// Literal text at the start: most names fail there, cheaply.
    head: String,
    steps: Vec<Step>,
}

impl NamePattern {
    /// A pattern of steps.
    pub fn new(steps: Vec<Step>) -> Self {
        let literal = |step: &Step| match (&step.letters, step.repeat) {
            (Letters::One(letter), Repeat::Once) => Some(*letter),
            _ => None,
        };
        let head: String = steps.iter().map_while(literal).collect();
        let steps = steps.into_iter().skip(head.chars().count()).collect();
        Self { head, steps }
    }

    /// A shell pattern: `*` for any text, `?` for any character, everything else for itself.
    pub fn glob(text: &str) -> Self {
        let step = |letter| match letter {
            '*' => Step { letters: Letters::Any, repeat: Repeat::Any },
            '?' => Step { letters: Letters::Any, repeat: Repeat::Once },
            letter => Step { letters: Letters::One(letter), repeat: Repeat::Once },
        };
        Self::new(text.chars().map(step).collect())
    }

    /// Steps after the literal start: what it costs to hold and to match.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The digits, a bit each, that some step tells from other digits.
    pub(super) fn digits(&self) -> u16 {
        let one = |letter: char| letter.to_digit(10).map_or(0, |digit| 1_u16 << digit);
        let of_step = |step: &Step| match &step.letters {
            Letters::Any => 0,
            Letters::One(letter) => one(*letter),
            Letters::Ranges(_) => {
                let accepted = ('0'..='9').filter(|digit| step.letters.accept(*digit)).map(one);
                let accepted = accepted.fold(0, |all, digit| all | digit);
                if accepted == ALL_DIGITS { 0 } else { accepted }
            }
        };
        let head = self.head.chars().map(one);
        head.chain(self.steps.iter().map(of_step)).fold(0, |all, digits| all | digits)
    }

    /// Whether it matches the whole name.
    pub fn matches(&self, name: &str) -> bool {
        self.run(name, false)
    }

    /// Whether it matches the name or a module that the name lies in.
    pub fn matches_module(&self, name: &str) -> bool {
        self.run(name, true)
    }

    /// Walks all ways through the pattern at once, so that no pattern takes more than steps × letters.
    fn run(&self, name: &str, inside: bool) -> bool {
        let Some(rest) = name.strip_prefix(self.head.as_str()) else { return false };
        let mut now = vec![false; self.steps.len() + 1];
        let mut next = now.clone();
        now[0] = true;
        self.skip(&mut now);
        for letter in rest.chars() {
            if inside && letter == '.' && now[self.steps.len()] {
                return true;
            }
            next.fill(false);
            for (at, step) in self.steps.iter().enumerate().filter(|(at, _)| now[*at]) {
                if step.letters.accept(letter) {
                    next[if step.repeat == Repeat::Any { at } else { at + 1 }] = true;
                }
            }
            self.skip(&mut next);
            core::mem::swap(&mut now, &mut next);
        }
        now[self.steps.len()]
    }

    /// Passes over the steps that need not be taken.
    fn skip(&self, reached: &mut [bool]) {
        for (at, step) in self.steps.iter().enumerate() {
            if reached[at] && step.repeat != Repeat::Once {
                reached[at + 1] = true;
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
        assert!(!attention.matches("model.layers.3.self_attn.q_proj"));
        assert!(attention.matches_module("model.layers.3.self_attn.q_proj"));
        assert!(!attention.matches_module("model.layers.3.self_attn2"));
        assert!(NamePattern::glob("*lm_head").matches("lm_head"));
        assert!(NamePattern::glob("").matches(""));
    }

    #[test]
    fn no_pattern_is_slow() {
        let pattern = NamePattern::glob(&"*a".repeat(500));
        assert!(!pattern.matches(&"a".repeat(499)));
        assert!(pattern.matches(&"a".repeat(500)));
    }
}
