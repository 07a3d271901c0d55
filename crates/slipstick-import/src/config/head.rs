//! What stands on top of the layers, from the class that `architectures` names.

use slipstick_core::model::{Component, Role, Weight};

use super::{Config, ConfigError};

/// The output of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// Logits over the vocabulary.
    Vocabulary,
    /// The hidden states themselves (embedding models).
    Nothing,
    /// A score for each of so many labels.
    Labels {
        /// How many.
        count: u64,
        /// Whether each has a bias.
        bias: bool,
    },
}

impl Head {
    /// The head of a decoder, by the ending of its class: `...ForCausalLM`, `...ForSequenceClassification`, `...Model`.
    /// Without `architectures`, and in a section of a larger model, it is the vocabulary.
    ///
    /// # Errors
    /// If the class has a head that is not known.
    pub(super) fn read(c: &Config<'_>) -> Result<Self, ConfigError> {
        const VOCABULARY: [&str; 4] = ["ForCausalLM", "ForConditionalGeneration", "LMHeadModel", "MTModel"];
        let Some(class) = class(c)? else { return Ok(Self::Vocabulary) };
        let ends = |ending: &str| class.ends_with(ending);
        if VOCABULARY.into_iter().any(ends) {
            Ok(Self::Vocabulary)
        } else if ends("ForSequenceClassification") {
            Ok(Self::Labels { count: labels(c)?, bias: false })
        } else if ends("ForTokenClassification") {
            Ok(Self::Labels { count: labels(c)?, bias: true })
        } else if ends("ForQuestionAnswering") {
            // Where the answer starts, and where it ends.
            Ok(Self::Labels { count: 2, bias: true })
        } else if ends("Model") && !class.contains("For") {
            Ok(Self::Nothing)
        } else if class.contains("For") {
            Err(c.unsupported(format!(
                "the head of {:?} is not known",
                class.chars().take(60).collect::<String>()
            )))
        } else {
            Ok(Self::Vocabulary)
        }
    }
}

/// The class that `architectures` names first; sections of a larger model have none, unless their whole says so.
///
/// # Errors
/// If it is no list of texts.
pub(super) fn class<'a>(c: &Config<'a>) -> Result<Option<&'a str>, ConfigError> {
    if c.is_nested() {
        return Ok(c.class_of_part());
    }
    Ok(c.texts("architectures")?.and_then(|classes| classes.first().copied()))
}

/// The scores of a classifier.
pub(super) fn score(count: u64, hidden: u64, bias: bool) -> Component {
    let head = Weight::matrix("", Role::Other, count, hidden);
    let bias = bias.then(|| Weight::vector("", Role::Other, count));
    Component::text("score", core::iter::once(head).chain(bias).collect())
}

/// How many labels a classifier tells apart: the entries of `id2label`, else `num_labels`, else the class's two.
///
/// # Errors
/// If `num_labels` is no count.
pub(super) fn labels(c: &Config<'_>) -> Result<u64, ConfigError> {
    if let Some(map) = c.get("id2label").and_then(serde_json::Value::as_object) {
        return Ok(map.len() as u64);
    }
    c.count_or("num_labels", 2)
}
