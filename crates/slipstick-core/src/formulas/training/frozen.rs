//! Bytes of weights that are not trained, by the layout of their format, and parameters of what is trained beside them.

use crate::{formula, units::Bytes};

formula! {
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
}
