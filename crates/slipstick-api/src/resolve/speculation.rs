//! What drafts tokens for a deployment: as a person writes it, checked against model and engine.

use std::sync::Arc;

use slipstick_catalog::Catalog;
use slipstick_core::{
    engine::{Engine, EngineProfile},
    hardware::Assumptions,
    model::FormattedModel,
    plan::{Degrees, Plan},
    speculation::{self, Drafter, Method, Passes, Speculation},
};

use super::{Assumption, EngineChoice, ResolvedModel};
use crate::{ApiError, request::DeploymentRequest};

/// The flags.
const SPECULATIVE: &str = "--speculative";
const ACCEPTANCE: &str = "--acceptance";

/// What may be written, as messages propose it.
const FORMS: &str = "mtp=1, draft:MODEL=4, eagle3:MODEL=3, p-eagle:MODEL=4, dflash:MODEL=8, ngram=4 or none";

/// No engine drafts more tokens than this in one step.
pub(super) const MOST: u64 = 64;

/// Tokens that are drafted where nobody says how many: one for each prediction layer, and what examples of engines show.
const fn usual(method: Method) -> u64 {
    match method {
        Method::OwnLayers => 1,
        Method::Eagle3 => 3,
        Method::ParallelEagle | Method::Draft | Method::Lookup => 4,
        Method::Dflash => 8,
    }
}

/// What is asked to draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    method: Method,
    /// The model that drafts, where it is one of its own.
    pub(super) model: Option<String>,
    tokens: Option<u64>,
}

/// A model that was found to draft.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) model: Arc<ResolvedModel>,
    pub(super) formatted: Arc<FormattedModel>,
}

/// What a deployment drafts with, and what is odd about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Drafts {
    pub(super) speculation: Option<Arc<Speculation>>,
    pub(super) warnings: Vec<String>,
}

/// The deployment that drafts are for.
pub(super) struct Target<'a> {
    pub(super) model: &'a ResolvedModel,
    pub(super) formatted: &'a FormattedModel,
    pub(super) plan: Plan,
    pub(super) engine: &'a EngineChoice,
    pub(super) assumed: &'a Assumptions,
    pub(super) catalog: &'a Catalog,
}

/// Reads what a request asks to draft; none where it asks for nothing, or for no tokens.
pub(super) fn asked(request: &DeploymentRequest) -> Result<Option<Asked>, ApiError> {
    let found = request.speculative.as_deref().map(parse).transpose()?.flatten();
    if found.is_some() && request.draft_tokens.is_some() {
        return Err(ApiError::input("speculative.conflict", "both say what is drafted")
            .at("--draft-tokens")
            .help("leave out --draft-tokens"));
    }
    if found.is_none() && request.acceptance.is_some() {
        return Err(ApiError::input("acceptance.alone", "nothing is drafted that could be accepted")
            .at(ACCEPTANCE)
            .help(format!("say what drafts, such as --speculative {FORMS}")));
    }
    Ok(found)
}

fn parse(text: &str) -> Result<Option<Asked>, ApiError> {
    let refused = |message: String| {
        ApiError::input("speculative.invalid", message).at(SPECULATIVE).help(format!("write {FORMS}"))
    };
    let shown: String = text.chars().take(60).collect();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(refused("nothing is said of what drafts".to_owned()));
    }
    if trimmed.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let (what, tokens) = match trimmed.rsplit_once('=') {
        Some((what, count)) => {
            let count = count.trim().parse::<u64>();
            (what, Some(count.map_err(|_| refused(format!("{shown:?} drafts no whole number of tokens")))?))
        }
        None => (trimmed, None),
    };
    let (name, model) = match what.split_once(':') {
        Some((name, model)) => (name, Some(model.trim().to_owned()).filter(|model| !model.is_empty())),
        None => (what, None),
    };
    let wanted = name.trim().to_ascii_lowercase();
    let method = Method::ALL.into_iter().find(|method| method.name() == wanted);
    let method =
        method.ok_or_else(|| refused(format!("{shown:?} is no way of drafting that is modelled")))?;
    if method.names_a_model() != model.is_some() {
        let with =
            if model.is_some() { "without a model of its own" } else { "with a model, and none is named" };
        return Err(refused(format!("{wanted} drafts {with}")));
    }
    if tokens.is_some_and(|tokens| tokens > MOST) {
        return Err(ApiError::input("speculative.tokens", "no engine drafts so many tokens in a step")
            .at(SPECULATIVE)
            .help(format!("give at most {MOST}, such as {wanted}=3")));
    }
    Ok((tokens != Some(0)).then_some(Asked { method, model, tokens }))
}

