//! The calculators for inference: memory, tokens per second, dollars, activations.

use slipstick_core::formula;

formula! {
    /// The smallest GPU memory that holds the model: its size and a fifth more.
    ///
    /// `min_gpu_memory = 1.2·f·M`
    ///
    /// $$ m = 1.2\,f\,M $$
    ///
    /// where M size of the 16-bit weights in GB, f size against 16 bits (fp32 2, int8 0.25, int4 0.125, GPTQ 0.25); in
    /// GB.
    ///
    /// Source: TokenTally, "Minimum GPU memory requirement for inference".
    pub fn min_gpu_memory(fp16_size_gb: f64, size_factor: f64) -> f64 {
        fp16_size_gb * size_factor * 1.2
    }

    /// How highly a model is recommended among those that fit.
    ///
    /// `recommendation_score = 1/m + P_B + 1/(1 + r)`
    ///
    /// $$ q = \frac{1}{m} + P_B + \frac{1}{1 + r} $$
    ///
    /// where m smallest GPU memory in GB, P_B parameters in billions, r place of the family in the author's order, from
    /// 0; a bare score.
    ///
    /// Source: TokenTally, model recommendation.
    pub fn recommendation_score(min_gpu_memory: f64, size_b: f64, rank: f64) -> f64 {
        1.0 / min_gpu_memory + size_b + 1.0 / (1.0 + rank)
    }

    /// Tokens per second when compute binds.
    ///
    /// `tokens_per_second_compute_bound = 1000·C·N/F`
    ///
    /// $$ r_c = \frac{1000\,C\,N}{F} $$
    ///
    /// where C compute of one of N GPUs in TFLOP/s, F work of a token in GFLOP; in token/s.
    ///
    /// Source: TokenTally, cost calculator.
    pub fn tokens_per_second_compute_bound(tflops_per_gpu: f64, gpus: f64, gflop_per_token: f64) -> f64 {
        tflops_per_gpu * gpus * 1e3 / gflop_per_token
    }

    /// Tokens per second when memory binds.
    ///
    /// `tokens_per_second_memory_bound = 1000·W·N/F`
    ///
    /// $$ r_m = \frac{1000\,W\,N}{F} $$
    ///
    /// where W memory bandwidth of one of N GPUs in TB/s, F work of a token in GFLOP, taken for GB; in token/s.
    ///
    /// Source: TokenTally, cost calculator.
    pub fn tokens_per_second_memory_bound(bandwidth_tb_s: f64, gpus: f64, gflop_per_token: f64) -> f64 {
        bandwidth_tb_s * gpus * 1e3 / gflop_per_token
    }

    /// Dollars for a thousand tokens of input, which are bound by compute.
    ///
    /// `usd_per_1k_input_tokens = 1000·p/(3600·r_c)`
    ///
    /// $$ d_i = \frac{1000\,p}{3600\,r_c} $$
    ///
    /// where p price of all GPUs in USD per hour, r_c compute-bound tokens per second; in USD.
    ///
    /// Source: TokenTally, cost calculator.
    pub fn usd_per_1k_input_tokens(usd_per_hour: f64, tokens_per_second_compute_bound: f64) -> f64 {
        usd_per_hour / 3600.0 / tokens_per_second_compute_bound * 1e3
    }

    /// Dollars for a thousand tokens of output, which are bound by memory.
    ///
    /// `usd_per_1k_output_tokens = 1000·p/(3600·r_m)`
    ///
    /// $$ d_o = \frac{1000\,p}{3600\,r_m} $$
    ///
    /// where p price of all GPUs in USD per hour, r_m memory-bound tokens per second; in USD.
    ///
    /// Source: TokenTally, cost calculator.
    pub fn usd_per_1k_output_tokens(usd_per_hour: f64, tokens_per_second_memory_bound: f64) -> f64 {
        usd_per_hour / 3600.0 / tokens_per_second_memory_bound * 1e3
    }

    /// Activations of one layer.
    ///
    /// `activations_per_layer = SeqLen·BatchSz·HiddenDim·(34 + 5·AttnHeads·SeqLen/HiddenDim)`
    ///
    /// $$ A_1 = S\,B\,H\left(34 + \frac{5\,a\,S}{H}\right) $$
    ///
    /// where S tokens per sequence, B sequences, H hidden size, a attention heads; in what the author calls elements.
    ///
    /// Source: TokenTally, "Activations per Layer".
    pub fn activations_per_layer(seq: f64, batch: f64, hidden: f64, heads: f64) -> f64 {
        seq * batch * hidden * (34.0 + 5.0 * heads * seq / hidden)
    }

    /// Activations of all layers.
    ///
    /// `activations_total = Layers·(5/2)·AttnHeads·BatchSz·SeqLen^2 + 17·BatchSz·HiddenDim·SeqLen`
    ///
    /// $$ A = \tfrac{5}{2}\,L\,a\,B\,S^2 + 17\,B\,H\,S $$
    ///
    /// where L layers, a attention heads, B sequences, S tokens each, H hidden size; in what the author calls elements.
    ///
    /// Source: TokenTally, "Total Activations".
    pub fn activations_total(layers: f64, heads: f64, batch: f64, seq: f64, hidden: f64) -> f64 {
        layers * 2.5 * heads * batch * seq * seq + 17.0 * batch * hidden * seq
    }

    /// Size of weights and activations together.
    ///
    /// `total_size = BytePrec·(params + activations_total)/10^9`
    ///
    /// $$ M_{total} = \frac{b\,(P + A)}{10^9} $$
    ///
    /// where b bytes of precision, P parameters, A activations; in GB.
    ///
    /// Source: TokenTally, "Total Size in GB".
    pub fn total_size(bytes_per_element: f64, params: f64, activations_total: f64) -> f64 {
        bytes_per_element * (params + activations_total) / 1e9
    }
}
