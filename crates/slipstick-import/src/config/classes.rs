//! The classes that belong to a `model_type`: which one a file names in `architectures` decides what stands on the layers,
//! and a class that nobody knows may be anything.

use std::{collections::HashMap, sync::LazyLock};

use slipstick_core::model::{Component, Model, Role};

use super::{
    Config, ConfigError,
    head::{self, Head, score},
};

/// The classes of a type.
type Classes = HashMap<&'static str, Vec<&'static str>>;

/// Source: the auto classes of transformers 5.24.0 (Apache-2.0), written by `tests/reference/class_tables.py`.
static LIBRARY: LazyLock<Classes> = LazyLock::new(|| parse(include_str!("../../data/architectures.json")));

/// The classes that published configurations name beside those, whose code comes with the checkpoint.
static PUBLISHED: LazyLock<Classes> =
    LazyLock::new(|| parse(include_str!("../../data/architectures_published.json")));

fn parse(table: &'static str) -> Classes {
    serde_json::from_str(table).expect("the embedded table is JSON, which a test checks")
}

fn lists(classes: &Classes, model_type: &str, class: &str) -> bool {
    classes.get(model_type).is_some_and(|names| names.contains(&class))
}

/// Whether `class` is one of `model_type`'s.
pub(super) fn belongs(model_type: &str, class: &str) -> bool {
    lists(&LIBRARY, model_type, class) || lists(&PUBLISHED, model_type, class)
}

/// Whether the library has a type of this name, with defaults of its own.
pub(super) fn is_library_type(model_type: &str) -> bool {
    LIBRARY.contains_key(model_type)
}

/// Refuses a class that is none of its type's.
///
/// # Errors
/// Such a class, by name; or if `architectures` is no list of texts.
pub(super) fn check(c: &Config<'_>) -> Result<(), ConfigError> {
    let Some(class) = head::class(c)? else { return Ok(()) };
    let shown: String = class.chars().take(60).collect();
    if belongs(c.model_type(), class) {
        return if is_decoder_of_whole(c, class) {
            Err(c.unsupported(format!("architectures names the class {shown:?}, its decoder alone")))
        } else {
            Ok(())
        };
    }
    Err(match owner(class) {
        Some(owner) => c.unsupported(format!(
            "architectures names the class {shown:?}, which is one of {owner:?}; make model_type say the same"
        )),
        None => c.unsupported(format!("architectures names the class {shown:?}, which is not known")),
    })
}

/// Whether a class is only the decoder of a composite that has a class for the whole, as `Llama4ForCausalLM` is.
fn is_decoder_of_whole(c: &Config<'_>, class: &str) -> bool {
    let names = LIBRARY.get(c.model_type()).map_or(&[][..], Vec::as_slice);
    let has_whole = names.iter().any(|name| name.ends_with("ForConditionalGeneration"));
    // The decoder of Mllama is known alone.
    let is_read = c.model_type() == "mllama";
    let is_library = lists(&LIBRARY, c.model_type(), class);
    c.owns("text_config") && has_whole && class.ends_with("ForCausalLM") && is_library && !is_read
}

/// The class of a type that ends in one of these, as the library's automatic classes choose it: `GPT2LMHeadModel`.
pub(super) fn ending(model_type: &str, endings: &[&str]) -> Option<&'static str> {
    let ends = |name: &&&str| endings.iter().any(|ending| name.ends_with(ending));
    LIBRARY.get(model_type)?.iter().find(ends).copied()
}

/// The bare class of a type: `BertModel`.
pub(super) fn bare(model_type: &str) -> Option<&'static str> {
    let is_bare = |name: &&&str| name.ends_with("Model") && !name.contains("For") && !name.contains("LMHead");
    LIBRARY.get(model_type)?.iter().find(is_bare).copied()
}

/// The first type that has this class.
fn owner(class: &str) -> Option<&'static str> {
    let of = |classes: &'static Classes| {
        classes.iter().filter(|(_, names)| names.contains(&class)).map(|(name, _)| *name).min()
    };
    of(&LIBRARY).or_else(|| of(&PUBLISHED))
}

/// Puts the head of a library class on a model that was read with the vocabulary's: nothing for the bare one, scores for
/// a classifier. Families of text build the head of their class themselves.
///
/// # Errors
/// If `architectures` is no list of texts, or a count of labels is none.
pub(super) fn replace_head(c: &Config<'_>, model: &mut Model) -> Result<(), ConfigError> {
    let is_head = |component: &Component| component.weights.iter().any(|weight| weight.role == Role::LmHead);
    let Some(class) = head::class(c)? else { return Ok(()) };
    if !lists(&LIBRARY, c.model_type(), class) || !model.components.iter().any(is_head) {
        return Ok(());
    }
    if model.components.iter().any(|component| component.path == "score") {
        return Ok(());
    }
    // The one class of a type is the whole, whatever its name ends in.
    if LIBRARY.get(c.model_type()).is_some_and(|names| names.len() == 1) {
        return Ok(());
    }
    // Heads that only encoders have are already in place.
    if let Ok(head @ (Head::Nothing | Head::Labels { .. })) = Head::read(c) {
        model.components.retain(|component| !is_head(component));
        if let Head::Labels { count, bias } = head {
            model.components.push(score(count, model.hidden, bias));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{belongs, owner};

    #[test]
    fn both_tables_are_read() {
        assert!(belongs("llama", "LlamaForCausalLM") && belongs("llama", "LLaMAForCausalLM"));
        assert!(!belongs("llama", "Eagle3LlamaForCausalLM") && !belongs("nosuch", "LlamaForCausalLM"));
        assert_eq!(owner("MistralForCausalLM"), Some("mistral"));
    }
}
