//! LLM Calculator: the cost of pre-training on machines that fail, and a first look at inference.

mod inference;
mod pretraining;

pub use inference::{
    compute_latency, generation_throughput, kv_cache, memory_bound_below_batch, memory_latency, params_12ld2,
    params_attention, params_embedding, params_feedforward, params_total, step_latency, weights,
};
pub use pretraining::{
    actual_performance, checkpoint_count, checkpoint_size, cluster_actual_days, cluster_theoretical_days,
    cumulative_checkpoint_size, dataset_size, downtime_cost, expected_failures, experiments_cost,
    gpu_hours_failed, gpu_hours_recomputing, instance_count, recomputation_cost, storage_cost,
    theoretical_gpu_hours, theoretical_training_cost, total_training_cost, training_compute,
};

use crate::{
    CommonRow, Convert, Domain, Effect, Example, Fault, Given, Method, MethodInput, Value, When,
    card::quantities,
    case::{Case, Common, GB, SAME},
};

const PRETRAINING: &[(&str, Value)] = &[
    ("peak_tflops", Value::Number(312.0)),
    ("utilization_pct", Value::Number(30.0)),
    ("gpus", Value::Number(300.0)),
    ("failure_pct_per_instance_day", Value::Number(0.01)),
    ("recovery_hours", Value::Number(1.0)),
    ("params_b", Value::Number(40.0)),
    ("gtokens", Value::Number(1000.0)),
    ("checkpoints_per_day", Value::Number(24.0)),
];

const INFERENCE: &[(&str, Value)] = &[
    ("vocab", Value::Number(50272.0)),
    ("hidden", Value::Number(12288.0)),
    ("layers", Value::Number(96.0)),
    ("batch", Value::Number(512.0)),
    ("input_len", Value::Number(512.0)),
    ("output_len", Value::Number(32.0)),
    ("tflops", Value::Number(312.0)),
    ("bandwidth_gb_s", Value::Number(1500.0)),
    ("gpus", Value::Number(1.0)),
];

/// The card of LLM Calculator.
pub static METHOD: Method = Method {
    id: "llm-calculator",
    title: "LLM Calculator",
    authors: "João Galego",
    source: "LLM Calculator (JGalego/llm-calc, pre-training and inference pages), after Kaplan et al. 2020, Brown et \
             al. 2020, Sheng et al. 2023 and kipply",
    about: "What pre-training costs when instances fail: days, checkpoints, storage, experiments, dollars. And for \
            inference the parameters, the cache and the latency of a step.",
    validity: "Pre-training: work of 6 FLOP per parameter and token, failures independent and far apart. Inference: a \
               dense transformer with a feed-forward width of 4 hidden sizes and as many key and value heads as query \
               heads.",
    inputs: INPUTS,
    quantities: quantities! {
        instance_count(gpus, gpus_per_instance): "instance",
        checkpoint_size(params_b, checkpoint_gb_per_b): "GB",
        dataset_size(gtokens, tokens_per_byte): "GB",
        actual_performance(peak_tflops, utilization_pct): "TFLOP/s",
        training_compute(params_b, gtokens): "TFLOP",
        theoretical_gpu_hours(training_compute, actual_performance): "GPU-hour",
        cluster_theoretical_days(theoretical_gpu_hours, gpus): "day",
        cluster_actual_days(
            cluster_theoretical_days, failure_pct_per_instance_day, instance_count, recovery_hours,
            checkpoints_per_day,
        ): "day",
        expected_failures(failure_pct_per_instance_day, cluster_actual_days, instance_count): "failure",
        gpu_hours_failed(expected_failures, gpus, recovery_hours): "GPU-hour",
        gpu_hours_recomputing(expected_failures, gpus, checkpoints_per_day): "GPU-hour",
        checkpoint_count(cluster_actual_days, checkpoints_per_day): "checkpoint",
        cumulative_checkpoint_size(checkpoint_count, checkpoint_size): "GB",
        storage_cost(dataset_size, cumulative_checkpoint_size, usd_per_gb_month, cluster_theoretical_days): "USD",
        experiments_cost(experiment_gpu_hours, usd_per_gpu_hour): "USD",
        downtime_cost(gpu_hours_failed, usd_per_gpu_hour): "USD",
        recomputation_cost(gpu_hours_recomputing, usd_per_gpu_hour): "USD",
        theoretical_training_cost(theoretical_gpu_hours, usd_per_gpu_hour): "USD",
        total_training_cost(
            theoretical_training_cost, downtime_cost, recomputation_cost, experiments_cost, storage_cost,
        ): "USD",
        params_embedding(vocab, hidden): "parameter",
        params_attention(layers, hidden): "parameter",
        params_feedforward(layers, hidden): "parameter",
        params_total(params_embedding, params_attention, params_feedforward): "parameter",
        params_12ld2(layers, hidden): "parameter",
        weights(params_12ld2, bytes_per_param): "GB",
        kv_cache(bytes_per_param, batch, layers, hidden, input_len, output_len): "GB",
        memory_latency(params_12ld2, bytes_per_param, gpus, bandwidth_gb_s): "s",
        compute_latency(params_12ld2, batch, gpus, tflops): "s",
        step_latency(memory_latency, compute_latency): "s",
        generation_throughput(step_latency): "token/s",
        memory_bound_below_batch(tflops, bandwidth_gb_s): "sequence",
    },
    faults: FAULTS,
    examples: &[
        Example {
            title: "the author's defaults: 40 billion parameters and a trillion tokens on 300 GPUs",
            inputs: PRETRAINING,
        },
        Example {
            title: "the author's defaults for inference: 96 layers of 12,288, a batch of 512",
            inputs: INFERENCE,
        },
    ],
    inputs_of,
    common: &[
        CommonRow::new(Common::Parameters, "params_12ld2", SAME),
        CommonRow::new(Common::WeightsBytes, "weights", GB),
        CommonRow::new(Common::KvCacheBytes, "kv_cache", GB),
        CommonRow::new(Common::DecodeSecondsPerToken, "step_latency", SAME),
        CommonRow::new(Common::TokensPerSecond, "generation_throughput", SAME),
        CommonRow::new(Common::TrainingFlopsPerToken, "training_compute", Convert::Times(1e3)),
    ],
};

