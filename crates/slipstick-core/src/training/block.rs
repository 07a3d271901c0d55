//! One kind of layer, condensed to what training asks of it.

use super::Parts;
use crate::{
    formulas::training::{
        activations::{fused_attention, fused_feed_forward, fused_latent, residual_stream, routed_experts},
        saved_tensors,
    },
    model::{Layer, Mixer, Role, Weight},
};

/// A matrix that a token is multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// What it is for.
    pub role: Role,
    /// Its outputs.
    pub rows: u64,
    /// Its inputs.
    pub cols: u64,
    /// Equal ones: experts.
    pub copies: u64,
}

/// One kind of layer. Bytes are for each token of a micro-batch, before any split.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Parameters that tensor parallelism splits.
    pub split: u64,
    /// Parameters that every tensor-parallel rank has.
    pub whole: u64,
    /// Parameters of routed experts.
    pub routed: u64,
    /// Parameters of products that a token passes through, experts apart.
    pub products: u64,
    /// The same of the experts that it is sent to.
    pub routed_products: u64,
    /// Sides of dense products that tensor parallelism leaves whole, all together; products of one input are one.
    pub unsplit: u64,
    /// Inputs of dense products, each once.
    pub inputs: u64,
    /// The same of the experts that a token is sent to.
    pub expert_inputs: u64,
    /// Its matrices.
    pub matrices: Vec<Matrix>,
    /// How it mixes tokens.
    pub mixers: Vec<Mixer>,
    /// Query heads, all mixers together.
    pub heads: u64,
    /// Bytes of the residual stream that fused kernels keep.
    pub stream: u64,
    /// Bytes that they keep between projections of attention and of the dense feed-forward.
    pub inner: u64,
    /// Bytes that they keep of routed experts.
    pub expert: u64,
    /// Bytes that an eager framework keeps, scores apart.
    pub eager: u64,
    /// Bytes of those that serve to train the scales of norms alone.
    pub norm_copies: u64,
    /// Bytes that it keeps besides where products take 16-bit casts of an fp32 stream.
    pub casts: u64,
    /// Bytes of the gradients that live at once in its backward pass, those of scores apart.
    pub gradients: u64,
    /// Bytes that recomputing norms saves of the stream.
    pub norm_outputs: u64,
    /// Bytes that recomputing activation functions saves, of dense and of routed blocks.
    pub activation_outputs: [u64; 2],
    /// Bytes that recomputing the up-projections of latent attention saves.
    pub latent_heads: u64,
    /// Bytes that recomputing the feed-forward saves.
    pub feed_forward: u64,
    /// Outputs of the first product of the widest feed-forward.
    pub widest: u64,
    /// Width of keys and values of a token.
    pub key_value: u64,
    /// Whether it has experts.
    pub experts: u64,
    /// Experts of a token.
    pub active_experts: u64,
}

impl Block {
    /// Condenses a layer of a model of this hidden size.
    pub fn of(layer: &Layer, hidden: u64) -> Self {
        let mut block = Self { mixers: layer.mixers.clone(), ..Self::default() };
        for weight in &layer.weights {
            block.add(weight);
        }
        block.unsplit = block.sides(|matrix| match matrix.role {
            Role::AttentionOut | Role::Down | Role::SharedDown | Role::StateOut => matrix.rows,
            _ => matrix.cols,
        });
        block.inputs = block.sides(|matrix| matrix.cols);
        block.expert_inputs = block.active_experts * (block.expert_input() + block.sum(Role::ExpertDown).1);
        block.stream = residual_stream(hidden).get();
        block.norm_outputs = 4 * hidden;
        for index in 0..block.mixers.len() {
            block.add_mixer(index);
        }
        block.add_feed_forward(hidden);
        let (norms, copies) = eager_norms(layer, hidden, &block);
        block.eager += norms;
        block.norm_copies = copies;
        block.casts = block.casts(layer);
        block.gradients = 4 * hidden + 2 * block.most_outputs();
        block
    }

