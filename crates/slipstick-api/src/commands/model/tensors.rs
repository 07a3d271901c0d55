//! A model whose architecture is not understood: what the tensors of its files say, and nothing else.

use std::collections::BTreeMap;

use slipstick_core::{basis::Basis, model::Part, units::show::scaled};
use slipstick_import::tensors::TensorSummary;

use super::{
    ModelIdentity, ModelReport, ParameterCounts,
    checkpoint::{self, FilesReport, bits},
};
use crate::{
    Answered, Provenance,
    provenance::Entry,
    report::Plain,
    resolve::TensorsAlone,
    view::{Block, Cell, View},
};

/// What the files alone tell.
pub(super) fn answer(alone: &TensorsAlone) -> Answered<ModelReport> {
    Answered::new(report(alone), view(alone)).explained(provenance(alone))
}

fn report(alone: &TensorsAlone) -> ModelReport {
    ModelReport {
        model: ModelIdentity {
            name: alone.name.clone(),
            model_type: alone.architecture.clone().unwrap_or_else(|| "not stated".to_owned()),
            source: alone.source.clone(),
            basis: "files",
            hidden_size: None,
            vocabulary_size: None,
            max_context_tokens: None,
        },
        parameters: parameters(&alone.files),
        layers: None,
        cache: None,
        weights_bytes: Some(Plain(alone.files.total.bytes)),
        weights_format: formats(&alone.files),
        files: Some(FilesReport::of(&alone.files, None)),
        work: None,
        assumed: Vec::new(),
    }
}

fn parameters(files: &TensorSummary) -> Option<ParameterCounts> {
    let all = files.parameters()?;
    let count = |component| files.components.get(&component).map_or(0, |tally| tally.parameters);
    let multi_token = count(Part::MultiToken);
    let mut by_component: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (component, tally) in &files.components {
        if *component != Part::MultiToken && tally.parameters > 0 {
            by_component.insert(component.name(), tally.parameters);
        }
    }
    Some(ParameterCounts {
        total: all.saturating_sub(multi_token),
        active: None,
        embedding: count(Part::Embedding),
        lm_head: count(Part::LmHead),
        tied_embeddings: None,
        experts: count(Part::Experts),
        total_untied: None,
        multi_token,
        by_component,
    })
}

/// The stored types, the largest first.
fn formats(files: &TensorSummary) -> String {
    let mut formats: Vec<_> = files.formats.iter().collect();
    formats.sort_by_key(|(_, tally)| core::cmp::Reverse(tally.bytes));
    let names: Vec<&str> = formats.iter().take(4).map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

fn view(alone: &TensorsAlone) -> View {
    let bytes = alone.files.total.bytes;
    let title = match alone.files.parameters() {
        Some(count) => format!("{}: {} parameters in its files", alone.name, scaled(count as f64)),
        None => format!("{}: {bytes} of weights", alone.name),
    };
    let mut view = View::new(title);
    let weights = format!("{bytes} ({:.2} GB) as {}", bytes.as_gb(), formats(&alone.files));
    view.pairs([
        ("source", Cell::from(alone.source.as_str())),
        ("architecture", alone.architecture.as_deref().unwrap_or("not stated").into()),
        ("weights", weights.into()),
    ]);
    view.pairs(bits(&alone.files).map(|bits| ("bits a parameter", format!("{bits:.3}"))));
    view.push(Block::Table(checkpoint::table(&alone.files)));
    view.pairs(checkpoint::layers(&alone.files).map(|line| ("layers in the files", line)));
    for note in &alone.notes {
        view.note(note.as_str());
    }
    view.warning(format!("{}: cache and FLOPs are withheld, all else is by the files", alone.reason));
    view
}

fn provenance(alone: &TensorsAlone) -> Provenance {
    let mut provenance = Provenance::default();
    let from_headers = |name: &str, unit: &str| {
        let how = "sum over the headers of the weight files";
        Entry::new(name, how, unit, Basis::Exact).source(&alone.source)
    };
    provenance.record("/weights_bytes", from_headers("bytes of all tensors", "B"));
    provenance.record("/files/bytes", from_headers("bytes of all tensors", "B"));
    provenance.record("/files/tensors", from_headers("tensors", "tensors"));
    if alone.files.parameters().is_some() {
        let entry = from_headers("weights, packed ones unpacked, scales and buffers left out", "parameters");
        provenance.record("/files/parameters", entry.clone());
        provenance.record("/parameters/total", entry);
    }
    provenance
}
