//! Transformer Math 101: the compute and the memory of training, and the fifth that inference adds.
#![expect(non_snake_case, reason = "the symbols are the authors', and the inputs' keys")]

use crate::{
    CommonRow, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, SAME},
};
use slipstick_core::formula;

/// Bytes of optimizer states for a parameter.
const OPTIMIZERS: &[(&str, f64)] = &[("adamw", 12.0), ("adamw-8bit", 6.0), ("sgd-momentum", 8.0)];

/// The divisor of a term that ZeRO splits from a stage on.
fn split_from(stage: f64, zero: f64, n: f64) -> f64 {
    if zero >= stage { n } else { 1.0 }
}

formula! {
    /// Work of training for one token.
    ///
    /// `flops_per_token = 6·P`
    ///
    /// $$ 6\,P $$
    ///
    /// where P parameters, 2·P forward and 4·P backward; in FLOP.
    ///
    /// Source: Transformer Math 101, "Compute Requirements".
    pub fn flops_per_token(P: f64) -> f64 {
        6.0 * P
    }

    /// Work of a training.
    ///
    /// `compute = 6·P·D`
    ///
    /// $$ C = 6\,P\,D $$
    ///
    /// where D tokens; in FLOP.
    ///
    /// Source: Transformer Math 101, "Compute Requirements".
    pub fn compute(flops_per_token: f64, D: f64) -> f64 {
        flops_per_token * D
    }

    /// The same in PetaFLOP-days.
    ///
    /// `petaflop_days = C/(10^15·24·3600)`
    ///
    /// $$ \frac{C}{10^{15} \cdot 24 \cdot 3600} $$
    ///
    /// where C work in FLOP; in PetaFLOP-days.
    ///
    /// ```
    /// # use slipstick_methods::transformer_math::petaflop_days;
    /// assert_eq!(petaflop_days(1e15 * 24.0 * 3600.0), 1.0); // defined so in the text
    /// ```
    ///
    /// Source: Transformer Math 101, "Compute Requirements".
    pub fn petaflop_days(compute: f64) -> f64 {
        compute / 8.64e19
    }

    /// Time of a training.
    ///
    /// `training_time = C/(n·10^12·τ)`
    ///
    /// $$ T = \frac{C}{n \cdot 10^{12}\,\tau} $$
    ///
    /// where C work in FLOP, n GPUs that each reach τ TFLOP/s (150 for GPT-NeoX on an A100, 180 with flash attention,
    /// never below 115); in seconds.
    ///
    /// Source: Transformer Math 101, "Compute Requirements".
    pub fn training_time(compute: f64, n: f64, tflops: f64) -> f64 {
        compute / (n * tflops * 1e12)
    }

    /// Tokens that make the most of a budget.
    ///
    /// `optimal_tokens = 20·P`
    ///
    /// $$ D = 20\,P $$
    ///
    /// where P parameters; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::transformer_math::optimal_tokens;
    /// assert_eq!(optimal_tokens(70e9), 1.4e12); // Chinchilla: 70 billion parameters, 1.4 trillion tokens
    /// ```
    ///
    /// Source: Transformer Math 101, "Parameter vs Dataset Tradeoffs", after Hoffmann et al. 2022.
    pub fn optimal_tokens(P: f64) -> f64 {
        20.0 * P
    }

    /// Bytes of the weights.
    ///
    /// `model_memory = w·P`
    ///
    /// $$ M_{model} = w\,P $$
    ///
    /// where w bytes per parameter: 4 in fp32, 2 in fp16 and bf16, 1 in int8; in bytes.
    ///
    /// Source: Transformer Math 101, "Inference: Model Weights".
    pub fn model_memory(P: f64, bytes_per_param: f64) -> f64 {
        P * bytes_per_param
    }

    /// Bytes to run the model.
    ///
    /// `inference_memory = 1.2·M_model`
    ///
    /// $$ M_{inference} = 1.2\,M_{model} $$
    ///
    /// in bytes.
    ///
    /// Source: Transformer Math 101, "Total Inference Memory".
    pub fn inference_memory(model_memory: f64) -> f64 {
        1.2 * model_memory
    }

    /// Bytes of the optimizer's states.
    ///
    /// `optimizer_memory = o·P`
    ///
    /// $$ M_{optimizer} = o\,P $$
    ///
    /// where o 12 for AdamW (copy of the weights, momentum, variance), 6 with 8 bits, 8 for SGD with momentum; in bytes.
    ///
    /// Source: Transformer Math 101, "Training: Optimizer States".
    pub fn optimizer_memory(optimizer: f64, P: f64) -> f64 {
        optimizer * P
    }

    /// Bytes of the gradients.
    ///
    /// `gradient_memory = g·P`
    ///
    /// $$ M_{gradients} = g\,P $$
    ///
    /// where g bytes per parameter: 4 in fp32, 2 in fp16; in bytes.
    ///
    /// Source: Transformer Math 101, "Training: Gradients".
    pub fn gradient_memory(gradient_bytes: f64, P: f64) -> f64 {
        gradient_bytes * P
    }

    /// Bytes of activations when none is recomputed.
    ///
    /// `activations_none = s·b·h·L·(10 + 24/t + 5·a·s/(h·t))`
    ///
    /// $$ s\,b\,h\,L\left(10 + \frac{24}{t} + 5\,\frac{a\,s}{h\,t}\right) $$
    ///
    /// where s tokens, b sequences, h hidden size, L layers, a heads, t tensor-parallel degree; in bytes on one GPU.
    ///
    /// Source: Transformer Math 101, "Activations and Batch Size"; Korthikanti et al. 2022, eq. 2.
    pub fn activations_none(s: f64, b: f64, h: f64, L: f64, a: f64, t: f64) -> f64 {
        s * b * h * L * (10.0 + 24.0 / t + 5.0 * a * s / (h * t))
    }

    /// Bytes of activations when attention is recomputed.
    ///
    /// `activations_selective = s·b·h·L·(10 + 24/t)`
    ///
    /// $$ s\,b\,h\,L\left(10 + \frac{24}{t}\right) $$
    ///
    /// where s tokens, b sequences, h hidden size, L layers, t tensor-parallel degree; in bytes on one GPU.
    ///
    /// Source: Transformer Math 101, "Activations and Batch Size".
    pub fn activations_selective(s: f64, b: f64, h: f64, L: f64, t: f64) -> f64 {
        s * b * h * L * (10.0 + 24.0 / t)
    }

    /// Bytes of activations when all are recomputed.
    ///
    /// `activations_full = 2·s·b·h·L`
    ///
    /// $$ 2\,s\,b\,h\,L $$
    ///
    /// where s tokens, b sequences, h hidden size, L layers; in bytes on one GPU.
    ///
    /// Source: Transformer Math 101, "Activations and Batch Size".
    pub fn activations_full(s: f64, b: f64, h: f64, L: f64) -> f64 {
        2.0 * s * b * h * L
    }

    /// Bytes of weights, optimizer states and gradients on one GPU, with ZeRO.
    ///
    /// `model_state = M_model/n^[z≥3] + M_optimizer/n^[z≥1] + M_gradients/n^[z≥2]`
    ///
    /// $$ \frac{M_{model}}{n^{[z \ge 3]}} + \frac{M_{optimizer}}{n^{[z \ge 1]}} + \frac{M_{gradients}}{n^{[z \ge 2]}} $$
    ///
    /// where z ZeRO stage, n GPUs; in bytes on one GPU.
    ///
    /// ```
    /// # use slipstick_methods::transformer_math::model_state;
    /// // Rajbhandari et al. 2020, figure 1: 7.5 billion parameters, 64 GPUs, 120 GB; ZeRO 1 31.4, 2 16.6, 3 1.9 GB.
    /// let gb = |zero| model_state(15e9, 90e9, 15e9, zero, 64.0) / 1e9;
    /// assert!((gb(0.0) - 120.0).abs() < 0.05);
    /// assert!((gb(1.0) - 31.4).abs() < 0.05);
    /// assert!((gb(2.0) - 16.6).abs() < 0.05);
    /// assert!((gb(3.0) - 1.9).abs() < 0.05);
    /// ```
    ///
    /// Source: Transformer Math 101, "Sharded Optimizers".
    pub fn model_state(model_memory: f64, optimizer_memory: f64, gradient_memory: f64, zero: f64, n: f64) -> f64 {
        model_memory / split_from(3.0, zero, n)
            + optimizer_memory / split_from(1.0, zero, n)
            + gradient_memory / split_from(2.0, zero, n)
    }

    /// Bytes of everything on one GPU, with attention recomputed.
    ///
    /// `training_memory = model_state + activations_selective`
    ///
    /// $$ M = M_{model} + M_{optimizer} + M_{activations} + M_{gradients} $$
    ///
    /// with the terms that ZeRO splits; in bytes on one GPU.
    ///
    /// Source: Transformer Math 101, "Total Training Memory".
    pub fn training_memory(model_state: f64, activations_selective: f64) -> f64 {
        model_state + activations_selective
    }
}

