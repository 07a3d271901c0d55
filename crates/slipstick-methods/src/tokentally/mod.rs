//! TokenTally: minimum memory, tokens per second, dollars per thousand tokens, and training memory.
#![expect(non_snake_case, reason = "the symbols are the author's, and the inputs' keys")]

mod serving;
mod training;

pub use serving::{
    activations_per_layer, activations_total, min_gpu_memory, recommendation_score,
    tokens_per_second_compute_bound, tokens_per_second_memory_bound, total_size, usd_per_1k_input_tokens,
    usd_per_1k_output_tokens,
};
pub use training::{
    activation_memory, activation_unpartitioned, communication_memory, gradient_memory, model_memory,
    optimizer_memory, total_training_memory,
};

use crate::{
    CommonRow, Convert, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, GB, GIB, SAME},
};

/// Size of each configuration against 16-bit weights, as the author lists them.
const SIZE_FACTORS: &[(&str, f64)] =
    &[("float16", 1.0), ("bfloat16", 1.0), ("float32", 2.0), ("int8", 0.25), ("int4", 0.125), ("gptq", 0.25)];

const SERVING: &[(&str, Value)] = &[
    ("fp16_size_gb", Value::Number(137.6)),
    ("config", Value::name("float16")),
    ("gflop_per_token", Value::Number(137.6)),
    ("tflops_per_gpu", Value::Number(200.0)),
    ("bandwidth_tb_s", Value::Number(1.3)),
    ("gpus", Value::Number(8.0)),
    ("usd_per_hour", Value::Number(40.97)),
    ("size_b", Value::Number(70.0)),
    ("rank", Value::Number(0.0)),
];

const ACTIVATIONS: &[(&str, Value)] = &[
    ("params", Value::Number(175e9)),
    ("layers", Value::Number(96.0)),
    ("heads", Value::Number(96.0)),
    ("batch", Value::Number(1.0)),
    ("seq", Value::Number(2048.0)),
    ("hidden", Value::Number(12288.0)),
];

const TRAINING: &[(&str, Value)] = &[
    ("params", Value::Number(20e9)),
    ("n", Value::Number(32.0)),
    ("tp", Value::Number(4.0)),
    ("pp", Value::Number(2.0)),
    ("part", Value::Flag(true)),
    ("zero", Value::Number(1.0)),
    ("ckpt", Value::Flag(true)),
    ("b", Value::Number(4.0)),
    ("h", Value::Number(6144.0)),
    ("a", Value::Number(64.0)),
    ("s", Value::Number(2048.0)),
    ("L", Value::Number(44.0)),
];

/// The card of TokenTally.
pub static METHOD: Method = Method {
    id: "tokentally",
    title: "TokenTally",
    authors: "Adarsh Shirawalmath",
    source: "TokenTally (adarshxs/TokenTally, README and calculators), after Korthikanti et al. 2022 and Transformer \
             Math 101",
    about: "The smallest GPU memory for a model, tokens per second bound by compute and by memory, dollars per \
            thousand tokens, and the memory to train with ZeRO, tensor and pipeline parallelism.",
    validity: "A dense transformer with as many key and value heads as query heads, one sequence at a time when \
               generating, attention that keeps its scores.",
    inputs: INPUTS,
    quantities: quantities! {
        min_gpu_memory(fp16_size_gb, size_factor): "GB",
        recommendation_score(min_gpu_memory, size_b, rank): "score",
        tokens_per_second_compute_bound(tflops_per_gpu, gpus, gflop_per_token): "token/s",
        tokens_per_second_memory_bound(bandwidth_tb_s, gpus, gflop_per_token): "token/s",
        usd_per_1k_input_tokens(usd_per_hour, tokens_per_second_compute_bound): "USD",
        usd_per_1k_output_tokens(usd_per_hour, tokens_per_second_memory_bound): "USD",
        activations_per_layer(seq, batch, hidden, heads): "element",
        activations_total(layers, heads, batch, seq, hidden): "element",
        total_size(bytes_per_element, params, activations_total): "GB",
        model_memory(params, fp32m, tp, pp, zero, n): "GiB",
        gradient_memory(params, fp32g, pp, zero, n): "GiB",
        optimizer_memory(params, zero, n): "GiB",
        activation_unpartitioned(s, b, h, L, a, tp, ckpt): "GiB",
        activation_memory(activation_unpartitioned, part, tp): "GiB",
        communication_memory(bucket, live, fp32m, zero): "GiB",
        total_training_memory(
            model_memory, gradient_memory, optimizer_memory, activation_memory, communication_memory, misc_gib,
        ): "GiB",
    },
    faults: FAULTS,
    examples: &[
        Example {
            title: "137.6 GB in 16 bits on 8 GPUs at the author's 200 TFLOP/s, 1.3 TB/s and $40.97 an hour",
            inputs: SERVING,
        },
        Example { title: "activations of 96 layers of 12,288 over 2,048 tokens", inputs: ACTIVATIONS },
        Example {
            title: "training 20 billion parameters on 32 GPUs: 4-way tensor, 2-way pipeline parallel, ZeRO 1",
            inputs: TRAINING,
        },
    ],
    inputs_of,
    common: &[
        CommonRow::new(Common::TotalMemoryBytes, "min_gpu_memory", GB),
        CommonRow::new(Common::DecodeSecondsPerToken, "tokens_per_second_memory_bound", Convert::Inverse),
        CommonRow::new(Common::TokensPerSecond, "tokens_per_second_memory_bound", SAME),
        CommonRow::new(Common::UsdPerMillionInput, "usd_per_1k_input_tokens", Convert::Times(1000.0)),
        CommonRow::new(Common::UsdPerMillionOutput, "usd_per_1k_output_tokens", Convert::Times(1000.0)),
        CommonRow::new(Common::TrainingActivationBytes, "activation_memory", GIB),
        CommonRow::new(Common::TrainingMemoryBytes, "total_training_memory", GIB),
    ],
};

