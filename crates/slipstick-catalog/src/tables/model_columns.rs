//! The columns of the tables of models and of their formats, as those of all others in `columns.rs`.

columns! {
    /// A format of weights or of the cache, by the names people type.
    #[serde(deny_unknown_fields)]
    FormatRow from "formats.csv" {
        what: &'a str,
        name: &'a str,
        #[serde(default)]
        aliases: &'a str,
        #[serde(default)]
        applies_to: &'a str,
        #[serde(default)]
        format: &'a str,
        bits: Option<f64>,
        group: Option<u16>,
        head_bits: Option<f64>,
        head_scale_bytes: Option<u64>,
        low: Option<f64>,
        high: Option<f64>,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        #[serde(default)]
        note: &'a str,
    }
}

columns! {
    /// What published checkpoints in a format weigh, against what is counted: `cargo xtask fit` writes the table.
    FormatSizeRow from "format_sizes.csv" {
        format: &'a str,
        low: f64,
        high: f64,
        held: u32,
        taken_from: &'a str,
        files: u32,
        models: u32,
        mean: Option<f64>,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// A model.
    ModelRow from "models.csv" {
        id: &'a str,
        name: &'a str,
        hf_repo: &'a str,
        aliases: &'a str,
        config: &'a str,
        licence: &'a str,
        released: &'a str,
        released_source: &'a str,
        purpose: &'a str,
        purpose_source: &'a str,
        parameters: Option<u64>,
        active_parameters: Option<u64>,
        parameters_source: &'a str,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// What the configuration of a model says, as it was counted from it: `cargo xtask docs` writes the table.
    CountedRow from "models_counted.csv" {
        id: &'a str,
        model_type: &'a str,
        parameters: u64,
        active_parameters: u64,
        weights_bytes: Option<u64>,
        weights_format: &'a str,
        context_tokens: Option<u64>,
        fingerprint: &'a str,
    }
}

columns! {
    /// How people who compared its answers with others' rated a model, which is named by its repository.
    RatingRow from "model_quality.csv" {
        model: &'a str,
        rated_as: &'a str,
        board: &'a str,
        rating: f64,
        low: f64,
        high: f64,
        as_of: &'a str,
        source: &'a str,
        confidence: &'a str,
    }
}