impl Asked {
    /// What drafts for `target`, with the model that was found for it.
    pub(super) fn drafts(
        &self,
        found: Option<&Found>,
        request: &DeploymentRequest,
        target: &Target<'_>,
        defaults: &mut Vec<Assumption>,
    ) -> Result<Drafts, ApiError> {
        self.supported(target)?;
        let drafter = match found {
            Some(found) => Some(self.model(found, target)?),
            None if self.method == Method::OwnLayers => Some(own_layers(target)?),
            None => None,
        };
        let tokens = self.tokens.unwrap_or_else(|| {
            let tokens = usual(self.method);
            let why = "tokens drafted in a step, as examples of engines have it".to_owned();
            defaults.push(Assumption {
                flag: SPECULATIVE,
                value: format!("{}={tokens}", self.method.name()),
                why,
            });
            tokens
        });
        let (acceptance, assumed) = self.acceptance(tokens, request, target, defaults)?;
        let speculation = Speculation { method: self.method, drafter, tokens, acceptance, assumed };
        let warnings = found.and_then(|found| larger(found, target.model)).into_iter().collect();
        Ok(Drafts { speculation: Some(Arc::new(speculation)), warnings })
    }

    /// The chances of its places, and the ends of what they may be where nobody says them.
    fn acceptance(
        &self,
        tokens: u64,
        request: &DeploymentRequest,
        target: &Target<'_>,
        defaults: &mut Vec<Assumption>,
    ) -> Result<(Vec<f64>, Option<[f64; 2]>), ApiError> {
        if let Some(stated) = &request.acceptance {
            Ok((stated.places(tokens)?, None))
        } else {
            let known = self.method.acceptance(&target.assumed.acceptance);
            let why = format!(
                "published rates for {}, {} to {}: it depends on the text and on the temperature",
                self.method.name(),
                known.low,
                known.high
            );
            defaults.push(Assumption { flag: ACCEPTANCE, value: known.value.to_string(), why });
            Ok((vec![known.value; places(tokens)], Some([known.low, known.high])))
        }
    }

    /// Whether the engine drafts in this way.
    fn supported(&self, target: &Target<'_>) -> Result<(), ApiError> {
        let name = self.method.name();
        let knows = |profile: &EngineProfile| profile.speculation().any(|known| known == name);
        let profile = &target.engine.profile;
        if knows(profile) {
            return Ok(());
        }
        let all: Vec<&str> = profile.speculation().collect();
        let message = format!(
            "{} {} is not known to draft with {name}: it knows {}",
            target.engine.name,
            profile.version,
            all.join(", ")
        );
        let others = Engine::ALL.into_iter().filter(|engine| *engine != Engine::Ideal);
        let others = others.map(|engine| (engine, target.catalog.latest_profile(engine)));
        let others = others.filter(|(_, entry)| knows(&entry.profile));
        let others: Vec<String> =
            others.map(|(engine, entry)| format!("{}@{}", engine.name(), entry.profile.version)).collect();
        Err(ApiError::input("speculative.engine", message)
            .at(SPECULATIVE)
            .help(format!("choose --engine {}, or another way of drafting", others.join(" or "))))
    }

    /// The way of drafting that a model is a head for, which must be this one if it is any.
    fn head(&self, found: &Found) -> Result<Option<Method>, ApiError> {
        let draft = &found.model.model;
        let is_head = Method::ALL.into_iter().find(|method| head_type(*method) == Some(&draft.model_type));
        if is_head == Some(self.method).filter(|method| *method != Method::Draft) {
            return Ok(is_head);
        }
        let name = &found.model.name;
        let (message, help) = match is_head {
            None => (
                format!("{name} is no head for {}", self.method.name()),
                format!("say draft:{name} if it is a smaller model"),
            ),
            Some(head) => {
                (format!("{name} is a head for {}", head.name()), format!("say {}:{name}", head.name()))
            }
        };
        Err(ApiError::input("speculative.head", message).at(SPECULATIVE).help(help))
    }

