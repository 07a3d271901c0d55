//! Accelerate's `estimate-memory`: the weights, a fifth more to run, four times to train.

use crate::{
    CommonRow, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

/// Bytes of a parameter in each format that the command offers.
const DTYPES: &[(&str, f64)] =
    &[("float32", 4.0), ("float16", 2.0), ("bfloat16", 2.0), ("int8", 1.0), ("int4", 0.5)];

formula! {
    /// Bytes of the weights: "Total Size".
    ///
    /// `total_size = P·b`
    ///
    /// $$ M = P\,b $$
    ///
    /// where P parameters, b bytes of the format; in bytes. The command prints powers of 1024 as MB and GB.
    ///
    /// ```
    /// # use slipstick_methods::accelerate::total_size;
    /// // Documented for bert-base-cased, 108,310,272 parameters: 413.18 MB in float32, 206.59 MB in float16.
    /// assert!((total_size(108_310_272.0, 4.0) / 1_048_576.0 - 413.18).abs() < 0.02);
    /// assert!((total_size(108_310_272.0, 2.0) / 1_048_576.0 - 206.59).abs() < 0.02);
    /// ```
    ///
    /// Source: Hugging Face Accelerate, model memory estimator.
    pub fn total_size(params: f64, bytes_per_param: f64) -> f64 {
        params * bytes_per_param
    }

    /// Bytes to run the model: "you can expect to add up to an additional 20%".
    ///
    /// `inference = 1.2·M`
    ///
    /// $$ 1.2\,M $$
    ///
    /// where M bytes of the weights; in bytes.
    ///
    /// Source: Hugging Face Accelerate, model memory estimator, after Transformer Math 101.
    pub fn inference(total_size: f64) -> f64 {
        1.2 * total_size
    }

    /// Bytes to train the model with Adam: weights, gradients and twice the weights for the optimizer.
    ///
    /// `training_adam = 4·M`
    ///
    /// $$ 4\,M $$
    ///
    /// where M bytes of the weights; in bytes.
    ///
    /// ```
    /// # use slipstick_methods::accelerate::{total_size, training_adam};
    /// // Documented for bert-base-cased: 1.61 GB in float32, 826.36 MB in float16.
    /// assert!((training_adam(total_size(108_310_272.0, 4.0)) / 1_073_741_824.0 - 1.61).abs() < 0.005);
    /// assert!((training_adam(total_size(108_310_272.0, 2.0)) / 1_048_576.0 - 826.36).abs() < 0.05);
    /// ```
    ///
    /// Source: Hugging Face Accelerate, model memory estimator.
    pub fn training_adam(total_size: f64) -> f64 {
        4.0 * total_size
    }
}

/// The card of Accelerate's rule.
pub static METHOD: Method = Method {
    id: "accelerate",
    title: "Accelerate's model memory estimator",
    authors: "Hugging Face",
    source: "Hugging Face Accelerate, estimate-memory and its guide",
    about: "The quick answer of a widely used tool: the weights, a fifth more to run them, four times to train them \
            with Adam.",
    validity: "A batch of one and sequences short enough that neither cache nor activations matter.",
    inputs: &[
        MethodInput::positive("params", "P", "parameter").meaning("parameters of the model"),
        MethodInput::choice("dtype", "", "", DTYPES).or(4.0).meaning("format of the weights"),
        MethodInput::positive("bytes_per_param", "b", "byte")
            .or_like("dtype")
            .meaning("bytes per parameter; overrides those of the format"),
    ],
    quantities: quantities! {
        total_size(params, bytes_per_param): "byte",
        inference(total_size): "byte",
        training_adam(total_size): "byte",
    },
    faults: &[
        Fault {
            id: "no-kv-cache",
            text: "a flat fifth stands for everything beside the weights: no cache of keys and values, no batch",
            quantities: &["inference"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-activations",
            text: "training keeps activations for the backward pass, which grow with batch and sequence",
            quantities: &["training_adam"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-master-weights",
            text: "below 32 bits the optimizer keeps 32-bit weights and states, 12 bytes a parameter; four times 2 bytes \
                   has room for 8 in all",
            quantities: &["training_adam"],
            effect: Effect::TooLow,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "108 million parameters in float16",
        inputs: &[("params", Value::Number(108_310_272.0)), ("dtype", Value::name("float16"))],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::WeightsBytes, "total_size", SAME),
        CommonRow::new(Common::TotalMemoryBytes, "inference", SAME),
        CommonRow::new(Common::TrainingMemoryBytes, "training_adam", SAME),
    ],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![("params", Value::count(case.parameters)), ("bytes_per_param", Value::Number(case.bytes_per_weight))]
}
