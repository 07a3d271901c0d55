//! Asking a law: its own names for what is known, its refusals, and how far it was measured.

use slipstick_core::units::show::scaled;
use slipstick_methods::{
    MethodError, Value,
    scaling::{LAWS, Law, law},
};

use super::ScaleRequest;
use crate::{ApiError, resolve::Assumption};

/// What only some laws take: the input, its flag, and the law that is taken where nobody names one.
const OPTIONS: [(&str, &str, Option<&str>); 4] = [
    ("experts", "--experts", Some("ludziejewski-2025")),
    ("granularity", "--granularity", Some("krajewski-2024")),
    ("unique_tokens", "--unique-tokens", Some("muennighoff-2023")),
    ("inference_tokens", "--inference-tokens", None),
];

/// A law with what was said to it.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) law: &'static Law,
    options: Vec<(&'static str, f64)>,
}

/// What a law says of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    pub(super) parameters: f64,
    pub(super) tokens: f64,
    pub(super) loss: Option<f64>,
}

impl Chosen {
    /// One quantity of the law.
    pub(super) fn ask(&self, quantity: &str, inputs: &[(&'static str, f64)]) -> Result<f64, MethodError> {
        self.law.method.eval(quantity, &self.inputs(inputs)).map(|answer| answer.value)
    }

    /// All that it is told, with what it takes of the options.
    pub(super) fn inputs(&self, inputs: &[(&'static str, f64)]) -> Vec<(&'static str, Value)> {
        let said = |key: &str| inputs.iter().any(|(given, _)| *given == key);
        let options = self.options.iter().filter(|(key, _)| self.law.takes(key) && !said(key));
        inputs.iter().chain(options).map(|(key, value)| (*key, Value::Number(*value))).collect()
    }

    /// Loss of a training; none where the law says nothing of loss.
    pub(super) fn loss(&self, parameters: f64, tokens: f64) -> Option<f64> {
        self.ask("loss", &[("parameters", parameters), ("tokens", tokens)]).ok()
    }

    /// The best model of a budget.
    pub(super) fn best(&self, flops: f64) -> Result<Best, MethodError> {
        let parameters = self.ask("optimal_parameters", &[("flops", flops)])?;
        let tokens = self.ask("optimal_tokens", &[("flops", flops)])?;
        Ok(Best { parameters, tokens, loss: self.loss(parameters, tokens) })
    }

    /// What was said that it does not take.
    pub(super) fn ignores(&self) -> Vec<&'static str> {
        let unknown = |key: &str| self.options.iter().any(|(given, _)| *given == key) && !self.law.takes(key);
        OPTIONS.iter().filter(|(key, ..)| unknown(key)).map(|(_, flag, _)| *flag).collect()
    }

    /// The loss that no training goes below; none where the law says nothing of loss.
    fn floor(&self) -> Option<f64> {
        const ENDLESS: f64 = 1e200;
        self.loss(ENDLESS, ENDLESS)
    }

    /// A refusal where the law says nothing of what is asked.
    pub(super) fn silent(&self, quantity: &str) -> ApiError {
        let able: Vec<&str> = LAWS.iter().filter(|law| law.answers(quantity)).map(Law::id).collect();
        let asked = match quantity {
            "least_flops" | "tokens_for_loss" => "what a loss takes",
            "lifetime_tokens" => "serving",
            "optimal_flops" => "the budget of a size",
            _ => "that",
        };
        ApiError::input("law.no_quantity", format!("{} says nothing of {asked}", self.law.id()))
            .at("--law")
            .help(format!("laws that do: {}", able.join(", ")))
    }

    /// A refusal where the law has no answer.
    pub(super) fn refusal(&self, quantity: &str, error: &MethodError) -> ApiError {
        let id = self.law.id();
        match error {
            MethodError::UnknownQuantity { .. } => self.silent(quantity),
            MethodError::NotFinite { .. } | MethodError::Negative { .. } => {
                let floor =
                    self.floor().map(|floor| format!("; its floor is {floor:.4}")).unwrap_or_default();
                ApiError::input("law.no_answer", format!("by {id} no such training reaches that loss"))
                    .at("--loss")
                    .help(format!("give a higher loss or a larger model{floor}"))
            }
            other => ApiError::from(other.clone()),
        }
    }

    /// Where a training lies outside of what the law was fitted on, in words.
    pub(super) fn outside(&self, parameters: f64, tokens: f64) -> Option<String> {
        let range = self.law.range;
        let [size, text, work] = range.outside(parameters, tokens);
        let span = |(least, most): (f64, f64)| match (least > 0.0, most.is_finite()) {
            (true, true) => format!("{} to {}", scaled(least), scaled(most)),
            (false, true) => format!("at most {}", scaled(most)),
            (true, false) => format!("at least {}", scaled(least)),
            (false, false) => "any".to_owned(),
        };
        let flops = |(least, most): (f64, f64)| format!("{least:.0e} to {most:.0e}");
        let parts = [
            size.then(|| format!("{} parameters, fitted on {}", scaled(parameters), span(range.parameters))),
            text.then(|| format!("{} tokens, fitted on {}", scaled(tokens), span(range.tokens))),
            work.then(|| format!("{:.2e} FLOP, fitted on {}", 6.0 * parameters * tokens, flops(range.flops))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn options(request: &ScaleRequest) -> Result<Vec<(&'static str, f64)>, ApiError> {
    let given = [request.experts, request.granularity, request.unique_tokens, request.inference_tokens];
    let mut options = Vec::new();
    for ((key, flag, _), count) in OPTIONS.into_iter().zip(given) {
        match count {
            Some(count) if count.0 == 0 => {
                return Err(ApiError::input("scale.zero_count", format!("{flag} is 0"))
                    .at(flag)
                    .help("give a count above 0, or leave it out"));
            }
            Some(count) => options.push((key, count.0 as f64)),
            None => {}
        }
    }
    Ok(options)
}

/// The law that answers, and all that can stand beside it.
pub(super) fn chosen(
    request: &ScaleRequest,
    defaults: &mut Vec<Assumption>,
) -> Result<(Chosen, Vec<Chosen>), ApiError> {
    let options = options(request)?;
    let usual = || {
        let takes = OPTIONS.iter().find(|(key, ..)| options.iter().any(|(given, _)| given == key));
        let own = takes.and_then(|(_, flag, law)| law.map(|law| (law, format!("it takes {flag}"))));
        own.unwrap_or((
            LAWS[0].id(),
            "the refit of Chinchilla that agrees with how it was trained".to_owned(),
        ))
    };
    let law = if let Some(name) = &request.law {
        law(name)?
    } else {
        let (id, why) = usual();
        defaults.push(Assumption { flag: "--law", value: id.to_owned(), why });
        law(id)?
    };
    let with = |law| Chosen { law, options: options.clone() };
    let given = |key: &str| options.iter().any(|(given, _)| *given == key);
    let asked = |law: &&Law| law.about.is_empty() || law.about.iter().any(|key| given(key));
    let beside = LAWS.iter().filter(|other| other.id() == law.id() || asked(other)).map(with).collect();
    Ok((with(law), beside))
}
