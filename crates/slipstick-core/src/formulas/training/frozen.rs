//! Bytes of weights that are not trained, by the layout of their format, and parameters of what is trained beside them.

use crate::{formula, units::Bytes};

formula! {
    /// A matrix of 8-bit floats with one fp32 scale.
    ///
    /// `M = N + 4`
    ///
    /// $$ M = N + 4 $$
    ///
    /// where N elements. Bytes.
    ///
    /// Source: Micikevicius et al. 2022, FP8 formats for deep learning, arXiv 2209.05433, section 3.
    ///
    /// No published number: it is a sum.
    pub fn one_scale(N: u64) -> Bytes {
        Bytes::new(N + 4)
    }

    /// A matrix of 8-bit integers with one fp32 scale a row.
    ///
    /// `M = n·m + 4·n`
    ///
    /// $$ M = n m + 4 n $$
    ///
    /// where n rows (outputs), m columns (inputs). Bytes.
    ///
    /// Source: Dettmers et al. 2022, LLM.int8(), arXiv 2208.07339, section 3.1: vector-wise quantisation.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::int8_rows;
    /// // Half of 16 bit, and a thousandth for the scales of rows that are 4,096 wide.
    /// assert_eq!(int8_rows(4096, 4096).get(), 16_777_216 + 16_384);
    /// ```
    pub fn int8_rows(n: u64, m: u64) -> Bytes {
        Bytes::new(n * m + 4 * n)
    }

    /// A matrix of 4-bit values in blocks that have one fp32 scale each.
    ///
    /// `M = ceil(N/2) + 4·ceil(N/B)`
    ///
    /// $$ M = \lceil N/2 \rceil + 4 \lceil N/B \rceil $$
    ///
    /// where N elements, B elements of a block (64). Bytes.
    ///
    /// Source: Dettmers et al. 2023, QLoRA, arXiv 2305.14314, section 3: 32/64 = 0.5 bits a parameter for the scales.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::four_bit;
    /// assert_eq!(8.0 * four_bit(1 << 20, 64).as_f64() / f64::from(1 << 20), 4.5);
    /// ```
    pub fn four_bit(N: u64, B: u64) -> Bytes {
        Bytes::new(N.div_ceil(2) + 4 * N.div_ceil(B))
    }

    /// The same with its scales quantised again: 8 bits each, in blocks that have one fp32 scale each.
    ///
    /// `M = ceil(N/2) + S + 4·ceil(S/C), S = ceil(N/B)`
    ///
    /// $$ M = \lceil N/2 \rceil + S + 4 \lceil S/C \rceil, \quad S = \lceil N/B \rceil $$
    ///
    /// where N elements, B elements of a block (64), C scales of a block of scales (256). Bytes.
    ///
    /// Source: Dettmers et al. 2023, QLoRA, arXiv 2305.14314, section 3: 8/64 + 32/(64·256) = 0.127 bits a parameter.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::four_bit_double;
    /// let bits = 8.0 * four_bit_double(1 << 24, 64, 256).as_f64() / f64::from(1 << 24);
    /// assert!((bits - 4.127).abs() < 5e-4);
    /// ```
    pub fn four_bit_double(N: u64, B: u64, C: u64) -> Bytes {
        let S = N.div_ceil(B);
        Bytes::new(N.div_ceil(2) + S + 4 * S.div_ceil(C))
    }

    /// A matrix of 4-bit integers in groups along its inputs, each with a 16-bit scale and a 4-bit zero, and the group of
    /// each input.
    ///
    /// `M = ceil(n·m/2) + 2·n·ceil(m/G) + ceil(n·ceil(m/G)/2) + 4·m`
    ///
    /// $$ M = \lceil n m / 2 \rceil + 2 n \lceil m/G \rceil + \lceil n \lceil m/G \rceil / 2 \rceil + 4 m $$
    ///
    /// where n rows (outputs), m columns (inputs), G inputs of a group (128). Bytes.
    ///
    /// Source: Frantar et al. 2022, GPTQ, arXiv 2210.17323, section 4, with the tensors that AutoGPTQ stores.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::four_bit_groups;
    /// // 4.16 bits a weight and the index of groups: 4.164 for a matrix of 4,096 by 4,096.
    /// let bits = 8.0 * four_bit_groups(4096, 4096, 128).as_f64() / f64::from(1 << 24);
    /// assert!((bits - 4.164).abs() < 5e-4);
    /// ```
    pub fn four_bit_groups(n: u64, m: u64, G: u64) -> Bytes {
        let groups = n * m.div_ceil(G);
        Bytes::new((n * m).div_ceil(2) + 2 * groups + groups.div_ceil(2) + 4 * m)
    }

    /// Parameters of adapters of one matrix whose magnitudes are trained apart from its direction.
    ///
    /// `N = r·(d_in + d_out) + d_out`
    ///
    /// $$ N = r (d_{in} + d_{out}) + d_{out} $$
    ///
    /// where r rank, d_in and d_out the matrix's inputs and outputs. A count.
    ///
    /// Source: Liu et al. 2024, DoRA, arXiv 2402.09353, section 4.1: one magnitude for each output.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::{frozen::decomposed, states::adapter};
    /// assert_eq!(decomposed(16, 4096, 1024) - adapter(16, 4096, 1024), 1024);
    /// ```
    pub fn decomposed(r: u64, d_in: u64, d_out: u64) -> u64 {
        r.saturating_mul(d_in + d_out).saturating_add(d_out)
    }

    /// What eager adapters keep of one matrix for each token beside its input: the low-rank product, and under DoRA the two
    /// outputs that its magnitudes are multiplied with.
    ///
    /// `M = a·(r + k·d_out)`
    ///
    /// $$ M = a (r + k \, d_{out}) $$
    ///
    /// where a bytes of an activation, r rank, k outputs kept (0, or 2 under DoRA), d_out outputs. Bytes a token.
    ///
    /// Source: counted on peft's adapters, which keep the input of each of their two products.
    ///
    /// No published number: a test holds a whole model that uses it against measured memory.
    pub fn adapter_activations(a: u64, r: u64, k: u64, d_out: u64) -> Bytes {
        Bytes::new(a * (r + k * d_out))
    }

    /// Bytes that a low-rank adapter moves for a token in a forward pass: its input is read (and cast, and cast back, where
    /// adapters are wider than activations), the output of its second product is written, scaled, and added to the frozen
    /// product's.
    ///
    /// `V = (2 + w)·d_in + (12 + u)·d_out`
    ///
    /// $$ V = (2 + w) d_{in} + (12 + u) d_{out} $$
    ///
    /// where d_in and d_out the matrix's inputs and outputs, w bytes of casts of an input (12 for fp32 adapters beside
    /// 16-bit activations, else 0), u bytes that a wide output adds (12, else 0). Bytes a token.
    ///
    /// Source: counted on peft 0.21, lora/layer.py and lora/bnb.py, `forward`, kernel by kernel.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::low_rank_forward;
    /// assert_eq!(low_rank_forward(4096.0, 1024.0, 12.0, 0.0), 14.0 * 4096.0 + 12.0 * 1024.0);
    /// ```
    pub fn low_rank_forward(d_in: f64, d_out: f64, w: f64, u: f64) -> f64 {
        (2.0 + w) * d_in + (12.0 + u) * d_out
    }

    /// The same of a backward pass: gradients of outputs are scaled and read by both of the second product's, gradients of
    /// inputs are written (and cast, and cast back), and added to those of the frozen product.
    ///
    /// `V = (10 + w)·d_in + (8 + u)·d_out`
    ///
    /// $$ V = (10 + w) d_{in} + (8 + u) d_{out} $$
    ///
    /// where letters are those of the forward pass. Bytes a token.
    ///
    /// Source: counted on peft 0.21, the derivative of lora/layer.py's `forward`.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::low_rank_backward;
    /// assert_eq!(low_rank_backward(4096.0, 1024.0, 0.0, 0.0), 10.0 * 4096.0 + 8.0 * 1024.0);
    /// ```
    pub fn low_rank_backward(d_in: f64, d_out: f64, w: f64, u: f64) -> f64 {
        (10.0 + w) * d_in + (8.0 + u) * d_out
    }

    /// Bytes that the norms of one matrix and its adapter move: the adapter's product comes from an identity matrix that is
    /// multiplied with both factors; it and the weights are cast, scaled, added, and the norm of each output is taken.
    ///
    /// `V = (12·a - 10)·d_in·d_out + 4·(a - 1)·d_in²`
    ///
    /// $$ V = (12a - 10) d_{in} d_{out} + 4 (a - 1) d_{in}^2 $$
    ///
    /// where d_in and d_out the matrix's inputs and outputs, a bytes of an adapter's element. Bytes in each forward pass.
    ///
    /// Source: counted on peft 0.21, lora/dora.py, `get_lora_weight` and `get_weight_norm`; Liu et al. 2024, DoRA, arXiv
    /// 2402.09353, section 4.3, takes the norm in every forward pass.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::frozen::decomposed_norms;
    /// // fp32: written in 16 bit 2, two casts 12, scaled 8, added 12, read 4; an identity 4, cast 6, read 2.
    /// assert_eq!(decomposed_norms(4096.0, 4096.0, 4.0), (38.0 + 12.0) * 4096.0 * 4096.0);
    /// // 16 bit: written 2, scaled 4, added 6, read 2; an identity 2, read 2.
    /// assert_eq!(decomposed_norms(4096.0, 1024.0, 2.0), (14.0 * 1024.0 + 4.0 * 4096.0) * 4096.0);
    /// ```
    pub fn decomposed_norms(d_in: f64, d_out: f64, a: f64) -> f64 {
        (12.0 * a - 10.0) * d_in * d_out + 4.0 * (a - 1.0) * d_in * d_in
    }
}
