//! The columns of the tables of training.

columns! {
    /// A training software, and what it keeps.
    #[serde(deny_unknown_fields)]
    StackRow from "training_stacks.csv" {
        name: &'a str,
        version: &'a str,
        eager: &'a str,
        master: &'a str,
        adapter_bytes: u64,
        quantized_adapter_bytes: u64,
        foreach: &'a str,
        sharding: &'a str,
        sequence_parallel: &'a str,
        unties: &'a str,
        master_apart: &'a str,
        both_gradients: &'a str,
        step_gradients: &'a str,
        whole_accumulation: &'a str,
        flat_gradients: &'a str,
        forward_logit_bytes: f64,
        logit_bytes: f64,
        parallel_logit_bytes: f64,
        fused_logit_bytes: f64,
        loss: &'a str,
        chunked_logit_bytes: f64,
        frozen_inputs: &'a str,
        live_layers: f64,
        weight_placeholders: &'a str,
        gathered_streams: f64,
        bucket_mib: u64,
        live_units: f64,
        context_gib: f64,
        reserved: f64,
        vocabulary_multiple: u64,
        tensor_overlap: f64,
        data_overlap: f64,
        context_overlap: f64,
        expert_overlap: f64,
        pipeline_overlap: f64,
        fused_casts: &'a str,
        narrow_gather: &'a str,
        narrow_inputs: &'a str,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What meters of training memory read more than their rules say.
    #[serde(deny_unknown_fields)]
    TrainingMemoryRow from "training_memory.csv" {
        stack: &'a str,
        meter: &'a str,
        trained: &'a str,
        factor: f64,
        besides_gib: f64,
        low: f64,
        high: f64,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What a training software can do.
    #[serde(deny_unknown_fields)]
    StackLimitRow from "training_limits.csv" {
        stack: &'a str,
        tensor: &'a str,
        pipeline: &'a str,
        context: &'a str,
        expert: &'a str,
        zero: &'a str,
        zero_with_pipeline: &'a str,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// Copies of each logit that a software's loss holds of models whose own code leaves logits in their format.
    #[serde(deny_unknown_fields)]
    TrainingLogitsRow from "training_logits.csv" {
        stack: &'a str,
        forward: f64,
        full: f64,
        fused: f64,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// One factor of what compute of a training step takes more than shares of peaks say.
    #[serde(deny_unknown_fields)]
    TrainingFitRow from "training_fits.csv" {
        stack: &'a str,
        family: &'a str,
        format: &'a str,
        work: &'a str,
        factor: f64,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// How far measured steps lie from predicted ones that they had no part in.
    #[serde(deny_unknown_fields)]
    TrainingBandRow from "training_bands.csv" {
        stack: &'a str,
        work: &'a str,
        left_out: &'a str,
        low: f64,
        high: f64,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// A constant of kernels and hosts in training: what physics says, how sure that is, and what was fitted.
    #[serde(deny_unknown_fields)]
    TrainingReachRow from "training_reach.csv" {
        name: &'a str,
        prior: f64,
        log_sd: f64,
        value: f64,
        unit: &'a str,
        meaning: &'a str,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What a kernel of fused attention reaches on a chip family.
    #[serde(deny_unknown_fields)]
    TrainingAttentionRow from "training_attention.csv" {
        kernel: &'a str,
        family: &'a str,
        forward: f64,
        forward_half_length: f64,
        backward: f64,
        backward_half_length: f64,
        half_head: f64,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// The kernels that a training software uses: of attention, and whether those between products are fused or plain; and
    /// whether tensor-parallel collectives run beside products by itself.
    #[serde(deny_unknown_fields)]
    TrainingKernelRow from "training_kernels.csv" {
        stack: &'a str,
        attention: &'a str,
        elementwise: &'a str,
        tensor_overlap: &'a str,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What a caching allocator of an eager framework holds without a use.
    #[serde(deny_unknown_fields)]
    TrainingAllocatorRow from "training_allocator.csv" {
        name: &'a str,
        value: f64,
        unit: &'a str,
        meaning: &'a str,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What a part of a round takes against its prediction, and how far rounds of a model that was left out are off.
    #[serde(deny_unknown_fields)]
    TrainingRoundRow from "training_rounds.csv" {
        what: &'a str,
        factor: f64,
        low: f64,
        high: f64,
        points: u32,
        models: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// A value that every training answer assumes.
    #[serde(deny_unknown_fields)]
    TrainingAssumptionRow from "training_assumptions.csv" {
        name: &'a str,
        value: f64,
        unit: &'a str,
        meaning: &'a str,
        source: &'a str,
        seen: &'a str,
    }
}
