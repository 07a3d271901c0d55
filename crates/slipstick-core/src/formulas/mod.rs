//! Formulas: one function each, in a paper's symbols with typed units, each with its source.

#![expect(non_snake_case, reason = "a formula keeps the symbols of its paper")]

pub mod capability;
pub mod cost;
pub mod memory;
pub mod parameters;
pub mod parts;
pub mod time;
pub mod training;

use crate::formula::Formula;

/// Lists the descriptions of formulas by the paths of their functions.
macro_rules! list {
    ($($($path:ident)::+,)*) => { &[$(&$($path)::+::FORMULA),*] };
}

/// Every formula.
pub static ALL: &[&Formula] = list![
    capability::dense_equivalent,
    cost::energy::mean_power,
    cost::energy::power_of_all,
    cost::energy::energy_per_token,
    cost::energy::million_tokens_energy,
    cost::energy::step_load,
    cost::energy::power_load,
    cost::tokens::usd_per_million_tokens,
    cost::tokens::prompt_share,
    cost::tokens::single_stream_prompt_share,
    cost::tokens::output_share,
    memory::activations::decode_workspace,
    memory::activations::workspace_places,
    memory::activations::feed_forward_peak,
    memory::activations::routed_experts_peak,
    memory::activations::sampler_peak,
    memory::activations::forward_peak,
    memory::activations::eager_scores,
    memory::activations::share_of_count,
    memory::block_pool::blocks,
    memory::block_pool::group_size,
    memory::block_pool::full_blocks,
    memory::block_pool::window_blocks,
    memory::block_pool::kept_window_blocks,
    memory::block_pool::running_blocks,
    memory::block_pool::overlaid_layers,
    memory::block_pool::chunk_blocks,
    memory::block_pool::block_tokens_for_state,
    memory::block_pool::printed_tokens,
    memory::block_pool::block_room,
    memory::block_pool::blocks_of_sequences,
    memory::block_pool::printed_by_group,
    memory::block_pool::pool_requests,
    memory::block_pool::kind_blocks,
    memory::cache_cells::padded_context,
    memory::cache_cells::window_cells,
    memory::compute_buffer::compute_buffer_plain,
    memory::compute_buffer::compute_buffer_flash_full,
    memory::compute_buffer::compute_buffer_flash,
    memory::encoder_buffer::encoder_stream,
    memory::host_buffer::host_buffer,
    memory::kv_cache::compressed_entry_bytes,
    memory::kv_cache::compressor_state_bytes,
    memory::kv_cache::sparse_latent_bytes_per_token,
    memory::kv_cache::index_bytes_per_token,
    memory::kv_cache::bytes_per_token,
    memory::kv_cache::layer_cache,
    memory::kv_cache::compressed_cache,
    memory::kv_cache::shared_cache,
    memory::kv_cache::head_scale_bytes,
    memory::output_buffer::output_buffer,
    memory::state::conv_state_elements,
    memory::state::state_bytes,
    memory::state::state_of_all,
    memory::static_pool::static_pool,
    memory::static_pool::share_of_free,
    memory::static_pool::left_over,
    memory::weights::rotary_table_bytes,
    memory::weights::expert_padding,
    parameters::active_parameters,
    parts::total,
    parts::largest,
    parts::least,
    time::batching::prefill_tokens_per_step,
    time::batching::chunks_per_step,
    time::batching::mixed_step_share,
    time::batching::deterministic_wait,
    time::batching::running_sequences,
    time::batching::chunk_room,
    time::batching::overload,
    time::batching::decoding_sequences,
    time::batching::chunks_of_prompt,
    time::batching::chunk_tokens,
    time::batching::carried_tokens,
    time::batching::prompt_load,
    time::collective::all_reduce_time,
    time::collective::all_to_all_time,
    time::collective::transfer_time,
    time::experts::experts_touched,
    time::latency::time_per_output_token,
    time::latency::time_to_first_token,
    time::latency::start_burst_wait,
    time::latency::end_to_end_time,
    time::latency::closed_loop_rate,
    time::latency::slot_rate,
    time::latency::token_rate,
    time::latency::rate_of_replicas,
    time::latency::prompt_bound_rate,
    time::latency::own_prefill_time,
    time::latency::scheduling_wait,
    time::latency::queue_wait,
    time::latency::host_time,
    time::latency::step_sum,
    time::roofline::roofline_time,
    time::roofline::arithmetic_intensity,
    time::roofline::ridge_point,
    time::span::mean_visible,
    time::utilisation::latency_per_token,
    time::utilisation::step_latency,
    time::utilisation::flops_by_parameters,
    time::utilisation::flops_with_attention,
    time::utilisation::flops_by_width,
    time::utilisation::achieved_compute,
    time::utilisation::model_flops_utilisation,
    time::utilisation::achieved_bandwidth,
    time::utilisation::model_bandwidth_utilisation,
    time::utilisation::work_of_tokens,
    training::activations::unfused_layer,
    training::activations::residual_stream,
    training::activations::fused_attention,
    training::activations::fused_latent,
    training::activations::fused_feed_forward,
    training::activations::routed_experts,
    training::activations::chunks_in_flight,
    training::bubble::one_forward_one_backward,
    training::bubble::zero_bubble,
    training::bubble::from_both_ends,
    training::budget::training_work,
    training::budget::tokens_of_work,
    training::budget::parameters_of_work,
    training::budget::tokens_per_parameter,
    training::budget::over_training,
    training::budget::scaled_size,
    training::budget::work_of_hours,
    training::budget::hours_of_work,
    training::budget::time_of_hours,
    training::budget::price_of_hours,
    training::budget::hours_of_money,
    training::budget::price_of_one,
    training::budget::useful_rate,
    training::budget::share_of_peak,
    training::budget::tokens_at_training_price,
    training::budget::price_of_tokens,
    training::budget::saving,
    training::failures::between_failures,
    training::failures::failures,
    training::failures::checkpoint_stall,
    training::failures::checkpoint_interval,
    training::failures::goodput,
    training::flops::model_flops,
    training::flops::recomputed_gpt,
    training::flops::hardware_flops,
    training::flops::eight_per_parameter,
    training::flops::frozen_flops,
    training::flops::step_work,
    training::flops::of_one,
    training::frozen::int8_rows,
    training::frozen::four_bit,
    training::frozen::four_bit_double,
    training::frozen::four_bit_groups,
    training::frozen::decomposed,
    training::frozen::adapter_activations,
    training::run::steps,
    training::run::step_tokens,
    training::run::trained_rate,
    training::run::run_time,
    training::run::accelerator_hours,
    training::run::run_cost,
    training::run::energy,
    training::run::kilowatt_hours,
    training::run::emissions,
    training::run::data_set,
    training::saved_tensors::rms_norm,
    training::saved_tensors::layer_norm,
    training::saved_tensors::fused_attention,
    training::saved_tensors::scores,
    training::saved_tensors::feed_forward,
    training::saved_tensors::cross_entropy,
    training::states::sharded,
    training::states::blockwise,
    training::states::adapter,
    training::states::checkpoint,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    /// So that a record tells which formula it is.
    #[test]
    fn formulas_are_told_apart_by_what_they_say() {
        let said: BTreeSet<_> = ALL.iter().map(|formula| formula.plain()).collect();
        let mut seen = BTreeSet::new();
        let twice: Vec<_> =
            ALL.iter().filter(|formula| !seen.insert(formula.plain())).map(|f| f.id()).collect();
        assert!(said.len() == ALL.len(), "said before: {twice:?}");
        for formula in ALL {
            assert!(formula.plain().is_some() && formula.tex().is_some(), "{} has no formula", formula.id());
            assert!(formula.source().is_some(), "{} has no source", formula.id());
        }
    }
}
