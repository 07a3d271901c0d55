//! LLM Tools: the memory to run or to train a model, in five terms.

use crate::{
    CommonRow, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

formula! {
    /// Bytes of the weights.
    ///
    /// `model_weights = P·b`
    ///
    /// $$ M_w = P\,b $$
    ///
    /// where P parameters, b bytes per parameter; in bytes.
    ///
    /// Source: LLM Tools, "Model Weights".
    pub fn model_weights(params: f64, bytes_per_param: f64) -> f64 {
        params * bytes_per_param
    }

    /// Bytes of the cache of keys and values.
    ///
    /// `kv_cache = 2·B·S·L·H·b`
    ///
    /// $$ M_{kv} = 2\,B\,S\,L\,H\,b $$
    ///
    /// where B sequences, S tokens each, L layers, H hidden size, b bytes per parameter; in bytes.
    ///
    /// Source: LLM Tools, "KV Cache".
    pub fn kv_cache(batch: f64, seq: f64, layers: f64, hidden: f64, bytes_per_param: f64) -> f64 {
        2.0 * batch * seq * layers * hidden * bytes_per_param
    }

    /// Bytes of activations, which "must be kept in FP32".
    ///
    /// `activation_memory = 4·B·S·H·(34 + 5·S·a/H)`
    ///
    /// $$ M_a = 4\,B\,S\,H\left(34 + \frac{5\,S\,a}{H}\right) $$
    ///
    /// where B sequences, S tokens each, H hidden size, a attention heads; 4 bytes an element; in bytes.
    ///
    /// Source: LLM Tools, "Activations".
    pub fn activation_memory(batch: f64, seq: f64, hidden: f64, heads: f64) -> f64 {
        4.0 * batch * seq * hidden * (34.0 + 5.0 * seq * heads / hidden)
    }

    /// Bytes to run the model.
    ///
    /// `inference_memory = model_weights + kv_cache + activation_memory`
    ///
    /// $$ M = M_w + M_{kv} + M_a $$
    ///
    /// in bytes.
    ///
    /// Source: LLM Tools, "Inference".
    pub fn inference_memory(model_weights: f64, kv_cache: f64, activation_memory: f64) -> f64 {
        model_weights + kv_cache + activation_memory
    }

    /// Bytes of the optimizer's states.
    ///
    /// `optimizer_memory = o·f·P`
    ///
    /// $$ M_o = o\,f\,P $$
    ///
    /// where o bytes of states per trained parameter (AdamW 8, 8-bit AdamW 2, SGD 4), f the share of the P parameters
    /// that is trained; in bytes.
    ///
    /// Source: LLM Tools, "Optimizer States".
    pub fn optimizer_memory(optimizer_bytes: f64, trainable_fraction: f64, params: f64) -> f64 {
        optimizer_bytes * trainable_fraction * params
    }

    /// Bytes of the gradients, which "must be stored in FP32".
    ///
    /// `gradient_memory = 4·f·P`
    ///
    /// $$ M_g = 4\,f\,P $$
    ///
    /// where f the share of the P parameters that is trained; in bytes.
    ///
    /// Source: LLM Tools, "Gradients".
    pub fn gradient_memory(trainable_fraction: f64, params: f64) -> f64 {
        4.0 * trainable_fraction * params
    }

    /// Bytes to train the model.
    ///
    /// `training_memory = inference_memory + optimizer_memory + gradient_memory`
    ///
    /// $$ M_t = M_w + M_{kv} + M_a + M_o + M_g $$
    ///
    /// in bytes.
    ///
    /// Source: LLM Tools, "Training".
    pub fn training_memory(inference_memory: f64, optimizer_memory: f64, gradient_memory: f64) -> f64 {
        inference_memory + optimizer_memory + gradient_memory
    }

    /// The rule of thumb for training, its low end.
    ///
    /// `training_rule_low = 4·P·b`
    ///
    /// $$ M_t = 4\,P\,b $$
    ///
    /// where the rule takes the weights alone for inference; in bytes.
    ///
    /// Source: LLM Tools, "general rule of thumb".
    pub fn training_rule_low(model_weights: f64) -> f64 {
        4.0 * model_weights
    }

    /// The rule of thumb for training, its high end.
    ///
    /// `training_rule_high = 6·P·b`
    ///
    /// $$ M_t = 6\,P\,b $$
    ///
    /// where the rule takes the weights alone for inference; in bytes.
    ///
    /// Source: LLM Tools, "general rule of thumb".
    pub fn training_rule_high(model_weights: f64) -> f64 {
        6.0 * model_weights
    }
}

/// The card of LLM Tools.
pub static METHOD: Method = Method {
    id: "llm-tools",
    title: "LLM Tools",
    authors: "Manuel Escobar",
    source: "LLM Tools, Memory Requirements Calculator (manuelescobar-dev/LLM-Tools, README)",
    about: "The memory to run or train a model: weights, cache, activations, and for training optimizer states and \
            gradients.",
    validity: "A dense transformer with as many key and value heads as query heads, on one device.",
    inputs: &[
        MethodInput::positive("params", "P", "parameter").meaning("parameters of the model"),
        MethodInput::positive("bytes_per_param", "b", "byte")
            .or(2.0)
            .meaning("bytes per parameter: 4 fp32, 2 fp16 and bf16, 1 int8, 0.5 int4"),
        MethodInput::count("batch", "B", "sequence").meaning("sequences at a time"),
        MethodInput::count("seq", "S", "token").meaning("tokens per sequence"),
        MethodInput::count("layers", "L", "layer").meaning("layers"),
        MethodInput::count("hidden", "H", "element").meaning("hidden size"),
        MethodInput::count("heads", "a", "head").meaning("attention heads"),
        MethodInput::amount("optimizer_bytes", "o", "byte")
            .or(8.0)
            .meaning("optimizer bytes per trained parameter: AdamW 8, 8-bit AdamW 2, SGD 4"),
        MethodInput::number("trainable_fraction", "f", "", Domain::Share)
            .or(1.0)
            .meaning("share of the parameters that is trained"),
    ],
    quantities: quantities! {
        model_weights(params, bytes_per_param): "byte",
        kv_cache(batch, seq, layers, hidden, bytes_per_param): "byte",
        activation_memory(batch, seq, hidden, heads): "byte",
        inference_memory(model_weights, kv_cache, activation_memory): "byte",
        optimizer_memory(optimizer_bytes, trainable_fraction, params): "byte",
        gradient_memory(trainable_fraction, params): "byte",
        training_memory(inference_memory, optimizer_memory, gradient_memory): "byte",
        training_rule_low(model_weights): "byte",
        training_rule_high(model_weights): "byte",
    },
    faults: &[
        Fault {
            id: "training-activations-in-inference",
            text: "34 + 5as/h counts what one layer keeps for the backward pass; a forward pass frees it layer by \
                   layer and a modern attention kernel never holds the S by S scores",
            quantities: &["activation_memory"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "bytes-times-bytes",
            text: "34 + 5as/h is in bytes already (16-bit elements, 1-byte masks) and is multiplied by 4 bytes again",
            quantities: &["activation_memory"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "one-layer-only",
            text: "for training, activations of all layers are kept, not of one",
            quantities: &["training_memory"],
            effect: Effect::TooLow,
            when: When::Always,
        },
        Fault {
            id: "no-gqa",
            text: "the cache is sized by the hidden size, as if there were as many key and value heads as query heads",
            quantities: &["kv_cache"],
            effect: Effect::TooHigh,
            when: When::GroupedHeads,
        },
        Fault {
            id: "kv-cache-in-training",
            text: "a training step keeps no cache of keys and values",
            quantities: &["training_memory"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
        Fault {
            id: "no-master-weights",
            text: "mixed-precision training keeps an fp32 copy of the trained weights, 4 bytes each",
            quantities: &["training_memory"],
            effect: Effect::TooLow,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "8.03 billion parameters in 16 bits, one sequence of 2048 tokens, full training with AdamW",
        inputs: &[
            ("params", Value::Number(8.03e9)),
            ("bytes_per_param", Value::Number(2.0)),
            ("batch", Value::Number(1.0)),
            ("seq", Value::Number(2048.0)),
            ("layers", Value::Number(32.0)),
            ("hidden", Value::Number(4096.0)),
            ("heads", Value::Number(32.0)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::WeightsBytes, "model_weights", SAME),
        CommonRow::new(Common::KvCacheBytes, "kv_cache", SAME),
        CommonRow::new(Common::ActivationBytes, "activation_memory", SAME),
        CommonRow::new(Common::TotalMemoryBytes, "inference_memory", SAME),
        CommonRow::new(Common::TrainingMemoryBytes, "training_memory", SAME),
    ],
};

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("params", Value::count(case.parameters)),
        ("bytes_per_param", Value::Number(case.bytes_per_weight)),
        ("batch", Value::count(case.concurrency)),
        ("seq", Value::count(case.context)),
        ("layers", Value::count(case.layers)),
        ("hidden", Value::count(case.hidden)),
        ("heads", Value::count(case.heads)),
    ]
}
