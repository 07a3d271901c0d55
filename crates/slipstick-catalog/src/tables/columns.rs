//! The columns of every table: of the shipped ones, which the build script turns into static rows, and of users' own.
//!
//! The build script includes this file too and reads the names and types as they are written here, so that a column is
//! stated once. A text that may be left out is empty then.

#[path = "columns_training.rs"]
mod training;

pub(crate) use training::*;

columns! {
    /// An accelerator.
    AcceleratorRow from "accelerators.csv" {
        id: &'a str,
        name: &'a str,
        vendor: &'a str,
        architecture: &'a str,
        family: &'a str,
        class: &'a str,
        year: u16,
        form_factor: &'a str,
        memory_type: &'a str,
        memory_label_gb: f64,
        memory_mib: u64,
        memory_basis: &'a str,
        bandwidth_gb_s: f64,
        fp64_tflops: Option<f64>,
        fp32_tflops: Option<f64>,
        tf32_tflops: Option<f64>,
        fp16_tflops: Option<f64>,
        bf16_tflops: Option<f64>,
        fp8_tflops: Option<f64>,
        int8_tops: Option<f64>,
        fp4_tflops: Option<f64>,
        int4_tops: Option<f64>,
        cache_mb: Option<f64>,
        power_w: Option<f64>,
        link: &'a str,
        link_kind: &'a str,
        link_gb_s_per_direction: f64,
        domain_size: u32,
        node_size: u32,
        host_link_gb_s_per_direction: Option<f64>,
        compute: &'a str,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// One name of an accelerator in one namespace.
    AliasRow from "accelerator_aliases.csv" {
        namespace: &'a str,
        alias: &'a str,
        memory_gb: Option<f64>,
        accelerator: &'a str,
        cores_per_chip: Option<u32>,
        note: &'a str,
    }
}

columns! {
    /// A rate that was measured on an accelerator.
    MeasuredRow from "accelerators_measured.csv" {
        accelerator: &'a str,
        what: &'a str,
        format: &'a str,
        unit: &'a str,
        p50: Option<f64>,
        p90: Option<f64>,
        max: Option<f64>,
        accelerators: u32,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// Shares of peaks and bandwidths, by chip family or `class:` name.
    #[serde(deny_unknown_fields)]
    ShareRow from "chip_shares.csv" {
        family: &'a str,
        wide: f64,
        fp8: f64,
        fp4: f64,
        int: f64,
        attention: f64,
        memory: f64,
        memory_packed: f64,
        memory_cache: f64,
        scale_up_share: f64,
        scale_up_latency_us: f64,
        scale_up_latency_per_rank_us: f64,
        pcie_share: f64,
        pcie_latency_us: f64,
        pcie_latency_per_rank_us: f64,
        network_share: f64,
        network_latency_us: f64,
        network_latency_per_rank_us: f64,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// Host costs of an engine.
    #[serde(deny_unknown_fields)]
    OverheadRow from "engine_overheads.csv" {
        engine: &'a str,
        version: &'a str,
        per_layer_us: f64,
        per_expert_layer_us: f64,
        per_step_us: f64,
        per_sequence_us: f64,
        per_request_ms: f64,
        per_latent_layer_us: Option<f64>,
        per_recurrent_layer_us: Option<f64>,
        waited_steps: Option<f64>,
        experts_compute: Option<f64>,
        experts_memory: Option<f64>,
        experts_memory_packed: Option<f64>,
        experts_memory_widened: Option<f64>,
        experts_unevenness: Option<f64>,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What was fitted for one chip family under some versions of one engine.
    #[serde(deny_unknown_fields)]
    FittedRow from "calibrations.csv" {
        family: &'a str,
        engine: &'a str,
        version: &'a str,
        #[serde(default)]
        from_version: &'a str,
        #[serde(default)]
        to_version: &'a str,
        wide: f64,
        fp8: f64,
        fp4: f64,
        memory: f64,
        memory_packed: f64,
        memory_cache: Option<f64>,
        per_layer_us: f64,
        per_expert_layer_us: f64,
        per_step_us: f64,
        per_sequence_us: f64,
        per_request_ms: f64,
        scale_up_share: f64,
        scale_up_latency_us: f64,
        scale_up_latency_per_rank_us: f64,
        per_latent_layer_us: Option<f64>,
        per_recurrent_layer_us: Option<f64>,
        waited_steps: Option<f64>,
        experts_compute: Option<f64>,
        experts_memory: Option<f64>,
        experts_memory_packed: Option<f64>,
        experts_memory_widened: Option<f64>,
        experts_unevenness: Option<f64>,
        tpot_low: Option<f64>,
        tpot_high: Option<f64>,
        ttft_low: Option<f64>,
        ttft_high: Option<f64>,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// Kernels of attention over a cache that work by query head.
    #[serde(deny_unknown_fields)]
    AttentionKernelRow from "attention_kernels.csv" {
        engine: &'a str,
        family: &'a str,
        models: &'a str,
        divided_up_to: f64,
        part_tokens: f64,
        longest_tokens: f64,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// How engines launch steps that read prompts.
    #[serde(deny_unknown_fields)]
    PromptLaunchRow from "prompt_launches.csv" {
        engine: &'a str,
        from_version: &'a str,
        to_version: &'a str,
        eager_above: u64,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// How far the spread of a calibration widens where it is carried over to a version it was not fitted on.
    #[serde(deny_unknown_fields)]
    CarryRow from "calibration_carry.csv" {
        engine: &'a str,
        tpot_factor: f64,
        ttft_factor: f64,
        versions: u32,
        source: &'a str,
        seen: &'a str,
        #[serde(default)]
        note: &'a str,
    }
}

columns! {
    /// How much longer the steps of an architecture took under an engine than is estimated: of a version on any
    /// accelerator, and how much more its requests wait; or, under any version, of a format on a chip family, or of a format, an accelerator and a layout.
    #[serde(deny_unknown_fields)]
    LevelRow from "levels.csv" {
        engine: &'a str,
        architecture: &'a str,
        #[serde(default)]
        arrival: &'a str,
        version: &'a str,
        format: &'a str,
        #[serde(default)]
        family: &'a str,
        accelerator: &'a str,
        tp: Option<u32>,
        ep: Option<u32>,
        factor: f64,
        waits: Option<f64>,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// How far measurements lie from the answers to one question.
    #[serde(deny_unknown_fields)]
    SpreadRow from "spreads.csv" {
        family: &'a str,
        engine: &'a str,
        arrival: &'a str,
        quantity: &'a str,
        #[serde(default)]
        distance: &'a str,
        low: f64,
        high: f64,
        points: u32,
        source: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// A serving engine and what it supports.
    EngineRow from "engines.csv" {
        id: &'a str,
        name: &'a str,
        maker: &'a str,
        licence: &'a str,
        kind: &'a str,
        modelled: &'a str,
        accelerators: &'a str,
        weight_formats: &'a str,
        cache_formats: &'a str,
        parallelism: &'a str,
        features: &'a str,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// A measured serving run.
    RunRow from "measured_serving.csv" {
        model: &'a str,
        accelerator: &'a str,
        count: u64,
        engine: &'a str,
        version: &'a str,
        weights: &'a str,
        input_tokens: u64,
        output_tokens: u64,
        concurrency: u64,
        ttft_ms: f64,
        tpot_ms: f64,
        output_tokens_per_s: Option<f64>,
        source: &'a str,
        as_of: &'a str,
        row: &'a str,
    }
}

columns! {
    /// The usual node of an accelerator or of a class of them.
    NodeRow from "nodes.csv" {
        holds_for: &'a str,
        node: &'a str,
        network_gbit_s_per_accelerator: f64,
        ram_gib: Option<u64>,
        vcpus: Option<u32>,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        #[serde(default)]
        note: &'a str,
    }
}

columns! {
    /// A machine as its maker calls it.
    MachineRow from "machines.csv" {
        machine: &'a str,
        accelerator: &'a str,
        per_node: u32,
        nodes: u32,
        source: &'a str,
        seen: &'a str,
        #[serde(default)]
        note: &'a str,
    }
}

columns! {
    /// What a model is used for: the load of a request, and the times it should keep.
    UseCaseRow from "use_cases.csv" {
        name: &'a str,
        meaning: &'a str,
        input_tokens: u64,
        output_tokens: u64,
        ttft_s: f64,
        tpot_s: f64,
        lengths_source: &'a str,
        targets_source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// How the load of a deployment changes with the hours.
    LoadProfileRow from "load_profiles.csv" {
        name: &'a str,
        meaning: &'a str,
        hours: &'a str,
        source: &'a str,
        seen: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// An offer of a cloud or a marketplace.
    OfferRow from "offers.csv" {
        cloud: &'a str,
        #[serde(default)]
        region: &'a str,
        instance: &'a str,
        accelerator: &'a str,
        count: u32,
        unit: &'a str,
        kind: &'a str,
        vcpus: Option<f64>,
        ram_gb: Option<f64>,
        storage_gb: Option<f64>,
        network_gbit_s: Option<f64>,
        usd_per_hour: Option<f64>,
        spot_usd_per_hour: Option<f64>,
        committed_1y_usd_per_hour: Option<f64>,
        committed_3y_usd_per_hour: Option<f64>,
        as_of: &'a str,
        as_of_basis: &'a str,
        source: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}

columns! {
    /// A source that other rows name.
    SourceRow from "sources.csv" {
        id: &'a str,
        title: &'a str,
        licence: &'a str,
        seen: &'a str,
    }
}

columns! {
    /// What a provider asks for tokens of a model.
    TokenPriceRow from "token_prices.csv" {
        provider: &'a str,
        model: &'a str,
        #[serde(default)]
        hf_repo: &'a str,
        open_weights: &'a str,
        context_tokens: Option<u64>,
        usd_per_million_input: f64,
        usd_per_million_output: f64,
        usd_per_million_cached_input: Option<f64>,
        batch_usd_per_million_input: Option<f64>,
        batch_usd_per_million_output: Option<f64>,
        #[serde(default)]
        retires: &'a str,
        as_of: &'a str,
        source: &'a str,
        confidence: &'a str,
        note: &'a str,
    }
}
