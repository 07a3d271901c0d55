//! The shipped models: every name leads to one configuration, and each that is understood counts right.

use std::collections::BTreeMap;

use slipstick_catalog::{Catalog, LayerName, Purpose, source};
use slipstick_core::{
    model::{Checkpoint, ComponentKind, FormatRules, Place, Weight},
    names::normalise,
    numeric::Format,
    units::Bytes,
};
use slipstick_import::{config, quantization};

#[test]
fn every_row_is_complete_and_every_name_leads_to_one_model() {
    let catalog = Catalog::builtin();
    let models = catalog.models();
    assert!(models.len() >= 60, "{}", models.len());
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for model in models {
        assert!(source(&model.origin.sources[0]).is_some(), "{}", model.id);
        assert!(model.parameters_source.as_deref().is_none_or(|key| source(key).is_some()), "{}", model.id);
        assert!(model.purpose_source.as_deref().is_some_and(|key| source(key).is_some()), "{}", model.id);
        assert!(!model.purposes.is_empty(), "{}", model.id);
        let known = model.released_source.as_deref().map(|key| source(key).is_some());
        assert_eq!(known, model.released.as_ref().map(|_| true), "{}", model.id);
        let own = [Some(&model.id), model.hf_repo.as_ref()].into_iter().flatten().chain(&model.aliases);
        for name in own {
            let known = names.insert(normalise(name), &model.id);
            assert!(known.is_none_or(|id| id == model.id), "{name}: {} and {known:?}", model.id);
            assert_eq!(catalog.model(name).expect(name).id, model.id, "{name}");
        }
    }
}