const INPUTS: &[MethodInput] = &[
    MethodInput::positive("peak_tflops", "τ_peak", "TFLOP/s").or(312.0).meaning("peak of one GPU"),
    MethodInput::number("utilization_pct", "u", "%", Domain::Percent)
        .or(30.0)
        .meaning("share of the peak reached"),
    MethodInput::count("gpus", "N_GPU", "GPU").meaning("GPUs"),
    MethodInput::count("gpus_per_instance", "n_GPU", "GPU").or(8.0).meaning("GPUs in an instance"),
    MethodInput::amount("failure_pct_per_instance_day", "f", "%")
        .or(0.01)
        .meaning("chance that an instance fails in a day"),
    MethodInput::amount("recovery_hours", "t_f", "h").or(1.0).meaning("time to recover from a failure"),
    MethodInput::positive("params_b", "N", "billion").meaning("parameters of the model, in billions"),
    MethodInput::positive("gtokens", "D", "billion").meaning("tokens to train on, in billions"),
    MethodInput::amount("experiment_gpu_hours", "e", "GPU-hour")
        .or(0.0)
        .meaning("GPU-hours set aside for experiments"),
    MethodInput::positive("checkpoints_per_day", "f_c", "1/day")
        .or(24.0)
        .meaning("checkpoints written in a day"),
    MethodInput::amount("usd_per_gpu_hour", "p", "USD/h").or(4.09).meaning("price of one GPU"),
    MethodInput::amount("usd_per_gb_month", "p_s", "USD/GB/month").or(0.022).meaning("price of storage"),
    MethodInput::positive("checkpoint_gb_per_b", "r_c", "GB")
        .or(2300.0 / 176.0)
        .meaning("size of a checkpoint for a billion parameters; BLOOM's 2.3 TB for 176 billion"),
    MethodInput::positive("tokens_per_byte", "r_t", "token/byte")
        .or(350.0 / 1600.0)
        .meaning("tokens in a byte of text; BLOOM's 350 billion in 1.6 TB"),
    MethodInput::positive("bytes_per_param", "n_bytes", "byte").or(2.0).meaning("bytes per parameter"),
    MethodInput::count("vocab", "n_vocab", "entry").or(50272.0).meaning("vocabulary"),
    MethodInput::count("hidden", "d_model", "element").meaning("hidden size"),
    MethodInput::count("layers", "n_layer", "layer").meaning("layers"),
    MethodInput::count("batch", "B", "sequence").meaning("sequences at a time"),
    MethodInput::number("input_len", "s_i", "token", Domain::Whole).meaning("tokens of the input"),
    MethodInput::number("output_len", "s_o", "token", Domain::Whole).meaning("tokens of the output"),
    MethodInput::positive("tflops", "A_flops", "TFLOP/s").meaning("compute of one GPU"),
    MethodInput::positive("bandwidth_gb_s", "A_bw", "GB/s").meaning("memory bandwidth of one GPU"),
];