    fn add(&mut self, weight: &Weight) {
        let stored = if weight.is_stored() { weight.parameters() } else { 0 };
        match weight.role {
            role if role.is_expert() => self.routed += stored,
            Role::Norm | Role::Router | Role::QueryDown | Role::KvDown | Role::Indexer => {
                self.whole += stored;
            }
            _ => self.split += stored,
        }
        if weight.is_vector() || matches!(weight.role, Role::Norm | Role::Table | Role::Embedding) {
            return;
        }
        let Weight { role, rows, cols, copies, .. } = *weight;
        self.matrices.push(Matrix { role, rows, cols, copies });
        if role.is_expert() {
            self.routed_products += weight.active_parameters();
            self.experts = self.experts.max(copies);
            self.active_experts = self.active_experts.max(weight.active);
        } else {
            self.products += weight.active_parameters();
        }
    }

    fn add_mixer(&mut self, index: usize) {
        let rows = |role| self.sum(role).0;
        match self.mixers[index] {
            Mixer::Attention(a) => {
                let (q, o) = (a.q_heads * a.k_dim, a.q_heads * a.v_dim);
                let (k, v) = (a.kv_heads * a.k_dim, a.kv_heads * a.v_dim);
                self.inner += fused_attention(q, k, v, o, a.q_heads).get();
                self.eager += saved_tensors::fused_attention(self.stream / 8, q, k, v, o, a.q_heads, 2).get();
                self.heads += a.q_heads;
                self.key_value += k + v;
            }
            Mixer::Latent(l) => {
                let (key, rank) = (l.nope_dim + l.rope_dim, rows(Role::QueryDown));
                let kept = fused_latent(rank, l.kv_rank, l.rope_dim, l.q_heads, key, l.v_dim).get();
                self.inner += kept;
                self.eager += kept + self.stream / 4;
                self.latent_heads += 2 * l.q_heads * (2 * key + l.v_dim);
                self.heads += l.q_heads;
                self.key_value += l.kv_rank + l.rope_dim;
            }
            Mixer::Compressed(c) => self.add_heads(c.q_heads, c.q_heads * c.dim, c.dim),
            Mixer::Recurrent(r) => {
                let widths = rows(Role::StateIn) + self.sum(Role::StateOut).1;
                // Projected inputs before and after the convolution, and the output before its gate.
                self.inner += 4 * widths;
                self.eager += 4 * widths + self.stream / 4;
                self.heads += r.heads;
            }
            Mixer::Cross(x) => self.add_heads(x.q_heads, x.q_heads * x.head_dim, 0),
        }
    }

    /// Attention whose keys serve as values, or come from elsewhere.
    fn add_heads(&mut self, heads: u64, q: u64, k: u64) {
        self.inner += fused_attention(q, k, 0, q, heads).get();
        self.eager += saved_tensors::fused_attention(self.stream / 8, q, k, 0, q, heads, 2).get();
        self.heads += heads;
        self.key_value += k;
    }

    /// Outputs and inputs of the matrices in a role, all together.
    fn sum(&self, role: Role) -> (u64, u64) {
        let own = self.matrices.iter().filter(|matrix| matrix.role == role);
        own.fold((0, 0), |(rows, cols), matrix| (rows + matrix.rows, cols + matrix.cols))
    }

    /// Outputs of the widest feed-forward's first product, over all experts of a token.
    fn most_outputs(&self) -> u64 {
        let dense = self.first_outputs(Role::Down).max(self.first_outputs(Role::SharedDown));
        dense.max(self.first_outputs(Role::ExpertDown) * self.active_experts)
    }