const INPUTS: &[MethodInput] = &[
    MethodInput::label("model").meaning("name of the model"),
    MethodInput::positive("fp16_size_gb", "M", "GB").meaning("size of the weights in 16 bits"),
    MethodInput::choice("config", "c", "", SIZE_FACTORS)
        .or(1.0)
        .meaning("configuration, for its size factor"),
    MethodInput::positive("size_factor", "f", "")
        .or_like("config")
        .meaning("size against 16 bits; overrides that of the configuration"),
    MethodInput::positive("size_b", "P_B", "billion").meaning("parameters of the model, in billions"),
    MethodInput::number("rank", "r", "", Domain::Whole)
        .meaning("place of the model's family in the author's order of quality, from 0"),
    MethodInput::positive("gflop_per_token", "F", "GFLOP")
        .meaning("work of one token: 2 per parameter; also taken for bytes"),
    MethodInput::positive("tflops_per_gpu", "C", "TFLOP/s")
        .or(200.0)
        .meaning("compute of one GPU, as achieved"),
    MethodInput::count("gpus", "N", "GPU").or(8.0).meaning("GPUs"),
    MethodInput::positive("usd_per_hour", "p", "USD/h").meaning("price of all GPUs together"),
    MethodInput::positive("bandwidth_tb_s", "W", "TB/s")
        .or(1.3)
        .meaning("memory bandwidth of one GPU, as achieved"),
    MethodInput::count("layers", "Layers", "layer").meaning("layers"),
    MethodInput::count("heads", "AttnHeads", "head").meaning("attention heads"),
    MethodInput::count("batch", "BatchSz", "sequence").meaning("sequences at a time"),
    MethodInput::count("seq", "SeqLen", "token").meaning("tokens per sequence"),
    MethodInput::count("hidden", "HiddenDim", "element").meaning("hidden size"),
    MethodInput::positive("bytes_per_element", "BytePrec", "byte").or(2.0).meaning("bytes of precision"),
    MethodInput::positive("params", "P", "parameter").meaning("parameters of the model"),
    MethodInput::count("n", "n", "GPU").or(1.0).meaning("GPUs that train"),
    MethodInput::count("tp", "t", "").or(1.0).meaning("tensor-parallel degree"),
    MethodInput::count("pp", "p", "").or(1.0).meaning("pipeline-parallel degree"),
    MethodInput::flag("part", "part")
        .meaning("whether ZeRO-R splits activations over the tensor-parallel GPUs"),
    MethodInput::number("zero", "z", "", Domain::UpTo(3)).or(1.0).meaning("stage of the ZeRO optimizer"),
    MethodInput::flag("ckpt", "ckpt").meaning("whether attention is recomputed in the backward pass"),
    MethodInput::count("b", "b", "sequence").or(1.0).meaning("sequences per GPU"),
    MethodInput::count("h", "h", "element").meaning("hidden size"),
    MethodInput::count("a", "a", "head").meaning("attention heads"),
    MethodInput::count("s", "s", "token").meaning("tokens per sequence"),
    MethodInput::count("L", "L", "layer").meaning("layers"),
    MethodInput::flag("fp32m", "fp32m").meaning("whether weights are kept in 32 bits"),
    MethodInput::flag("fp32g", "fp32g").meaning("whether gradients are kept in 32 bits"),
    MethodInput::amount("bucket", "u", "parameter").or(5e8).meaning("parameters in ZeRO's all-gather bucket"),
    MethodInput::amount("live", "v", "parameter").or(1e9).meaning("parameters that ZeRO 3 keeps gathered"),
    MethodInput::amount("misc_gib", "m", "GiB").or(0.0).meaning("other memory"),
];

