//! One kind of layer, condensed to what training asks of it.

mod kept;
mod narrow;

use super::Parts;
use crate::{
    formulas::training::activations::residual_stream,
    model::{Layer, Mixer, Role, Weight},
    trace::Unheard,
};
pub(super) use kept::{EAGER, EXPERTS, INNER, Noted, STREAM, WITH_CASTS};
pub use narrow::Narrow;

/// A norm of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Norm {
    /// Elements of a token that it works on.
    pub width: u64,
    /// Vectors that they form.
    pub vectors: u64,
    /// Whether it subtracts a mean.
    pub centred: bool,
}

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
    /// Those of them that tensor parallelism splits.
    pub row_inputs: u64,
    /// The same of the experts that a token is sent to.
    pub expert_inputs: u64,
    /// Its matrices.
    pub matrices: Vec<Matrix>,
    /// How it mixes tokens.
    pub mixers: Vec<Mixer>,
    /// Its norms.
    pub norms: Vec<Norm>,
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
    /// Inputs that are kept narrow where products are.
    pub narrow: Narrow,
    /// Whether it has experts.
    pub experts: u64,
    /// Experts of a token.
    pub active_experts: u64,
}

/// Whether tensor parallelism splits a matrix's inputs rather than its outputs.
const fn is_row_split(matrix: &Matrix) -> bool {
    matches!(matrix.role, Role::AttentionOut | Role::Down | Role::SharedDown | Role::StateOut)
}

impl Block {
    /// Condenses a layer of a model of this hidden size.
    pub fn of(layer: &Layer, hidden: u64) -> Self {
        let mut block = Self { mixers: layer.mixers.clone(), ..Self::default() };
        for weight in &layer.weights {
            block.add(weight);
        }
        block.unsplit = block.sides(|matrix| if is_row_split(matrix) { matrix.rows } else { matrix.cols });
        block.inputs = block.sides(|matrix| matrix.cols);
        block.row_inputs = block.sides(|matrix| if is_row_split(matrix) { matrix.cols } else { 0 });
        block.expert_inputs = block.active_experts * (block.expert_input() + block.sum(Role::ExpertDown).1);
        block.stream = residual_stream(hidden).get();
        block.norm_outputs = 4 * hidden;
        block.norms = norms(layer, hidden, &block);
        block.add_kept(hidden, &Noted::new(Unheard, 0));
        block.casts = block.casts(layer);
        block.narrow = Narrow::of(&block, hidden);
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

    /// Bytes of a token at both ends of its experts, and of the router's logits: what is left of what they keep without inner
    /// values.
    pub(super) fn expert_ends(&self) -> u64 {
        self.active_experts * 4 * self.expert_input() + 8 * self.experts
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

/// The norms of a layer. Norms of heads come in the order queries, keys.
fn norms(layer: &Layer, hidden: u64, block: &Block) -> Vec<Norm> {
    let norms: Vec<&Weight> = layer.weights.iter().filter(|weight| weight.role == Role::Norm).collect();
    let heads = block.mixers.iter().flat_map(|mixer| match mixer {
        Mixer::Attention(a) => vec![(a.q_heads, a.k_dim), (a.kv_heads, a.k_dim)],
        _ => Vec::new(),
    });
    let mut heads = heads.peekable();
    let mut found = Vec::new();
    let mut at = 0;
    while at < norms.len() {
        let weights = norms[at..].iter().take_while(|norm| norm.name == norms[at].name).count();
        let rows = norms[at].rows;
        let own = heads.next_if(|(_, dim)| rows == *dim && rows != hidden);
        let (width, vectors) = own.map_or((rows, 1), |(count, dim)| (count * dim, count));
        found.push(Norm { width, vectors, centred: weights > 1 });
        at += weights;
    }
    found
}