    /// A model of its own, if it can draft for this one.
    fn model(&self, found: &Found, target: &Target<'_>) -> Result<Drafter, ApiError> {
        let (draft, model) = (&found.model.model, &target.model.model);
        let refused = |code, message: String, help: String| {
            Err(ApiError::input(code, message).at(SPECULATIVE).help(help))
        };
        let is_head = self.head(found)?;
        let apart = draft.vocab.abs_diff(model.vocab);
        if apart > target.engine.profile.draft_vocabulary() {
            let message = format!(
                "{} has a vocabulary of {} tokens and {} one of {}: its drafts mean nothing there",
                found.model.name, draft.vocab, target.model.name, model.vocab
            );
            return refused(
                "speculative.vocabulary",
                message,
                "choose a model of the same family, whose tokenizer is the same".to_owned(),
            );
        }
        if is_head.is_some() {
            reads_states(found, target)?;
        }
        let degrees = Degrees { tp: target.plan.tp(), ..Degrees::ONE };
        if let Err(error) = Plan::new(degrees, draft, degrees.accelerators()) {
            return refused(
                "speculative.layout",
                format!("{}: {error}", found.model.name),
                "choose another --tp, or another model to draft".to_owned(),
            );
        }
        Ok(match self.method.passes() {
            Passes::Model => {
                Drafter { model: Arc::clone(&found.formatted), passes: Passes::Model, own_layers: false }
            }
            passes => speculation::head_of(target.formatted, &found.formatted, passes),
        })
    }
}

/// Refuses a head that reads hidden states of another width than the model has.
fn reads_states(found: &Found, target: &Target<'_>) -> Result<(), ApiError> {
    let (draft, model) = (&found.model.model, &target.model.model);
    if hidden_states(draft).is_none_or(|width| width == model.hidden) {
        return Ok(());
    }
    let message = format!(
        "{} reads hidden states of another width than the {} of {}",
        found.model.name, model.hidden, target.model.name
    );
    let help = format!("choose a head that was trained for {}", target.model.name);
    Err(ApiError::input("speculative.width", message).at(SPECULATIVE).help(help))
}

/// The architecture of the heads of a way of drafting.
const fn head_type(method: Method) -> Option<&'static str> {
    match method {
        Method::Eagle3 => Some("eagle3"),
        Method::ParallelEagle => Some("p_eagle"),
        Method::Dflash => Some("dflash"),
        Method::OwnLayers | Method::Draft | Method::Lookup => None,
    }
}

/// The width of the hidden states that a head joins, which are a whole number of the target's; none where it is not told.
fn hidden_states(head: &slipstick_core::model::Model) -> Option<u64> {
    let joins = head.components.iter().find(|component| component.path == "fc")?;
    let cols = joins.weights.first()?.cols;
    // A head joins three states; one that joins others is as wide as its target.
    Some(if cols % 3 == 0 && head.model_type != "dflash" { cols / 3 } else { head.hidden })
}

fn own_layers(target: &Target<'_>) -> Result<Drafter, ApiError> {
    speculation::own_layers(target.formatted).ok_or_else(|| {
        let message = format!("{} has no layers that predict further tokens", target.model.name);
        ApiError::input("speculative.no_layers", message).at(SPECULATIVE).help(
            "draft with a smaller model (draft:MODEL=4), a head (eagle3:MODEL=3) or the context (ngram=4)",
        )
    })
}

/// What drafts is to be cheap.
fn larger(found: &Found, target: &ResolvedModel) -> Option<String> {
    let (draft, own) = (found.model.parameters.active, target.parameters.active);
    (draft > own).then(|| {
        format!("{} passes more parameters a token than the model that it drafts for", found.model.name)
    })
}

/// Places of a draft.
pub(crate) fn places(tokens: u64) -> usize {
    usize::try_from(tokens.min(MOST)).unwrap_or(usize::MAX)
}