const FAULTS: &[Fault] = &[
    Fault {
        id: "int8-quarter",
        text: "8-bit weights are half of 16-bit ones, not a quarter",
        quantities: &["min_gpu_memory"],
        effect: Effect::TooLow,
        when: When::Int8Weights,
    },
    Fault {
        id: "int4-eighth",
        text: "4-bit weights are a quarter of 16-bit ones, not an eighth",
        quantities: &["min_gpu_memory"],
        effect: Effect::TooLow,
        when: When::Int4Weights,
    },
    Fault {
        id: "no-kv-cache",
        text: "a flat fifth is added to the weights for everything else: the cache of keys and values, which grows \
               with every sequence and token, is not counted",
        quantities: &["min_gpu_memory"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "rate-as-given",
        text: "attention, the links between GPUs and the prompts' share of a batch cost nothing: tokens run at the whole \
               rate that is given, which here is the peak",
        quantities: &["tokens_per_second_compute_bound"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "flops-as-bytes",
        text: "the FLOP of a token are taken for the bytes that it reads: right only at 2 bytes per weight",
        quantities: &["tokens_per_second_memory_bound"],
        effect: Effect::Either,
        when: When::NotTwoByteWeights,
    },
    Fault {
        id: "batch-of-one",
        text: "the weights are read for every token; sequences that run together share one read",
        quantities: &["tokens_per_second_memory_bound"],
        effect: Effect::TooLow,
        when: When::Batched,
    },
    Fault {
        id: "no-kv-traffic",
        text: "every generated token also reads the cache of its own sequence",
        quantities: &["tokens_per_second_memory_bound"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "lost-layers",
        text: "of the two terms summed over the layers the second, 17·B·H·S, lost its factor L",
        quantities: &["activations_total"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "bytes-times-bytes",
        text: "34 and 5 are bytes of 16-bit training already, 1-byte masks among them; taken for elements (or halved \
               to 17 and 5/2) and multiplied by the precision again they fit no precision but 2 bytes",
        quantities: &["activations_per_layer", "activations_total", "total_size"],
        effect: Effect::Either,
        when: When::Always,
    },
    Fault {
        id: "scores-are-kept",
        text: "an attention kernel that never stores the S by S scores keeps none of the 5as/h, at no extra memory",
        quantities: &["activation_unpartitioned"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "gpt-block",
        text: "10 and 24 count LayerNorm, dropout and a GELU block of width 4h, with as many key and value heads as query \
               heads; models of today keep other tensors",
        quantities: &["activation_unpartitioned"],
        effect: Effect::Either,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "zero-over-all-gpus",
        text: "ZeRO splits over the data-parallel replicas, n/(t·p); dividing by all n GPUs, after t·p, divides weights \
               by t·p twice and gradients by p twice",
        quantities: &["model_memory", "gradient_memory"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "gradients-not-split",
        text: "tensor parallelism splits gradients as it splits weights, and below ZeRO 1 optimizer states too; here \
               they stay whole",
        quantities: &["gradient_memory", "optimizer_memory"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
];

fn inputs_of(case: &Case, common: Common) -> Given {
    if matches!(common, Common::TrainingActivationBytes | Common::TrainingMemoryBytes) {
        return training_inputs(case);
    }
    if common == Common::TotalMemoryBytes {
        let size = Value::Number(2.0 * case.billions());
        return vec![("fp16_size_gb", size), ("config", configuration(case.bytes_per_weight))];
    }
    cost_inputs(case)
}

fn cost_inputs(case: &Case) -> Given {
    let mut inputs = vec![
        ("gflop_per_token", Value::Number(2.0 * case.active_parameters as f64 / 1e9)),
        ("tflops_per_gpu", Value::Number(case.peak.as_tflops_per_s())),
        ("bandwidth_tb_s", Value::Number(case.bandwidth.as_gb_per_s() / 1e3)),
        ("gpus", Value::count(case.accelerators)),
    ];
    if let Some(price) = case.price {
        inputs.push(("usd_per_hour", Value::Number(price.get())));
    }
    inputs
}

fn training_inputs(case: &Case) -> Given {
    vec![
        ("params", Value::count(case.parameters)),
        ("n", Value::count(case.accelerators)),
        ("b", Value::count(case.concurrency)),
        ("h", Value::count(case.hidden)),
        ("a", Value::count(case.heads)),
        ("s", Value::count(case.context)),
        ("L", Value::count(case.layers)),
    ]
}

/// The author's configuration of that many bytes per weight; a width that it has none for is named as it is, and
/// refused with the list of those it has.
fn configuration(bytes_per_weight: f64) -> Value {
    let known = [(2.0, "float16"), (4.0, "float32"), (1.0, "int8"), (0.5, "int4")];
    match known.iter().find(|(bytes, _)| (bytes - bytes_per_weight).abs() < 1e-9) {
        Some((_, name)) => Value::name(name),
        None => Value::Text(format!("{bytes_per_weight} bytes per weight").into()),
    }
}