    /// What automatic casting keeps besides: norms' outputs in fp32, and an input of several products once for each.
    fn casts(&self, layer: &Layer) -> u64 {
        const TOGETHER: [&[Role]; 3] = [
            &[Role::Query, Role::Key, Role::Value],
            &[Role::Gate, Role::Up],
            &[Role::SharedGate, Role::SharedUp],
        ];
        let again: u64 = TOGETHER
            .iter()
            .map(|roles| {
                let inputs =
                    || self.matrices.iter().filter(|one| roles.contains(&one.role)).map(|one| one.cols);
                inputs().sum::<u64>() - inputs().max().unwrap_or(0)
            })
            .sum();
        let norms: u64 =
            layer.weights.iter().filter(|one| one.role == Role::Norm).map(|norm| norm.rows).sum();
        2 * (again + norms)
    }

    /// Elements of a low-rank optimizer's projected moments, and of its projections, for a rank.
    pub fn projected(&self, rank: u64) -> [u64; 2] {
        self.matrices.iter().fold([0, 0], |[moments, projections], one| {
            let (short, long) = (one.rows.min(one.cols), one.rows.max(one.cols));
            let rank = rank.min(short) * one.copies;
            [moments + rank * long, projections + rank * short]
        })
    }

    fn add_feed_forward(&mut self, hidden: u64) {
        let gated = |gate: Role, up: Role, down: Role| {
            let (gate, up, down) = (self.sum(gate).0, self.sum(up).0, self.sum(down).1);
            (gate > 0, gate + up, down)
        };
        let dense = gated(Role::Gate, Role::Up, Role::Down);
        let shared = gated(Role::SharedGate, Role::SharedUp, Role::SharedDown);
        let expert = gated(Role::ExpertGate, Role::ExpertUp, Role::ExpertDown);
        for (is_gated, first, inner) in [dense, shared] {
            if inner == 0 {
                continue;
            }
            let kept = fused_feed_forward(first, inner).get();
            self.inner += kept;
            self.feed_forward += kept;
            self.activation_outputs[0] += 2 * inner;
            self.eager += saved_tensors::feed_forward(hidden, inner, if is_gated { 4 } else { 2 }, 2).get();
        }
        let (is_gated, first, inner) = expert;
        if inner > 0 {
            let chosen = self.active_experts;
            self.expert = routed_experts(chosen, hidden, first, inner, self.experts).get();
            self.activation_outputs[1] = 2 * inner * chosen;
            let each = saved_tensors::feed_forward(hidden, inner, if is_gated { 4 } else { 2 }, 2).get();
            self.eager += chosen * each + 2 * hidden * chosen + 8 * self.experts;
        }
        self.widest = dense.1.max(shared.1);
    }

    /// Bytes a token that fused kernels keep, by what splits them: the stream, between projections, experts. `parts` are
    /// computed again.
    pub fn kept(&self, parts: Parts) -> [u64; 3] {
        let mut kept = [self.stream, self.inner, self.expert];
        let mut drop = |at: usize, bytes: u64| kept[at] = kept[at].saturating_sub(bytes);
        if parts.has(Parts::NORMS) {
            drop(0, self.norm_outputs);
        }
        if parts.has(Parts::LATENT_UP) {
            drop(1, self.latent_heads);
        }
        if parts.has(Parts::FEED_FORWARD) {
            drop(1, self.feed_forward);
        } else if parts.has(Parts::ACTIVATION) {
            drop(1, self.activation_outputs[0]);
        }
        if parts.has(Parts::SECOND_PRODUCTS) && !parts.has(Parts::FEED_FORWARD) {
            drop(1, self.feed_forward.saturating_sub(self.activation_outputs[0]) / 2);
        }
        if parts.has(Parts::EXPERTS) {
            // The inputs of the layer's router are what the block starts from again.
            drop(2, self.expert - self.expert.min(8 * self.experts));
        } else if parts.has(Parts::ACTIVATION) {
            drop(2, self.activation_outputs[1]);
        }
        kept
    }

    /// All parameters.
    pub const fn parameters(&self) -> u64 {
        self.split + self.whole + self.routed
    }