/// The counts stand in the table: of the reference implementation, or as the checkpoint's publisher states them.
#[test]
fn every_understood_configuration_counts_right() {
    let catalog = Catalog::builtin();
    let mut held = 0;
    let mut wrong = Vec::new();
    for model in catalog.models() {
        let Ok(imported) = config::import(model.config.as_bytes()) else { continue };
        let counted = imported.model.parameters();
        if let Some(published) = model.parameters {
            held += 1;
            if counted.total != published {
                wrong.push(format!("{}: {} against {published}", model.id, counted.total));
            }
        }
        if let Some(active) = model.active_parameters
            && counted.active != active
        {
            wrong.push(format!("{}: {} active against {active}", model.id, counted.active));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(held >= 60, "{held}");
}

/// Formats are resolved once for each kind of layer; here every weight of every checkpoint is asked by its path.
#[test]
fn quantised_checkpoints_weigh_what_their_weights_do() {
    let mut quantised = 0;
    for entry in Catalog::builtin().models() {
        let Ok(value) = config::parse_json(entry.config.as_bytes()) else { continue };
        let Ok(imported) = config::import_value(&value) else { continue };
        let Ok(Some(scheme)) = quantization::parse(&value) else { continue };
        let model = imported.model;
        let rules = Checkpoint { scheme: &scheme, plain: Format::Plain(model.dtype) };
        let weigh = |parent: &str, layer, weights: &[Weight]| -> Bytes {
            let format =
                |weight: &Weight| rules.format_of(Place { parent, layer, name: &weight.name }, weight);
            weights.iter().map(|weight| weight.bytes(format(weight))).sum()
        };
        let own = model.components.iter().filter(|component| component.kind != ComponentKind::MultiToken);
        let outer: Bytes = own.map(|outer| weigh(&outer.path, None, &outer.weights)).sum();
        let layers = model.layers.iter().enumerate();
        let layers: Bytes =
            layers.map(|(index, layer)| weigh(&model.layers_path, Some(index), &layer.weights)).sum();
        assert_eq!(model.weight_bytes(&rules), outer + layers, "{}", entry.id);
        quantised += 1;
    }
    assert!(quantised >= 20, "{quantised}");
}

/// What a name says of a model's size, format, role and date; without it siblings are called alike.
fn is_of_one_model(word: &str, all: bool) -> bool {
    let size = |word: &str| {
        let number = word.trim_start_matches(['a', 'e']).trim_end_matches(['b', 'm']);
        number != word && number.replace('x', "").parse::<f64>().is_ok()
    };
    let format = ["fp8", "nvfp4", "bf16", "dynamic"].contains(&word);
    let role = ["it", "instruct", "preview", "sft", "hf", "base"].contains(&word);
    format || (all && (role || size(word) || (word.len() == 4 && word.parse::<u16>().is_ok())))
}

fn sibling_name(id: &str, all: bool) -> String {
    let words = id.split('-').filter(|word| !is_of_one_model(word, all));
    words.collect::<Vec<_>>().join("-")
}

/// A copied configuration can be a faulty one: 512 tokens of a compiler's shapes, a sibling's values. Editions of one model
/// agree in all that shapes it; models of one name and another size agree in how many tokens they take, unless the row says
/// why they do not; and nothing that converses takes a thousand tokens at most.
#[test]
fn siblings_agree() {
    let catalog = Catalog::builtin();
    let mut editions: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut families: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut faults = Vec::new();
    for entry in catalog.models() {
        let Ok(imported) = config::import(entry.config.as_bytes()) else { continue };
        let model = imported.model;
        let most = model.max_context;
        if entry.purposes.contains(&Purpose::Chat) && most.is_some_and(|most| most < 2048) {
            faults.push(format!("{} takes {most:?} tokens", entry.id));
        }
        let shape =
            (most, model.vocab, model.hidden, model.layers.len(), model.has_tied_embeddings(), model.dtype);
        editions.entry(sibling_name(&entry.id, false)).or_default().push((entry.id.clone(), shape));
        let key = format!("{} {}", sibling_name(&entry.id, true), model.model_type);
        families.entry(key).or_default().push((entry.id.clone(), most, entry.note.is_empty()));
    }
    for (name, all) in editions.iter().filter(|(_, all)| all.iter().any(|(_, shape)| *shape != all[0].1)) {
        faults.push(format!("editions of {name}: {all:?}"));
    }
    for (name, all) in &families {
        let unnoted: Vec<_> = all.iter().filter(|(_, _, unnoted)| *unnoted).collect();
        if unnoted.iter().any(|(_, most, _)| *most != unnoted[0].1) {
            faults.push(format!("siblings of {name}: {all:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(families.values().filter(|all| all.len() > 1).count() > 30, "{}", families.len());
}

#[test]
fn popular_names() {
    let catalog = Catalog::builtin();
    for (name, repo) in [
        ("llama-3.1-8b", "meta-llama/Llama-3.1-8B-Instruct"),
        ("Llama 3.1 70B", "meta-llama/Llama-3.1-70B-Instruct"),
        ("qwen3-30b-a3b", "Qwen/Qwen3-30B-A3B"),
        ("deepseek-v3", "deepseek-ai/DeepSeek-V3"),
        ("gpt-oss-120b", "openai/gpt-oss-120b"),
        ("mixtral-8x7b", "mistralai/Mixtral-8x7B-v0.1"),
        ("gemma-3-27b", "google/gemma-3-27b-it"),
        ("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct"),
        ("qwen/qwen3-32b", "Qwen/Qwen3-32B"),
    ] {
        assert_eq!(catalog.model(name).expect(name).hf_repo.as_deref(), Some(repo), "{name}");
    }
    let message = catalog.model("lama-3.1-8b").expect_err("misspelt").to_string();
    assert!(message.contains("did you mean llama-3.1-8b"), "{message}");
    assert!(catalog.model("").is_err());
    assert!(
        catalog.model("meta-llama/Llama-3.1-8B-Instruct@main").is_err(),
        "a revision is not ours to serve"
    );
}

#[test]
fn a_users_configuration_is_a_model() {
    let text = catalog_text("qwen3-8b").replace("\"num_hidden_layers\": 36", "\"num_hidden_layers\": 18");
    let catalog =
        Catalog::builtin().with_overlay(LayerName::User, "models/me--Half-Qwen.json", &text).expect("valid");
    let half = catalog.model("half-qwen").expect("named after its file");
    assert_eq!(half.hf_repo.as_deref(), Some("me/Half-Qwen"));
    let layers = config::import(half.config.as_bytes()).expect("understood").model.layers.len();
    assert_eq!(layers, 18);
}

fn catalog_text(name: &str) -> String {
    Catalog::builtin().model(name).expect(name).config.clone().into_owned()
}