/// The card of Transformer Math 101.
pub static METHOD: Method = Method {
    id: "transformer-math-101",
    title: "Transformer Math 101",
    authors: "Quentin Anthony, Stella Biderman, Hailey Schoelkopf",
    source: "EleutherAI 2023, Transformer Math 101 (blog)",
    about: "The work and time of a training, and the memory of weights, optimizer, gradients and activations, with ZeRO; \
            and a fifth over the weights for inference.",
    validity: "A dense transformer trained in mixed precision; activations of a GPT block with attention that keeps its \
               scores.",
    inputs: &[
        MethodInput::positive("P", "P", "parameter").meaning("parameters of the model"),
        MethodInput::positive("D", "D", "token").meaning("tokens to train on"),
        MethodInput::count("n", "n", "GPU").or(1.0).meaning("GPUs"),
        MethodInput::positive("tflops", "τ", "TFLOP/s")
            .or(115.0)
            .meaning("compute that one GPU reaches; 115 is the least"),
        MethodInput::positive("bytes_per_param", "w", "byte").or(2.0).meaning("bytes per weight"),
        MethodInput::choice("optimizer", "o", "byte", OPTIMIZERS)
            .or(12.0)
            .meaning("optimizer, for its bytes per parameter"),
        MethodInput::positive("gradient_bytes", "g", "byte").or(2.0).meaning("bytes per gradient"),
        MethodInput::number("zero", "z", "", Domain::UpTo(3)).or(0.0).meaning("stage of the ZeRO optimizer"),
        MethodInput::count("s", "s", "token").meaning("tokens per sequence"),
        MethodInput::count("b", "b", "sequence").or(1.0).meaning("sequences per GPU"),
        MethodInput::count("h", "h", "element").meaning("hidden size"),
        MethodInput::count("a", "a", "head").meaning("attention heads"),
        MethodInput::count("L", "L", "layer").meaning("layers"),
        MethodInput::count("t", "t", "").or(1.0).meaning("tensor-parallel degree"),
    ],
    quantities: quantities! {
        flops_per_token(P): "FLOP",
        compute(flops_per_token, D): "FLOP",
        petaflop_days(compute): "PF-day",
        training_time(compute, n, tflops): "s",
        optimal_tokens(P): "token",
        model_memory(P, bytes_per_param): "byte",
        inference_memory(model_memory): "byte",
        optimizer_memory(optimizer, P): "byte",
        gradient_memory(gradient_bytes, P): "byte",
        activations_none(s, b, h, L, a, t): "byte",
        activations_selective(s, b, h, L, t): "byte",
        activations_full(s, b, h, L): "byte",
        model_state(model_memory, optimizer_memory, gradient_memory, zero, n): "byte",
        training_memory(model_state, activations_selective): "byte",
    },
    faults: FAULTS,
    examples: &[Example {
        title: "20 billion parameters, 44 layers of 6,144, 400 billion tokens on 96 GPUs with ZeRO 1",
        inputs: &[
            ("P", Value::Number(20e9)),
            ("D", Value::Number(400e9)),
            ("n", Value::Number(96.0)),
            ("zero", Value::Number(1.0)),
            ("s", Value::Number(2048.0)),
            ("h", Value::Number(6144.0)),
            ("a", Value::Number(64.0)),
            ("L", Value::Number(44.0)),
        ],
    }],
    inputs_of,
    common: &[
        CommonRow::new(Common::WeightsBytes, "model_memory", SAME),
        CommonRow::new(Common::TotalMemoryBytes, "inference_memory", SAME),
        CommonRow::new(Common::TrainingActivationBytes, "activations_selective", SAME),
        CommonRow::new(Common::TrainingMemoryBytes, "training_memory", SAME),
        CommonRow::new(Common::TrainingFlopsPerToken, "flops_per_token", SAME),
    ],
};

