//! Weights, gradients and the optimizer's state: bytes of a parameter, and how they are split between ranks.

use crate::{
    formula,
    units::{Bytes, Seconds},
};

formula! {
    /// Bytes of a state that each parameter has, on one rank of a group that shares it.
    ///
    /// `M = N·b/R`
    ///
    /// $$ M = \frac{N b}{R} $$
    ///
    /// where N parameters of the rank's layers, b bytes of the state a parameter, R ranks that share it (1: each has all).
    /// Bytes a rank.
    ///
    /// Source: Rajbhandari et al. 2019, arXiv 1910.02054, figure 1.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::states::sharded;
    /// // 7.5e9 parameters, 64 ranks: 120 GB, then 31.4 (stage 1), 16.6 (stage 2), 1.9 GB (stage 3).
    /// let N = 7_500_000_000;
    /// let gb = |w, g, o| sharded(N, 2.0, w).as_gb() + sharded(N, 2.0, g).as_gb() + sharded(N, 12.0, o).as_gb();
    /// assert!((gb(1, 1, 1) - 120.0).abs() < 0.05 && (gb(1, 1, 64) - 31.4).abs() < 0.05);
    /// assert!((gb(1, 64, 64) - 16.6).abs() < 0.05 && (gb(64, 64, 64) - 1.9).abs() < 0.05);
    /// ```
    pub fn sharded(N: u64, b: f64, R: u64) -> Bytes {
        Bytes::ceil(N as f64 * b / R as f64)
    }

    /// Bytes of a value that is kept in blocks of few bits with one fp32 scale each.
    ///
    /// `b = w/8 + 4/B`
    ///
    /// $$ b = \frac{w}{8} + \frac{4}{B} $$
    ///
    /// where w bits of a value, B values of a block. Bytes a value.
    ///
    /// Source: Dettmers et al. 2021, arXiv 2110.02861, section 2.1 (blocks of 2048 there, of 256 in today's code).
    ///
    /// ```
    /// # use slipstick_core::formulas::training::states::blockwise;
    /// assert!((2.0 * blockwise(8.0, 256.0) - 2.03125).abs() < 1e-12);
    /// // 4-bit weights in blocks of 64: 4.5 bits.
    /// assert!((8.0 * blockwise(4.0, 64.0) - 4.5).abs() < 1e-12);
    /// ```
    pub fn blockwise(w: f64, B: f64) -> f64 {
        w / 8.0 + 4.0 / B
    }

    /// Parameters of low-rank adapters of one matrix.
    ///
    /// `N = r·(d_in + d_out)`
    ///
    /// $$ N = r (d_{in} + d_{out}) $$
    ///
    /// where r rank, d_in and d_out the matrix's inputs and outputs. A count.
    ///
    /// Source: Hu et al. 2021, arXiv 2106.09685, section 4.1.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::states::adapter;
    /// // Queries and values of GPT-3's 96 layers at rank 4: 18.9 M with equal inputs and outputs, as its table 4 counts.
    /// assert_eq!(96 * 2 * adapter(4, 12_288, 12_288), 18_874_368);
    /// ```
    pub fn adapter(r: u64, d_in: u64, d_out: u64) -> u64 {
        r.saturating_mul(d_in + d_out)
    }

    /// Bytes of a checkpoint that a run can go on from: weights, master copy and moments.
    ///
    /// `M = N·(b_w + b_o)`
    ///
    /// $$ M = N (b_w + b_o) $$
    ///
    /// where N parameters, b_w and b_o bytes of a parameter's weight and optimizer state. Bytes.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::states::checkpoint;
    /// // 70.55e9 parameters with bf16 weights, fp32 master copy and two moments: 988 GB.
    /// assert!((checkpoint(70_553_706_496, 2.0, 12.0).as_gb() - 987.8).abs() < 0.1);
    /// ```
    pub fn checkpoint(N: u64, b_w: f64, b_o: f64) -> Bytes {
        Bytes::ceil(N as f64 * (b_w + b_o))
    }

    /// Blocks that a caching allocator holds beside tensors that live, because nothing that comes later fits into them.
    ///
    /// `U = c + k_e·E + k_l·l + k_p·P`
    ///
    /// $$ U = c + k_e E + k_l l + k_p P $$
    ///
    /// where c bytes of any run, E one copy of the logits in the format of the loss, l what lives for one layer in its backward
    /// pass, P what both passes hold before the step of an optimizer over flat parameters, k the shares of each that are not
    /// used again. Bytes.
    ///
    /// Source: PyTorch's caching allocator, whose blocks are split and joined within their stream alone; the shares are rows.
    ///
    /// No published number: the shares are fitted rows.
    pub fn unused_blocks(c: Bytes, k_e: f64, E: Bytes, k_l: f64, l: Bytes, k_p: f64, P: Bytes) -> Bytes {
        c + E.fraction(k_e) + l.fraction(k_l) + P.fraction(k_p)
    }

    /// What a meter reads of a peak.
    ///
    /// `M_r = f·(s·M + c)`
    ///
    /// $$ M_r = f (s M + c) $$
    ///
    /// where M bytes of tensors that live, s what the allocator takes for each of them, c bytes that it does not see (context,
    /// libraries, communicators), f what the meter was measured to read more than that. Bytes.
    ///
    /// Source: PyTorch's allocated and reserved memory, and the driver's figure, on runs that print several of them.
    ///
    /// No published number: the factors are fitted rows.
    pub fn metered(M: Bytes, s: f64, c: Bytes, f: f64) -> Bytes {
        (M.fraction(s) + c).fraction(f)
    }

    /// Time in which the processors of a host update the states that an optimizer keeps with them, where the ranks of the host
    /// share its rate.
    ///
    /// `t = r·(N/R + E/R_E)/u`
    ///
    /// $$ t = \frac{r}{u} \left(\frac{N}{R} + \frac{E}{R_E}\right) $$
    ///
    /// where r ranks of a host, N parameters of a rank's layers and R ranks that share their states, E parameters of its experts
    /// and R_E ranks that share theirs, u parameters a second that a host updates. Seconds.
    ///
    /// Source: Ren et al. 2021, "ZeRO-Offload", arXiv 2101.06840, table 4.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::states::host_update;
    /// // One rank, ten billion parameters: 2.57 s.
    /// assert!((host_update(1.0, 10e9, 1.0, 0.0, 1.0, 3.89e9).get() - 2.57).abs() < 0.005);
    /// ```
    pub fn host_update(r: f64, N: f64, R: f64, E: f64, R_E: f64, u: f64) -> Seconds {
        Seconds::s(r * (N / R + E / R_E) / u)
    }
}