const FAULTS: &[Fault] = &[
    Fault {
        id: "weights-read-twice",
        text: "a step reads the weights once; the formula counts them twice over",
        quantities: &["memory_latency"],
        effect: Effect::TooHigh,
        when: When::Always,
    },
    Fault {
        id: "no-attention-or-kv-traffic",
        text: "attention itself and reading the cache of keys and values cost nothing here",
        quantities: &["memory_latency", "compute_latency"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "all-experts",
        text: "all parameters are counted for each token, not the active ones",
        quantities: &["training_compute"],
        effect: Effect::TooHigh,
        when: When::MixtureOfExperts,
    },
    Fault {
        id: "no-context-in-training",
        text: "6 FLOP for each parameter and token leave attention to the context out, which grows with its length",
        quantities: &["training_compute"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "no-gqa",
        text: "cache and attention are sized by the hidden size, as if there were as many key and value heads as query \
               heads",
        quantities: &["kv_cache", "params_attention", "params_12ld2"],
        effect: Effect::TooHigh,
        when: When::GroupedHeads,
    },
    Fault {
        id: "no-swiglu",
        text: "the feed-forward block is taken for 2 matrices of width 4·d: a gated block has 3, and its own width",
        quantities: &["params_feedforward", "params_12ld2"],
        effect: Effect::TooLow,
        when: When::GatedFeedForward,
    },
    Fault {
        id: "no-embeddings",
        text: "12·L·d² leaves out the embedding and the output projection",
        quantities: &["params_12ld2"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "no-moe",
        text: "one feed-forward block a layer: experts are not counted",
        quantities: &["params_feedforward", "params_12ld2"],
        effect: Effect::TooLow,
        when: When::MixtureOfExperts,
    },
    Fault {
        id: "throughput-ignores-batch",
        text: "one over the latency of a step is the rate of one sequence; a batch of B makes B tokens in it",
        quantities: &["generation_throughput"],
        effect: Effect::TooLow,
        when: When::Batched,
    },
    Fault {
        id: "storage-without-failures",
        text: "storage is paid for the days of a run without failures, though checkpoints are counted with them",
        quantities: &["storage_cost"],
        effect: Effect::TooLow,
        when: When::Always,
    },
    Fault {
        id: "peak-rates",
        text: "inference at peak compute and bandwidth: no accelerator reaches them",
        quantities: &["memory_latency", "compute_latency"],
        effect: Effect::TooLow,
        when: When::Always,
    },
];

/// A billion tokens stand for one: 6·N·D in TFLOP for 10^9 tokens is 1000 times that for one in FLOP.
fn inputs_of(case: &Case, common: Common) -> Given {
    if common == Common::TrainingFlopsPerToken {
        return vec![("params_b", Value::Number(case.billions())), ("gtokens", Value::Number(1.0))];
    }
    vec![
        ("bytes_per_param", Value::Number(case.bytes_per_weight)),
        ("vocab", Value::count(case.vocab)),
        ("hidden", Value::count(case.hidden)),
        ("layers", Value::count(case.layers)),
        ("batch", Value::count(case.concurrency)),
        ("input_len", Value::count(case.context.saturating_sub(case.output_tokens))),
        ("output_len", Value::count(case.output_tokens.min(case.context))),
        ("tflops", Value::Number(case.peak.as_tflops_per_s())),
        ("bandwidth_gb_s", Value::Number(case.bandwidth.as_gb_per_s())),
        ("gpus", Value::count(case.accelerators)),
    ]
}
