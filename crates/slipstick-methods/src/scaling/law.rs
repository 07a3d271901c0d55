//! The laws that can be asked for the best model of a budget, and how far each was measured.

use super::{
    besiroglu, deepseek, gadre, hoffmann, kaplan, krajewski, llama, ludziejewski, muennighoff, sardana,
};
use crate::{Method, MethodError, nearest::hint, value::clipped};

/// A law with the runs that it was fitted on.
#[derive(Debug)]
pub struct Law {
    /// Its formulas, constants and faults.
    pub method: &'static Method,
    /// What else it is called.
    pub aliases: &'static [&'static str],
    /// What it is about, if that is not every training: nobody asks it who says none of these inputs.
    pub about: &'static [&'static str],
    /// The runs that it was fitted on.
    pub range: Range,
}

/// From the least to the most of what was trained; nothing is known beyond.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Parameters, as the law counts them.
    pub parameters: (f64, f64),
    /// Tokens.
    pub tokens: (f64, f64),
    /// Work of a training in FLOP.
    pub flops: (f64, f64),
}

/// Nobody says.
const ANY: (f64, f64) = (0.0, f64::INFINITY);

impl Range {
    /// Which of the three lie outside, in the order of the fields.
    pub fn outside(&self, parameters: f64, tokens: f64) -> [bool; 3] {
        let beyond = |(least, most): (f64, f64), value: f64| value < least || value > most;
        [
            beyond(self.parameters, parameters),
            beyond(self.tokens, tokens),
            beyond(self.flops, 6.0 * parameters * tokens),
        ]
    }
}

/// The experiments of Hoffmann et al. 2022: 44 million to 16 billion parameters, 5 to 500 billion tokens.
const CHINCHILLA: Range = Range { parameters: (44e6, 16e9), tokens: (5e9, 500e9), flops: ANY };

impl Law {
    /// Its name.
    pub const fn id(&self) -> &'static str {
        self.method.id
    }

    /// Whether it answers a quantity.
    pub fn answers(&self, quantity: &str) -> bool {
        self.method.quantity(quantity).is_some()
    }

    /// Whether it takes an input.
    pub fn takes(&self, input: &str) -> bool {
        self.method.input(input).is_some()
    }

    /// Whether it knows a name: its own, another that it goes by, or its own up to a dash.
    fn is_called(&self, name: &str) -> bool {
        let starts = |id: &str| id.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
        self.id() == name || self.aliases.contains(&name) || (!name.is_empty() && starts(self.id()))
    }
}

/// The law of a name.
///
/// # Errors
/// If there is none, or several; the message names them.
pub fn law(name: &str) -> Result<&'static Law, MethodError> {
    let wanted = name.trim().to_ascii_lowercase();
    let named: Vec<&Law> = LAWS.iter().filter(|law| law.is_called(&wanted)).collect();
    let exact = |law: &&&Law| law.id() == wanted || law.aliases.contains(&wanted.as_str());
    match (named.iter().find(exact), named.as_slice()) {
        (Some(law), _) | (None, [law]) => Ok(law),
        (None, []) => {
            let known =
                LAWS.iter().flat_map(|law| std::iter::once(law.id()).chain(law.aliases.iter().copied()));
            let known: Vec<&str> = known.collect();
            Err(MethodError::UnknownLaw { name: clipped(name), hint: hint(&wanted, known.iter().copied()) })
        }
        (None, several) => {
            let ids: Vec<&str> = several.iter().map(|law| law.id()).collect();
            Err(MethodError::UnknownLaw {
                name: clipped(name),
                hint: format!("write one of {}", ids.join(", ")),
            })
        }
    }
}

/// Every law that can be asked for the best model of a budget, the one that is taken first.
pub static LAWS: &[Law] = &[
    Law { method: &besiroglu::METHOD, aliases: &["epoch"], about: &[], range: CHINCHILLA },
    Law { method: &hoffmann::UNROUNDED, aliases: &["chinchilla-3-unrounded"], about: &[], range: CHINCHILLA },
    Law { method: &hoffmann::ROUNDED, aliases: &["chinchilla-3"], about: &[], range: CHINCHILLA },
    Law { method: &hoffmann::SECOND, aliases: &["chinchilla-2"], about: &[], range: CHINCHILLA },
    Law { method: &hoffmann::FIRST, aliases: &["chinchilla-1"], about: &[], range: CHINCHILLA },
    Law {
        method: &kaplan::METHOD,
        aliases: &["kaplan"],
        about: &[],
        range: Range { parameters: (768.0, 1.5e9), tokens: (22e6, 23e9), flops: ANY },
    },
    Law {
        method: &llama::METHOD,
        aliases: &["llama"],
        about: &[],
        range: Range { parameters: (40e6, 16e9), tokens: ANY, flops: (6e18, 1e22) },
    },
    Law {
        method: &deepseek::METHOD,
        aliases: &["deepseek"],
        about: &[],
        range: Range { parameters: ANY, tokens: ANY, flops: (1e17, 3e20) },
    },
    Law {
        method: &muennighoff::METHOD,
        aliases: &["data-constrained"],
        about: &[],
        range: Range { parameters: (10e6, 9e9), tokens: (0.0, 900e9), flops: ANY },
    },
    Law {
        method: &gadre::METHOD,
        aliases: &["over-training"],
        about: &[],
        range: Range { parameters: (11e6, 6.9e9), tokens: (0.0, 922e9), flops: ANY },
    },
    Law {
        method: &sardana::METHOD,
        aliases: &["inference-aware"],
        about: &["inference_tokens"],
        range: CHINCHILLA,
    },
    Law {
        method: &ludziejewski::METHOD,
        aliases: &["joint-moe"],
        about: &["experts"],
        range: Range { parameters: (79e6, 2.7e9), tokens: (0.5e9, 80e9), flops: ANY },
    },
    Law {
        method: &krajewski::METHOD,
        aliases: &["granularity"],
        about: &["experts", "granularity"],
        range: Range { parameters: (3e6, 86e6), tokens: (16e9, 130e9), flops: ANY },
    },
];
