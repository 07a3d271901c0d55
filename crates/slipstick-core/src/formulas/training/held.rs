//! What one rank holds of a stage's activations, logits and working copies: counts a token, times tokens, split by ranks.

use crate::{formula, units::Bytes};

formula! {
    /// Bytes of a micro-batch's residual stream that one rank keeps.
    ///
    /// `M = floor(n·b/(c·p))`
    ///
    /// $$ M = \left\lfloor \frac{n b}{c p} \right\rfloor $$
    ///
    /// where n tokens of a micro-batch, b bytes of a token, c ranks that split the sequence, p tensor-parallel ranks that
    /// split it too (1 without sequence parallelism). Bytes.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.2.
    ///
    /// No published number: it is a part of a layer's.
    pub fn stream_share(n: u64, b: u64, c: u64, p: u64) -> Bytes {
        Bytes::new((n * b) / (c * p))
    }

    /// Bytes of what tensor-parallel ranks split that one of them keeps.
    ///
    /// `M = floor((n·b + r)/t)`
    ///
    /// $$ M = \left\lfloor \frac{n b + r}{t} \right\rfloor $$
    ///
    /// where n tokens of a rank, b bytes of a token, r bytes of routed experts, t tensor-parallel ranks. Bytes.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.1.
    ///
    /// No published number: it is a part of a layer's.
    pub fn split_share(n: u64, b: u64, r: u64, t: u64) -> Bytes {
        Bytes::new(n.saturating_mul(b).saturating_add(r) / t)
    }

    /// Bytes that the fullest rank keeps of routed experts before tensor parallelism splits them.
    ///
    /// `r = ceil(n·e·l)`
    ///
    /// $$ r = \lceil n e l \rceil $$
    ///
    /// where n tokens of a rank, e bytes of a token, l largest over mean load of the experts. Bytes.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: the load is asked for.
    pub fn routed_share(n: u64, e: u64, l: f64) -> Bytes {
        Bytes::ceil((n * e) as f64 * l)
    }

    /// Activations of all layers of a kind on a stage: the inputs of those that are computed again, and all that the others keep.
    ///
    /// `M = r·i + n·l`
    ///
    /// $$ M = r i + n l $$
    ///
    /// where r layers that are computed again, i bytes of the input of one, n other layers, l bytes of one. Bytes.
    ///
    /// Source: Chen et al. 2016, arXiv 1604.06174, section 3.
    ///
    /// No published number: it is a sum of products.
    pub fn layers_kept(r: u64, i: u64, n: u64, l: u64) -> Bytes {
        Bytes::new(r.saturating_mul(i).saturating_add(n.saturating_mul(l)))
    }

    /// Bytes of a token that are left where some are computed again.
    ///
    /// `b = max(M - d, 0)`
    ///
    /// $$ b = \max(M - d, 0) $$
    ///
    /// where M bytes that are kept without recomputation, d bytes that recomputation makes again. Bytes a token.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 5.
    ///
    /// No published number: it is a difference.
    pub fn less_recomputed(M: u64, d: u64) -> Bytes {
        Bytes::new(M.saturating_sub(d))
    }

    /// Bytes of a token that are left where inputs of products are kept in the narrow format that they are multiplied in.
    ///
    /// `b = max(M - (2 - w)·x + w·y, 0)`
    ///
    /// $$ b = \max(M - (2 - w) x + w y, 0) $$
    ///
    /// where M bytes with every input in 16 bit, w bytes of an input as it is kept, its scale included, x inputs that are kept
    /// so instead, y inputs that are kept so besides, since something else needs them in 16 bit. Bytes a token.
    ///
    /// Source: Transformer Engine's linear layers save their quantised input for the gradient of the weight; the output of
    /// attention and the input of a router stay in 16 bit for their own backward passes.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::held::narrow_inputs, units::Bytes};
    /// // A layer of Llama-3-70B keeps 33.5 h bytes of a token; in 8 bit both norms' outputs and 3.5 h inner values are a byte
    /// // less each, and attention's output is there a second time.
    /// let h = 8192;
    /// assert_eq!(narrow_inputs(h * 67 / 2, h * 11 / 2, h, 1.0), Bytes::new(29 * h));
    /// ```
    pub fn narrow_inputs(M: u64, x: u64, y: u64, w: f64) -> Bytes {
        Bytes::ceil((M as f64 - (2.0 - w) * x as f64 + w * y as f64).max(0.0))
    }

    /// Tensors between the products of a recurrent mixer: projected inputs before and after the convolution, and the output
    /// before its gate.
    ///
    /// `M = 4·w`
    ///
    /// $$ M = 4 w $$
    ///
    /// where w elements that its projections give and take. Bytes a token.
    ///
    /// Source: Gu and Dao 2023, Mamba, arXiv 2312.00752, section 3.3.2: scans keep no states.
    ///
    /// No published number: it is a part of a layer's.
    pub fn recurrent_tensors(w: u64) -> Bytes {
        Bytes::new(4 * w)
    }

    /// Kept by routed experts of an eager framework.
    ///
    /// `M = K·(e + 2·h) + 8·E`
    ///
    /// $$ M = K (e + 2 h) + 8 E $$
    ///
    /// where K experts of a token, e bytes that one keeps of it, h width of an expert's input, E experts (logits and
    /// probabilities in fp32). Bytes a token.
    ///
    /// Source: counted on the saved tensors of transformers' modules.
    ///
    /// No published number: a test holds whole models that use it against measured memory.
    pub fn eager_experts(K: u64, e: u64, h: u64, E: u64) -> Bytes {
        Bytes::new(K * (e + 2 * h) + 8 * E)
    }

    /// Logits of a micro-batch on one rank, and the inputs of the last norm and of the head.
    ///
    /// `M = ceil(n/(c·t)·(V·b + i))`
    ///
    /// $$ M = \left\lceil \frac{n}{c t} (V b + i) \right\rceil $$
    ///
    /// where n tokens of a micro-batch, c ranks that split the sequence, t that split the vocabulary, V vocabulary, b bytes of a
    /// logit with its copies and gradients, i bytes of inputs of a token. Bytes.
    ///
    /// Source: counted on each software's loss; b is a row of its rules.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::held::logits_held;
    /// // Llama-3 at 8,192 tokens, fp32 logits with two copies: 11.7 GiB.
    /// assert!((logits_held(8192, 1, 1, 128_256, 12.0, 0).as_gib() - 11.742).abs() < 1e-3);
    /// ```
    pub fn logits_held(n: u64, c: u64, t: u64, V: u64, b: f64, i: u64) -> Bytes {
        Bytes::ceil(n as f64 / c as f64 / t as f64 * (V as f64 * b + i as f64))
    }

    /// Gradients of a layer's widest tensors, and the streams that sequence parallelism gathers.
    ///
    /// `x = n/c·(2·f/t + 2·g·h)`
    ///
    /// $$ x = \frac{n}{c} \left(\frac{2 f}{t} + 2 g h\right) $$
    ///
    /// where n tokens of a micro-batch, c ranks that split the sequence, f outputs of the widest feed-forward's first
    /// product, t tensor-parallel ranks, g streams that are gathered at once, h hidden size. Bytes.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.2; g is a row of the software's rules.
    ///
    /// No published number: tests hold whole models against measured memory.
    pub fn widest_gradients(n: u64, c: u64, f: u64, t: u64, g: f64, h: u64) -> f64 {
        n as f64 / c as f64 * (2.0 * f as f64 / t as f64 + 2.0 * g * h as f64)
    }

    /// What lives while one layer is worked on.
    ///
    /// `M = ceil(k·w + x)`
    ///
    /// $$ M = \lceil k w + x \rceil $$
    ///
    /// where k working copies of a layer that is computed again, w bytes of it, x bytes of gradients and gathered streams. Bytes.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 5; k is a row of the software's rules.
    ///
    /// No published number: tests hold whole models against measured memory.
    pub fn live_layer(k: f64, w: u64, x: f64) -> Bytes {
        Bytes::ceil(w as f64 * k + x)
    }

    /// Weights that are whole while they are used.
    ///
    /// `M = ceil(2·N·k)`
    ///
    /// $$ M = \lceil 2 N k \rceil $$
    ///
    /// where N parameters of the largest unit, k units that are whole at once. Bytes in 16 bit.
    ///
    /// Source: Zhao et al. 2023, PyTorch FSDP, arXiv 2304.11277, section 3.2.
    ///
    /// No published number: k is a row of the software's rules.
    pub fn live_units(N: u64, k: f64) -> Bytes {
        Bytes::ceil(2.0 * N as f64 * k)
    }

    /// Buckets, and a 16-bit placeholder of each distinct weight where gradients are added by fused kernels.
    ///
    /// `M = B + 2·N`
    ///
    /// $$ M = B + 2 N $$
    ///
    /// where B bytes of buckets, N elements of distinct weights of a stage. Bytes.
    ///
    /// Source: Megatron-Core, `gradient_accumulation_fusion`; checked on B200 runs that SimuMax measured.
    ///
    /// No published number: tests hold whole models against measured memory.
    pub fn buckets(B: Bytes, N: u64) -> Bytes {
        B + Bytes::new(2 * N)
    }

    /// What the last norm and the head keep: the norm's input in fp32, its reciprocal root, its output before and after the
    /// scale.
    ///
    /// `M = n·((8 + w)·h + 4)`
    ///
    /// $$ M = n ((8 + w) h + 4) $$
    ///
    /// where n tokens of a rank, w bytes of a cast of the output (2 under automatic casts, else 0), h hidden size. Bytes.
    ///
    /// Source: counted on the saved tensors of transformers' modules.
    ///
    /// No published number: a test holds whole models that use it against measured memory.
    pub fn head_inputs(n: u64, w: u64, h: u64) -> Bytes {
        Bytes::new(n * ((8 + w) * h + 4))
    }

    /// Bytes that an optimizer keeps of a parameter.
    ///
    /// `b = c + k·m`
    ///
    /// $$ b = c + k m $$
    ///
    /// where c bytes of an fp32 copy of the weight that is kept apart, k moments, m bytes of each. Bytes a parameter.
    ///
    /// Source: Rajbhandari et al. 2019, arXiv 1910.02054, section 3.1.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::held::state_width;
    /// assert_eq!(state_width(4.0, 2.0, 4.0), 12.0);
    /// ```
    pub fn state_width(c: f64, k: f64, m: f64) -> f64 {
        c + k * m
    }

    /// What of a part is left when another is taken out of it.
    ///
    /// `x = a - b`
    ///
    /// $$ x = a - b $$
    ///
    /// where a bytes of all, b bytes of the other part. Bytes.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a difference.
    pub fn left_of(a: Bytes, b: Bytes) -> Bytes {
        a.saturating_sub(b)
    }

    /// The last count that is held, of which a search found that the next one is not.
    ///
    /// `x = n if M <= C else 0`
    ///
    /// $$ x = n \;[M \le C] $$
    ///
    /// where n count, M memory that it needs, M_b memory that the next count needs which was tried, C memory that there is.
    ///
    /// Source: arithmetic; memory grows with lengths and batches, and falls with ranks that share it.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::held::last_held, units::Bytes};
    /// assert_eq!(last_held(7, Bytes::gib(79), Bytes::gib(81), Bytes::gib(80)), 7);
    /// assert_eq!(last_held(7, Bytes::gib(81), Bytes::gib(82), Bytes::gib(80)), 0);
    /// ```
    pub fn last_held(n: u64, M: Bytes, M_b: Bytes, C: Bytes) -> u64 {
        if M <= C && M <= M_b.max(C) { n } else { 0 }
    }

    /// A part of something, split equally between ranks.
    ///
    /// `x = ceil(n·a/R)`
    ///
    /// $$ x = \lceil n a/R \rceil $$
    ///
    /// where n how many, a bytes of one, R ranks. Bytes a rank.
    ///
    /// Source: Rajbhandari et al. 2019, arXiv 1910.02054, section 5.
    ///
    /// No published number: it is a quotient.
    pub fn equal_parts(n: u64, a: Bytes, R: u64) -> Bytes {
        a.times(n).split(R)
    }

    /// Moments of a low-rank optimizer's projections, and the projections in 16 bit.
    ///
    /// `M = ceil((2·b·m + 2·p)/t)`
    ///
    /// $$ M = \left\lceil \frac{2 b m + 2 p}{t} \right\rceil $$
    ///
    /// where b bytes of a moment, m elements of projected gradients, p elements of projections, t tensor-parallel ranks. Bytes.
    ///
    /// Source: Zhao et al. 2024, GaLore, arXiv 2403.03507, table 1.
    ///
    /// No published number: a test holds whole models that use it against measured memory.
    pub fn projected_states(b: f64, m: f64, p: f64, t: f64) -> Bytes {
        Bytes::ceil((2.0 * b * m + 2.0 * p) / t)
    }

    /// Frozen weights of all layers of a kind on one rank.
    ///
    /// `M = n·ceil(a/t)`
    ///
    /// $$ M = n \lceil a/t \rceil $$
    ///
    /// where n layers, a bytes of one, t tensor-parallel ranks. Bytes.
    ///
    /// Source: Hu et al. 2021, LoRA, arXiv 2106.09685, section 4.1: the weights of the model stay as they are.
    ///
    /// No published number: it is a product.
    pub fn frozen_layers(n: u64, a: Bytes, t: u64) -> Bytes {
        a.split(t).times(n)
    }

    /// Parameters of so many equal ones.
    ///
    /// `N = n·N_1`
    ///
    /// $$ N = n N_1 $$
    ///
    /// where n how many, N_1 parameters of one. A count.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn counted(n: u64, N_1: u64) -> u64 {
        n.saturating_mul(N_1)
    }

    /// Trained parameters of all layers of a kind on one rank.
    ///
    /// `N = floor(n·a/t)`
    ///
    /// $$ N = \left\lfloor \frac{n a}{t} \right\rfloor $$
    ///
    /// where n layers, a parameters of one, t tensor-parallel ranks. A count.
    ///
    /// Source: Hu et al. 2021, LoRA, arXiv 2106.09685, section 4.1.
    ///
    /// No published number: `adapter` has it.
    pub fn trained_share(n: u64, a: u64, t: u64) -> u64 {
        n * a / t
    }

    /// Units of frozen weights that are whole while they are used.
    ///
    /// `M = ceil(a·k)`
    ///
    /// $$ M = \lceil a k \rceil $$
    ///
    /// where a bytes of the largest layer, k layers that are whole at once. Bytes.
    ///
    /// Source: Zhao et al. 2023, PyTorch FSDP, arXiv 2304.11277, section 3.2.
    ///
    /// No published number: k is a row of the software's rules.
    pub fn whole_units(a: Bytes, k: f64) -> Bytes {
        Bytes::ceil(a.as_f64() * k)
    }

    /// The share of a device that an engine takes.
    ///
    /// `M = floor(s·C)`
    ///
    /// $$ M = \lfloor s C \rfloor $$
    ///
    /// where s the share, C memory of the device. Bytes.
    ///
    /// Source: vLLM, `gpu_memory_utilization`, as TRL and verl pass it on.
    ///
    /// No published number: it is a product.
    pub fn share_of_device(s: f64, C: Bytes) -> Bytes {
        C.fraction(s)
    }
}
