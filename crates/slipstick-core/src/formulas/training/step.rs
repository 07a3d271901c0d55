//! Times of a training step's operators: what each works on, at which rate, and what of it is waited for.

use crate::{
    formula,
    units::{Bandwidth, Bytes, FlopRate, Flops, Seconds, Traffic},
};

formula! {
    /// The rate of arithmetic that training reaches.
    ///
    /// `R = P·s/f`
    ///
    /// $$ R = \frac{P s}{f} $$
    ///
    /// where P dense peak in FLOP/s, s share of it that large products reach, f what compute of whole steps was measured to
    /// take more than that. FLOP/s.
    ///
    /// Source: arithmetic; shares and factors are fitted rows.
    ///
    /// No published number: the factors are fitted rows.
    pub fn reached_rate(P: FlopRate, s: f64, f: f64) -> FlopRate {
        P * (s / f)
    }

    /// The bandwidth that kernels between products reach.
    ///
    /// `W = B·s/f`
    ///
    /// $$ W = \frac{B s}{f} $$
    ///
    /// where B bandwidth of the memory in B/s, s share of it that such kernels reach, f what compute of whole steps was
    /// measured to take more than that. B/s.
    ///
    /// Source: arithmetic; shares and factors are fitted rows.
    ///
    /// No published number: the factors are fitted rows.
    pub fn reached_bandwidth(B: Bandwidth, s: f64, f: f64) -> Bandwidth {
        B * (s / f)
    }

    /// Time of matrix products at the share of their rate that their shape allows.
    ///
    /// `t = F/(R·u)`
    ///
    /// $$ t = \frac{F}{R u} $$
    ///
    /// where F work in FLOP, R rate in FLOP/s, u the share of it for so many rows. Seconds.
    ///
    /// Source: Williams et al. 2009, the roofline model, below the ridge of arithmetic.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::shaped_time, units::{FlopRate, Flops}};
    /// let t = shaped_time(Flops::count(1e12), FlopRate::flops_per_s(1e15), 0.5);
    /// assert!((t.get() - 2e-3).abs() < 1e-15);
    /// ```
    pub fn shaped_time(F: Flops, R: FlopRate, u: f64) -> Seconds {
        F / (R * u)
    }

    /// Time of kernels whose reach has two sides: attention by length and width of heads, experts by width and rows.
    ///
    /// `t = k·F/(R·s·u_1·u_2)`
    ///
    /// $$ t = \frac{k F}{R s u_1 u_2} $$
    ///
    /// where k forward passes' worth of work, F work of one in FLOP, R rate in FLOP/s, s the best share of it, u_1 and u_2
    /// what the two sides leave of that. Seconds.
    ///
    /// Source: Williams et al. 2009, the roofline model; Dao 2023, arXiv 2307.08691, section 4: the backward pass of fused
    /// attention takes 2.5 times the forward's products.
    ///
    /// No published number: the shares are measured rows.
    pub fn paced_time(k: f64, F: Flops, R: FlopRate, s: f64, u_1: f64, u_2: f64) -> Seconds {
        Flops::count(F.get() * k) / (R * (s * u_1 * u_2))
    }

    /// Work of mixing tokens on one rank.
    ///
    /// `F = n·f/t`
    ///
    /// $$ F = \frac{n f}{t} $$
    ///
    /// where n tokens of a micro-batch, f FLOPs of a token under its mask, t tensor-parallel ranks. FLOP.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, appendix; half of it under a causal mask.
    ///
    /// No published number: it is a product of three counts.
    pub fn mixing_work(n: f64, f: f64, t: f64) -> Flops {
        Flops::count(n / t * f)
    }

    /// The same where scores are kept: the whole square, masked or not.
    ///
    /// `F = 2·n·f/t`
    ///
    /// $$ F = \frac{2 n f}{t} $$
    ///
    /// where n tokens of a micro-batch, f FLOPs of a token under a causal mask, t tensor-parallel ranks. FLOP.
    ///
    /// Source: Narayanan et al. 2021, arXiv 2104.04473, appendix.
    ///
    /// No published number: it is twice `mixing_work`.
    pub fn square_work(n: f64, f: f64, t: f64) -> Flops {
        Flops::count(2.0 * (n / t) * f)
    }

    /// Bytes that passes over the scores of unfused attention move.
    ///
    /// `M = n·a·s·b/t`
    ///
    /// $$ M = \frac{n a s b}{t} $$
    ///
    /// where n tokens of a micro-batch, a heads, s tokens of a sequence, b bytes that are moved for each score, t
    /// tensor-parallel ranks. Bytes.
    ///
    /// Source: Dao et al. 2022, arXiv 2205.14135, section 2.2: each step of the softmax reads and writes the whole square.
    ///
    /// No published number: the bytes of a score are a measured row.
    pub fn score_traffic(n: f64, a: f64, s: f64, b: f64, t: f64) -> Traffic {
        Traffic::bytes(n / t * (a * s) * b)
    }

    /// Time of unfused attention: its products, and the passes of scores through memory.
    ///
    /// `t = k·F/R + q·M/W`
    ///
    /// $$ t = \frac{k F}{R} + \frac{q M}{W} $$
    ///
    /// where k and q forward passes' worth of products and of passes over scores, F work in FLOP, R rate in FLOP/s, M bytes, W
    /// bandwidth in B/s. Seconds.
    ///
    /// Source: Dao et al. 2022, arXiv 2205.14135, section 2.2.
    ///
    /// No published number: rates are fitted rows.
    pub fn unfused_time(k: f64, F: Flops, R: FlopRate, q: f64, M: Traffic, W: Bandwidth) -> Seconds {
        F / R * k + M / W * q
    }

    /// Bytes of a token that kernels between products move: what they keep is written once and read once, and inputs of
    /// narrow products are cast.
    ///
    /// `b = 2·(s/p + i/t) + c·x/t`
    ///
    /// $$ b = 2 \left(\frac{s}{p} + \frac{i}{t}\right) + \frac{c x}{t} $$
    ///
    /// where s bytes of the residual stream that are kept, p ranks that split it, i bytes kept between projections and of
    /// experts, t tensor-parallel ranks, c bytes that casting moves of an input, x inputs of products. Bytes a token.
    ///
    /// Source: arithmetic; a kernel moves at least what it keeps.
    ///
    /// No published number: it is a bound from what is kept.
    pub fn passing_bytes(s: f64, p: f64, i: f64, t: f64, c: f64, x: f64) -> f64 {
        2.0 * (s / p + i / t) + x / t * c
    }

    /// Time of kernels between products: their bytes, and the gaps between kernels.
    ///
    /// `t = n·b/W + k·g`
    ///
    /// $$ t = \frac{n b}{W} + k g $$
    ///
    /// where n tokens of a micro-batch, b bytes of a token, W bandwidth in B/s, k kernels of a layer, g time from one kernel to
    /// the next. Seconds.
    ///
    /// Source: Williams et al. 2009, the roofline model, below the ridge of bandwidth.
    ///
    /// No published number: rates are fitted rows.
    pub fn elementwise_time(n: f64, b: f64, W: Bandwidth, k: f64, g: Seconds) -> Seconds {
        Traffic::bytes(n * b) / W + g * k
    }

    /// Tokens that reach one expert.
    ///
    /// `x = n·K·p/E`
    ///
    /// $$ x = \frac{n K p}{E} $$
    ///
    /// where n tokens of a rank, K experts of a token, p ranks that share the experts, E experts. Tokens.
    ///
    /// Source: arithmetic.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::step::expert_rows;
    /// // DeepSeek-V3: 4,096 tokens of each of 64 ranks, 8 of 256 experts a token.
    /// assert_eq!(expert_rows(4096.0, 8.0, 64.0, 256.0), 8192.0);
    /// ```
    pub fn expert_rows(n: f64, K: f64, p: f64, E: f64) -> f64 {
        n * (K * p) / E
    }

    /// Work of routed experts on one rank.
    ///
    /// `F = 2·n·l·P`
    ///
    /// $$ F = 2 n l P $$
    ///
    /// where n tokens of a rank, l largest over mean load of the experts, P parameters of the experts of a token. FLOP.
    ///
    /// Source: two FLOPs for each parameter that a token meets.
    ///
    /// No published number: it is a product of three counts.
    pub fn expert_work(n: f64, l: f64, P: f64) -> Flops {
        Flops::count(2.0 * n * l * P)
    }

    /// Bytes of 16-bit activations that one rank sends.
    ///
    /// `M = 2·n·w/t`
    ///
    /// $$ M = \frac{2 n w}{t} $$
    ///
    /// where n tokens of a micro-batch, w elements of a token, t ranks that split them. Bytes.
    ///
    /// Source: Korthikanti et al. 2022, arXiv 2205.05198, section 4.2.2.
    ///
    /// No published number: it is a product of counts.
    pub fn sent_bytes(n: f64, w: f64, t: f64) -> Traffic {
        Traffic::bytes(2.0 * n * w / t)
    }

    /// Bytes that go to experts elsewhere.
    ///
    /// `M = 2·n·w·l·K`
    ///
    /// $$ M = 2 n w l K $$
    ///
    /// where n tokens of a rank, w elements of an expert's input, l largest over mean load, K experts or nodes that a token is
    /// sent to. Bytes.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, section 3.2.2: a token crosses to each node once.
    ///
    /// No published number: it is a product of counts.
    pub fn dispatched_bytes(n: f64, w: f64, l: f64, K: f64) -> Traffic {
        Traffic::bytes(2.0 * n * w * (l * K))
    }

    /// Communication of which computation beside it hides a share.
    ///
    /// `t = k·T·(1 - min(o·h, 1))`
    ///
    /// $$ t = k T (1 - \min(o h, 1)) $$
    ///
    /// where k equal ones of time T, o the share that the software's overlap hides, h how many times that was measured.
    /// Seconds.
    ///
    /// Source: Chang et al. 2024, FLUX, arXiv 2406.06858, section 2: overlapped and exposed communication.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::exposed_time, units::Seconds};
    /// assert_eq!(exposed_time(2.0, Seconds::s(1.0), 0.5, 1.0).get(), 1.0);
    /// assert_eq!(exposed_time(2.0, Seconds::s(1.0), 0.5, 3.0).get(), 0.0);
    /// ```
    pub fn exposed_time(k: f64, T: Seconds, o: f64, h: f64) -> Seconds {
        T * (k * (1.0 - (o * h).min(1.0)))
    }

    /// What an accelerator waits for a host that launches its work: either runs ahead of the other in some layers and behind in
    /// others, so that both count near to where they are equal.
    ///
    /// `t = ((c + x)^4 + T^4)^(1/4) - (c + x)`
    ///
    /// $$ t = \sqrt[4]{(c + x)^4 + T^4} - (c + x) $$
    ///
    /// where T time of launches, c of computation, x of exposed communication. Seconds.
    ///
    /// Source: arithmetic; a smooth maximum.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::waited_time, units::Seconds};
    /// let of = |T: f64| waited_time(Seconds::s(T), Seconds::s(0.5), Seconds::s(0.5)).get();
    /// assert!(of(0.1) < 1e-4 && (of(1.0) - 0.189).abs() < 1e-3 && (of(10.0) - 9.0).abs() < 1e-3);
    /// ```
    pub fn waited_time(T: Seconds, c: Seconds, x: Seconds) -> Seconds {
        let work = (c + x).max(Seconds::s(f64::MIN_POSITIVE));
        let share = T / work;
        if share > 1e3 {
            return T;
        }
        work * ((1.0 + share * share * share * share).sqrt().sqrt() - 1.0)
    }

    /// What ranks wait for the one whose examples are longest, where examples differ in length and are strung together.
    ///
    /// `t = c·g·log2(R) / √n`
    ///
    /// $$ t = \frac{c g \log_2 R}{\sqrt{n}} $$
    ///
    /// where c time of computation, g growth of the longest of some examples over their mean for each doubling of their number,
    /// R ranks, n examples of a rank between two moments at which all wait. Seconds.
    ///
    /// Source: sums of n examples differ by a √n-th of what examples do.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::uneven_wait, units::Seconds};
    /// assert!((uneven_wait(Seconds::s(2.0), 0.25, 8.0, 4.0).get() - 0.75).abs() < 1e-12);
    /// assert_eq!(uneven_wait(Seconds::s(2.0), 0.25, 1.0, 4.0).get(), 0.0);
    /// ```
    pub fn uneven_wait(c: Seconds, g: f64, R: f64, n: f64) -> Seconds {
        c * (g * R.max(1.0).log2() / n.max(1.0).sqrt())
    }

    /// What takes longer than the work that it runs beside, of which some share is waited for in any case.
    ///
    /// `t = max(T - o·c, T·(1 - min(o·h, 1)))`
    ///
    /// $$ t = \max(T - o c, T (1 - \min(o h, 1))) $$
    ///
    /// where T its time, c time of the work beside it, o the share of either that overlaps, h how many times that was measured.
    /// Seconds.
    ///
    /// Source: Zhao et al. 2023, PyTorch FSDP, arXiv 2304.11277, section 3.3: collectives prefetched behind computation.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::outlasting_time, units::Seconds};
    /// let of = |T: f64, c: f64| outlasting_time(Seconds::s(T), Seconds::s(c), 0.5, 1.0).get();
    /// assert_eq!((of(4.0, 2.0), of(4.0, 8.0)), (3.0, 2.0));
    /// ```
    pub fn outlasting_time(T: Seconds, c: Seconds, o: f64, h: f64) -> Seconds {
        (T - c * o).max(T * (1.0 - (o * h).min(1.0)))
    }

    /// Passes over layers that a micro-batch makes, in forward ones.
    ///
    /// `c = n·(1 + b) + r + (n - r)·a`
    ///
    /// $$ c = n (1 + b) + r + (n - r) a $$
    ///
    /// where n layers of the stage, b the backward pass over the forward one, r layers that are computed again whole, a the share
    /// of the others that is. A count.
    ///
    /// Source: Chen et al. 2016, arXiv 1604.06174: one more forward pass of what is computed again.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::step::passes_made;
    /// // Full recomputation makes four passes of three.
    /// assert_eq!(passes_made(1.0, 2.0, 1.0, 0.0) / passes_made(1.0, 2.0, 0.0, 0.0), 4.0 / 3.0);
    /// ```
    pub fn passes_made(n: f64, b: f64, r: f64, a: f64) -> f64 {
        n * (1.0 + b) + r + (n - r) * a
    }

    /// So many equal times, one after another.
    ///
    /// `t = n·t_1`
    ///
    /// $$ t = n t_1 $$
    ///
    /// where n how many, t_1 time of one. Seconds.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn repeated_time(n: f64, t_1: Seconds) -> Seconds {
        t_1 * n
    }

    /// What is left of a pass after its forward part.
    ///
    /// `B = T - F`
    ///
    /// $$ B = T - F $$
    ///
    /// where T forward and backward of a micro-batch, F forward. Seconds.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a difference.
    pub fn backward_time(T: Seconds, F: Seconds) -> Seconds {
        T - F
    }

    /// Work of the output head, forward.
    ///
    /// `F = 2·n·P·k/t`
    ///
    /// $$ F = \frac{2 n P k}{t} $$
    ///
    /// where n tokens of a micro-batch, P parameters of the head, k times that it is used (extra predictions too), t
    /// tensor-parallel ranks. FLOP.
    ///
    /// Source: two FLOPs for each parameter that a token meets.
    ///
    /// No published number: it is a product of counts.
    pub fn head_work(n: f64, P: f64, k: f64, t: f64) -> Flops {
        Flops::count(2.0 * n * P / t * k)
    }

    /// Time in which micro-batches add their gradients: the first writes them, the others read and write them.
    ///
    /// `t = M·(2·m - 1)/W`
    ///
    /// $$ t = \frac{M (2 m - 1)}{W} $$
    ///
    /// where M bytes of gradients, m micro-batches, W bandwidth in B/s. Seconds.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: rates are fitted rows.
    pub fn gradient_sums(M: Bytes, m: f64, W: Bandwidth) -> Seconds {
        Traffic::bytes(M.as_f64() * (2.0 * m - 1.0)) / W
    }

    /// Time of collectives over weights and gradients in a step.
    ///
    /// `T = m·(k·w + g)`
    ///
    /// $$ T = m (k w + g) $$
    ///
    /// where m times that they are made, k gathers of weights in each, w time of one, g time of reducing gradients. Seconds.
    ///
    /// Source: Rajbhandari et al. 2019, arXiv 1910.02054, section 7: stage 3 gathers weights twice for each reduction.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::step::collectives_time, units::Seconds};
    /// // Half again as much as stages 1 and 2.
    /// let (w, g) = (Seconds::s(1.0), Seconds::s(1.0));
    /// assert_eq!(collectives_time(1.0, 2.0, w, g) / collectives_time(1.0, 1.0, w, g), 1.5);
    /// ```
    pub fn collectives_time(m: f64, k: f64, w: Seconds, g: Seconds) -> Seconds {
        (w * k + g) * m
    }

    /// Time in which bytes are moved so many times.
    ///
    /// `t = k·M/W`
    ///
    /// $$ t = \frac{k M}{W} $$
    ///
    /// where k how often, M bytes, W bandwidth in B/s. Seconds.
    ///
    /// Source: Williams et al. 2009, the roofline model, below the ridge of bandwidth.
    ///
    /// No published number: rates are fitted rows.
    pub fn moved_time(k: f64, M: f64, W: Bandwidth) -> Seconds {
        Traffic::bytes(k * M) / W
    }

    /// Bytes that each of some ranks moves of what they share.
    ///
    /// `M = (a + b)/R`
    ///
    /// $$ M = \frac{a + b}{R} $$
    ///
    /// where a and b bytes one way and back, R ranks that share them. Bytes a rank.
    ///
    /// Source: Ren et al. 2021, ZeRO-Offload, arXiv 2101.06840, section 3.
    ///
    /// No published number: it is a quotient.
    pub fn shared_bytes(a: f64, b: f64, R: f64) -> f64 {
        (a + b) / R
    }

    /// Time in which the host launches the kernels of a stage's micro-batches.
    ///
    /// `T = (3·(l·L + e·E) + a·A)·m/p`
    ///
    /// $$ T = (3 (l L + e E) + a A) \frac{m}{p} $$
    ///
    /// where l launches of a layer's forward pass, L layers, e what a layer with experts takes besides, E layers with experts, a
    /// launches of one matrix's adapter, A adapters in all passes, m micro-batches, p stages. Seconds.
    ///
    /// Source: arithmetic; a backward pass launches twice as much as a forward one.
    ///
    /// No published number: the times of launches are measured rows.
    #[expect(clippy::too_many_arguments, reason = "the symbols of one formula")]
    pub fn launch_time(l: Seconds, L: f64, e: Seconds, E: f64, m: f64, p: f64, a: Seconds, A: f64) -> Seconds {
        ((l * L + e * E) * 3.0 + a * A) * (m / p)
    }

    /// Time of what moves beside the products of a layer with adapters, in one direction.
    ///
    /// `t = (n·b/s + C/q + V/z)·f/(d·B)`
    ///
    /// $$ t = \left(\frac{n b}{s} + \frac{C}{q} + \frac{V}{z}\right) \frac{f}{d B} $$
    ///
    /// where n tokens, b bytes of each in casts and sums, C bytes of 16-bit copies of quantised weights, V bytes of norms of
    /// weights and adapters, s, q and z the shares of the bandwidth that these reach, f the fitted factor of compute, d ranks that
    /// split the layer, B bandwidth in B/s. Seconds.
    ///
    /// Source: Williams et al. 2009, the roofline model, below the ridge of bandwidth.
    ///
    /// No published number: shares are fitted rows.
    #[expect(clippy::too_many_arguments, reason = "the symbols of one formula")]
    pub fn beside_time(
        n: f64, b: f64, C: f64, V: f64, s: f64, q: f64, z: f64, f: f64, d: f64, B: Bandwidth,
    ) -> Seconds {
        Traffic::bytes((n * b / s + C / q + V / z) * f / d) / B
    }
}
