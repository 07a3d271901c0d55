//! Activations against what automatic differentiation was seen to keep: the bytes of each module of a layer, counted on
//! small models of six architectures in transformers (eager and fused attention, fp32 and bf16, on a processor).

use slipstick_core::formulas::training::saved_tensors::{
    feed_forward, fused_attention, layer_norm, rms_norm, scores,
};

const COUNTED: &str = include_str!("saved_tensors.csv");

/// A row of the table.
#[derive(Debug)]
struct Row<'a> {
    config: &'a str,
    hidden: u64,
    inner: u64,
    heads: u64,
    kv_heads: u64,
    head_dim: u64,
    tokens: u64,
    batch: u64,
    sequence: u64,
    fused: bool,
    element: u64,
    recomputed: bool,
    layer: u64,
    norms: u64,
    attention: u64,
    mlp: u64,
}

fn rows() -> Vec<Row<'static>> {
    COUNTED
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| cells[at].parse::<u64>().expect("the table holds whole numbers");
            Row {
                config: cells[0],
                hidden: number(1),
                inner: number(2),
                heads: number(3),
                kv_heads: number(4),
                head_dim: number(5),
                batch: number(7),
                sequence: number(8),
                tokens: number(7) * number(8),
                fused: cells[9] == "sdpa",
                element: if cells[10] == "bfloat16" { 2 } else { 4 },
                recomputed: cells[11] == "1",
                layer: number(12),
                norms: number(13),
                attention: number(14),
                mlp: number(15),
            }
        })
        .collect()
}

impl Row<'_> {
    fn q(&self) -> u64 {
        self.heads * self.head_dim
    }

    fn k(&self) -> u64 {
        self.kv_heads * self.head_dim
    }

    /// Norms that multiply by one plus their scale keep it, and work in fp32 throughout.
    fn unit_offset(&self) -> bool {
        self.config == "gemma3"
    }

    fn norms(&self) -> u64 {
        let (h, a) = (self.hidden, self.element);
        match self.config {
            "gpt2_drop0" | "gpt2_drop0.1" => self.tokens * 2 * layer_norm(h, a).get(),
            // Both norms read the same stream: it is kept once.
            "gpt_neox" => self.tokens * (layer_norm(h, a).get() + 2 * a),
            "gemma3" => {
                let heads = rms_norm(self.q(), self.heads, 4) + rms_norm(self.k(), self.kv_heads, 4);
                let scales = 4 * (4 * h + 2 * self.head_dim);
                self.tokens * (4 * rms_norm(h, 1, 4).get() + heads.get()) + scales
            }
            "qwen3_qknorm" => {
                let heads = rms_norm(self.q(), self.heads, a) + rms_norm(self.k(), self.kv_heads, a);
                self.tokens * (2 * rms_norm(h, 1, a).get() + heads.get())
            }
            _ => self.tokens * 2 * rms_norm(h, 1, a).get(),
        }
    }

    fn attention(&self) -> u64 {
        let (h, q, k, a) = (self.hidden, self.q(), self.k(), self.element);
        let fused = |k: u64, n: u64| fused_attention(h, q, k, k, q, n, a).get();
        let each = match (self.config, self.fused) {
            ("gpt_neox", _) => {
                // Values are a view of the joint projection, so all of it stays, unless a product of several sequences
                // copies them; the fused kernel's output is copied once.
                let (sum, copy) = if self.fused { (self.heads, q) } else { (0, 0) };
                let joint = if self.fused || self.batch == 1 { 2 * q } else { 0 };
                fused(q, sum) + a * (joint + copy) + self.kept_scores(4)
            }
            ("gpt2_drop0" | "gpt2_drop0.1", false) => fused(q, 0) + self.kept_scores(a) + self.dropped(),
            ("gpt2_drop0.1", true) => return self.tokens * self.composed_attention(),
            (_, true) => fused(k, self.heads),
            // Repeated to the query heads, except where one head of one sequence is broadcast.
            (_, false) => {
                let broadcast = self.kv_heads == 1 && self.batch == 1;
                fused(if broadcast { k } else { q }, 0) + self.kept_scores(4)
            }
        };
        self.tokens * each + self.mask()
    }

    fn kept_scores(&self, softmax: u64) -> u64 {
        if self.fused { 0 } else { scores(self.heads, self.sequence, softmax, self.element).get() }
    }

    /// Dropout on a processor keeps a mask as wide as its elements; that of scores keeps its output too.
    fn dropped(&self) -> u64 {
        let (n, s, a) = (self.heads, self.sequence, self.element);
        if self.config == "gpt2_drop0.1" { 2 * n * s * a + a * self.hidden } else { 0 }
    }

    /// With dropout no fused kernel is there: queries and keys are scaled apart, all in fp32.
    fn composed_attention(&self) -> u64 {
        let (h, a, n, s) = (self.hidden, self.element, self.heads, self.sequence);
        // Values of one fp32 sequence are a view of the joint projection, which stays beside the scaled copies.
        let projected = if a == 4 && self.batch == 1 { 5 * 4 * h } else { 3 * 4 * h };
        a * 3 * h + projected + 12 * n * s
    }

    /// Two masks, of the window and of the whole, serve all four layers.
    fn mask(&self) -> u64 {
        let shared = self.unit_offset() && self.fused;
        if shared { 2 * self.element * self.batch * self.sequence * self.sequence / 4 } else { 0 }
    }

    fn mlp(&self) -> u64 {
        let (h, f, a) = (self.hidden, self.inner, self.element);
        let each = match self.config {
            "gpt_neox" => feed_forward(h, f, 2, a).get(),
            "gpt2_drop0" => feed_forward(h, f, 5, a).get(),
            "gpt2_drop0.1" => feed_forward(h, f, 5, a).get() + a * h,
            _ => feed_forward(h, f, 4, a).get(),
        };
        self.tokens * each
    }
}

#[test]
fn every_module_keeps_the_bytes_that_were_counted() {
    let mut wrong = Vec::new();
    let mut counted = 0;
    for row in rows().iter().filter(|row| !row.recomputed) {
        for (what, ours, theirs) in [
            ("norms", row.norms(), row.norms),
            ("attention", row.attention(), row.attention),
            ("feed-forward", row.mlp(), row.mlp),
        ] {
            counted += 1;
            if ours != theirs {
                wrong.push(format!(
                    "{} {what}: {ours}, not {theirs} (fused {}, {} x {}, {} bytes)",
                    row.config, row.fused, row.batch, row.sequence, row.element
                ));
            }
        }
    }
    assert_eq!(counted, 480);
    assert!(wrong.is_empty(), "{} of {counted}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_recomputed_layer_keeps_its_input() {
    for row in rows().iter().filter(|row| row.recomputed) {
        let input = row.tokens * row.element * row.hidden;
        // Masks and positions that the layer is called with are kept beside it.
        assert!(row.layer >= input && row.layer < 4 * input, "{row:?}");
    }
}
