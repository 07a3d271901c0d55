//! Parameters, cache and latency of a step.

use slipstick_core::formula;

formula! {
    /// Parameters of the embedding, shared with the output projection.
    ///
    /// `params_embedding = n_vocab·d`
    ///
    /// $$ N_e = n_{vocab}\,d $$
    ///
    /// where n_vocab vocabulary, d hidden size; in parameters.
    ///
    /// Source: LLM Calculator, "Parameters".
    pub fn params_embedding(vocab: f64, hidden: f64) -> f64 {
        vocab * hidden
    }

    /// Parameters of attention: queries, keys, values and the projection.
    ///
    /// `params_attention = 4·L·d^2`
    ///
    /// $$ N_a = 4\,L\,d^2 $$
    ///
    /// where L layers, d hidden size; in parameters.
    ///
    /// Source: LLM Calculator, "Parameters".
    pub fn params_attention(layers: f64, hidden: f64) -> f64 {
        4.0 * layers * hidden * hidden
    }

    /// Parameters of the feed-forward blocks.
    ///
    /// `params_feedforward = 8·L·d^2`
    ///
    /// $$ N_f = 2 \cdot 4\,L\,d^2 $$
    ///
    /// where L layers, d hidden size; in parameters.
    ///
    /// Source: LLM Calculator, "Parameters".
    pub fn params_feedforward(layers: f64, hidden: f64) -> f64 {
        8.0 * layers * hidden * hidden
    }

    /// All parameters.
    ///
    /// `params_total = N_e + N_a + N_f`
    ///
    /// $$ N_t = N_e + N_a + N_f $$
    ///
    /// where embedding, attention and feed-forward; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::llm_calculator::*;
    /// // GPT-3: 96 layers of 12,288, vocabulary 50,257; 174.6 billion in table D.1 of Brown et al. 2020.
    /// let total = params_embedding(50257.0, 12288.0) + params_attention(96.0, 12288.0) + params_feedforward(96.0, 12288.0);
    /// assert!((total / 174.6e9 - 1.0).abs() < 1e-3);
    /// ```
    ///
    /// Source: LLM Calculator, "Parameters".
    pub fn params_total(params_embedding: f64, params_attention: f64, params_feedforward: f64) -> f64 {
        params_embedding + params_attention + params_feedforward
    }

    /// Parameters, by the rule of thumb.
    ///
    /// `params_12ld2 = 12·L·d^2`
    ///
    /// $$ N = 12\,L\,d^2 $$
    ///
    /// where L layers, d hidden size; in parameters.
    ///
    /// Source: LLM Calculator, "Memory"; kipply, transformer parameter count.
    pub fn params_12ld2(layers: f64, hidden: f64) -> f64 {
        12.0 * layers * hidden * hidden
    }

    /// Size of the weights.
    ///
    /// `weights = n_bytes·N/10^9`
    ///
    /// $$ M_w = \frac{n_{bytes}\,N}{10^9} $$
    ///
    /// where n_bytes bytes per parameter, N parameters; in GB.
    ///
    /// Source: LLM Calculator, "Memory".
    pub fn weights(params_12ld2: f64, bytes_per_param: f64) -> f64 {
        bytes_per_param * params_12ld2 / 1e9
    }

    /// Size of the cache of keys and values at its peak.
    ///
    /// `kv_cache = 2·n_bytes·B·L·d·(s_i + s_o)/10^9`
    ///
    /// $$ M_{kv} = \frac{2\,n_{bytes}\,B\,L\,d\,(s_i + s_o)}{10^9} $$
    ///
    /// where n_bytes bytes per element, B sequences, L layers, d hidden size, s_i input and s_o output tokens; in GB.
    ///
    /// ```
    /// # use slipstick_methods::llm_calculator::kv_cache;
    /// // Sheng et al. 2023: 1.2 TB (counted as TiB) for 96 layers of 12,288, batch 512, 512 tokens in and 32 out.
    /// let tib = kv_cache(2.0, 512.0, 96.0, 12288.0, 512.0, 32.0) * 1e9 / 1024.0_f64.powi(4);
    /// assert!((tib - 1.2).abs() < 0.05);
    /// ```
    ///
    /// Source: LLM Calculator, "Memory"; Sheng et al. 2023.
    pub fn kv_cache(bytes_per_param: f64, batch: f64, layers: f64, hidden: f64, input_len: f64, output_len: f64) -> f64 {
        2.0 * bytes_per_param * batch * layers * hidden * (input_len + output_len) / 1e9
    }

    /// Time of a step when memory binds.
    ///
    /// `memory_latency = 2·N·n_bytes/(10^9·N_GPU·A_bw)`
    ///
    /// $$ t_m = \frac{2\,N\,n_{bytes}}{10^9\,N_{GPU}\,A_{bw}} $$
    ///
    /// where N parameters of n_bytes bytes, A_bw bandwidth in GB/s of one of N_GPU GPUs; in seconds.
    ///
    /// Source: LLM Calculator, "Latency".
    pub fn memory_latency(params_12ld2: f64, bytes_per_param: f64, gpus: f64, bandwidth_gb_s: f64) -> f64 {
        2.0 * params_12ld2 * bytes_per_param / (gpus * bandwidth_gb_s * 1e9)
    }

    /// Time of a step when compute binds.
    ///
    /// `compute_latency = 2·N·B/(10^12·N_GPU·A_flops)`
    ///
    /// $$ t_c = \frac{2\,N\,B}{10^{12}\,N_{GPU}\,A_{flops}} $$
    ///
    /// where N parameters, B sequences, A_flops compute in TFLOP/s of one of N_GPU GPUs; in seconds.
    ///
    /// Source: LLM Calculator, "Latency".
    pub fn compute_latency(params_12ld2: f64, batch: f64, gpus: f64, tflops: f64) -> f64 {
        2.0 * params_12ld2 * batch / (gpus * tflops * 1e12)
    }

    /// Time of a step.
    ///
    /// `step_latency = max(t_m, t_c)`
    ///
    /// $$ t = \max(t_m, t_c) $$
    ///
    /// where t_m when memory and t_c when compute binds; in seconds.
    ///
    /// Source: LLM Calculator, "Latency".
    pub fn step_latency(memory_latency: f64, compute_latency: f64) -> f64 {
        memory_latency.max(compute_latency)
    }

    /// Tokens generated in a second, as the page prints it.
    ///
    /// `generation_throughput = 1/t`
    ///
    /// $$ r = \frac{1}{t} $$
    ///
    /// where t time of a step in seconds; in token/s.
    ///
    /// Source: LLM Calculator, "Latency".
    pub fn generation_throughput(step_latency: f64) -> f64 {
        1.0 / step_latency
    }

    /// The batch from which compute binds.
    ///
    /// `memory_bound_below_batch = ceil(1000·A_flops/A_bw)`
    ///
    /// $$ B_0 = \left\lceil \frac{1000\,A_{flops}}{A_{bw}} \right\rceil $$
    ///
    /// where A_flops compute in TFLOP/s, A_bw bandwidth in GB/s; in sequences.
    ///
    /// ```
    /// # use slipstick_methods::llm_calculator::memory_bound_below_batch;
    /// assert_eq!(memory_bound_below_batch(312.0, 1500.0), 208.0); // kipply: 208 for an A100
    /// ```
    ///
    /// Source: LLM Calculator, "Latency"; kipply, transformer inference arithmetic.
    pub fn memory_bound_below_batch(tflops: f64, bandwidth_gb_s: f64) -> f64 {
        libm::ceil(1e3 * tflops / bandwidth_gb_s)
    }
}