const FAULTS: &[Fault] = &[
    Fault {
        id: "no-kv-cache",
        text: "a flat fifth stands for everything beside the weights: no cache of keys and values, no batch",
        quantities: &["inference_memory"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "no-context",
        text: "6·P leaves attention to the context out",
        quantities: &["flops_per_token"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "all-experts",
        text: "all parameters are counted for each token, not the active ones",
        quantities: &["flops_per_token"],
        effect: Effect::TooHigh,
        when: When::MixtureOfExperts,
    },
    Fault {
        id: "scores-are-kept",
        text: "an attention kernel that never stores the S by S scores keeps none of the 5as/h",
        quantities: &["activations_none"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "gpt-block",
        text: "34 counts LayerNorm, dropout and a GELU block of width 4h; a gated block of its own width keeps other \
               tensors",
        quantities: &["activations_none", "activations_selective"],
        effect: Effect::Either,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "no-buffers",
        text: "buffers of communication, logits and fragmentation are left out",
        quantities: &["training_memory"],
        effect: Effect::TooLow,
        when: When::Always,
    },
];

fn inputs_of(case: &Case, _: Common) -> Given {
    vec![
        ("P", Value::count(case.parameters)),
        ("n", Value::count(case.accelerators)),
        ("bytes_per_param", Value::Number(case.bytes_per_weight)),
        ("s", Value::count(case.context)),
        ("b", Value::count(case.concurrency)),
        ("h", Value::count(case.hidden)),
        ("a", Value::count(case.heads)),
        ("L", Value::count(case.layers)),
    ]
}