    /// Parameters of its matrices.
    pub fn linear(&self) -> u64 {
        self.matrices.iter().map(|matrix| matrix.rows * matrix.cols * matrix.copies).sum()
    }

    /// Outputs and inputs of the first and of the second product of one expert, its gate beside its up-projection.
    pub fn fused_experts(&self) -> [(u64, u64); 2] {
        let (gate, up) = (self.sum(Role::ExpertGate), self.sum(Role::ExpertUp));
        [(gate.0 + up.0, gate.1.max(up.1)), self.sum(Role::ExpertDown)]
    }

    /// Outputs of the first product of the feed-forward whose second has this role.
    pub fn first_outputs(&self, down: Role) -> u64 {
        let rows = |role| self.sum(role).0;
        match down {
            Role::ExpertDown => rows(Role::ExpertGate) + rows(Role::ExpertUp),
            Role::SharedDown => rows(Role::SharedGate) + rows(Role::SharedUp),
            _ => rows(Role::Gate) + rows(Role::Up),
        }
    }

    /// One side of each dense product; products of one input are one.
    fn sides(&self, side: impl Fn(&Matrix) -> u64) -> u64 {
        let together = |role: Role| match role {
            Role::Query | Role::Key | Role::Value => Some(0),
            Role::Gate | Role::Up => Some(1),
            Role::SharedGate | Role::SharedUp => Some(2),
            _ => None,
        };
        let mut widest = [0; 3];
        let mut sum = 0;
        for matrix in self.matrices.iter().filter(|matrix| !matrix.role.is_expert()) {
            match together(matrix.role) {
                Some(at) => widest[at] = side(matrix).max(widest[at]),
                None => sum += side(matrix),
            }
        }
        sum + widest.iter().sum::<u64>()
    }

    /// The width in which a token goes to its experts.
    pub fn expert_input(&self) -> u64 {
        let first =
            self.matrices.iter().find(|matrix| matches!(matrix.role, Role::ExpertUp | Role::ExpertGate));
        first.map_or(0, |matrix| matrix.cols)
    }

    /// The inner width of an expert.
    pub fn expert_width(&self) -> f64 {
        self.sum(Role::ExpertDown).1 as f64
    }

    /// The share of its dense products that is the feed-forward's.
    pub fn feed_forward_share(&self) -> f64 {
        let own = [Role::Gate, Role::Up, Role::Down, Role::SharedGate, Role::SharedUp, Role::SharedDown];
        let inner = self.matrices.iter().filter(|matrix| own.contains(&matrix.role));
        let sum: u64 = inner.map(|matrix| matrix.rows * matrix.cols).sum();
        sum as f64 / self.products.max(1) as f64
    }
}

/// What an eager framework keeps of the norms of a layer, in 16 bit, and what of it serves to train their scales. Norms of
/// heads come in the order queries, keys.
fn eager_norms(layer: &Layer, hidden: u64, block: &Block) -> (u64, u64) {
    let norms: Vec<&Weight> = layer.weights.iter().filter(|weight| weight.role == Role::Norm).collect();
    let mut heads = block.mixers.iter().flat_map(|mixer| match mixer {
        Mixer::Attention(a) => vec![(a.q_heads, a.k_dim), (a.kv_heads, a.k_dim)],
        _ => Vec::new(),
    });
    let (mut bytes, mut copies) = (0, 0);
    let mut at = 0;
    while at < norms.len() {
        let vectors = norms[at..].iter().take_while(|norm| norm.name == norms[at].name).count();
        let rows = norms[at].rows;
        let (width, count) = match heads.clone().next() {
            Some((count, dim)) if rows == dim && rows != hidden => {
                heads.next();
                (count * dim, count)
            }
            _ => (rows, 1),
        };
        if vectors == 1 {
            bytes += saved_tensors::rms_norm(width, count, 2).get();
            copies += 2 * width;
        } else {
            bytes += saved_tensors::layer_norm(width, 2).get();
        }
        at += vectors;
    }
    (bytes, copies)
}
