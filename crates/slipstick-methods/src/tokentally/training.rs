//! The calculator for training, taken over from Transformer Math 101's script.
#![expect(non_snake_case, reason = "the symbols are the author's, and the inputs' keys")]

use slipstick_core::formula;

const GIB: f64 = 1_073_741_824.0;

/// The divisor of a term that ZeRO splits from a stage on.
fn split_from(stage: f64, zero: f64, n: f64) -> f64 {
    if zero >= stage { n } else { 1.0 }
}

/// Bytes of a 16-bit or, with the switch on, a 32-bit number.
fn width(fp32: f64) -> f64 {
    2.0 + 2.0 * fp32
}

formula! {
    /// Weights on one GPU.
    ///
    /// `model_memory = w·P/(t·p), and over n from ZeRO 3 on`
    ///
    /// $$ M_w = \frac{w\,P}{t\,p}\cdot\frac{1}{n^{[z \ge 3]}} $$
    ///
    /// where P parameters, w 2 bytes (4 with 32-bit weights), t tensor- and p pipeline-parallel degree, z ZeRO stage, n
    /// GPUs; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn model_memory(params: f64, fp32m: f64, tp: f64, pp: f64, zero: f64, n: f64) -> f64 {
        params * width(fp32m) / (tp * pp) / split_from(3.0, zero, n) / GIB
    }

    /// Gradients on one GPU.
    ///
    /// `gradient_memory = w·P/p, and over n from ZeRO 2 on`
    ///
    /// $$ M_g = \frac{w\,P}{p}\cdot\frac{1}{n^{[z \ge 2]}} $$
    ///
    /// where P parameters, w 2 bytes (4 with 32-bit gradients), p pipeline-parallel degree, z ZeRO stage, n GPUs; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn gradient_memory(params: f64, fp32g: f64, pp: f64, zero: f64, n: f64) -> f64 {
        params * width(fp32g) / split_from(2.0, zero, n) / pp / GIB
    }

    /// States of mixed-precision Adam on one GPU: copy of the weights, momentum and variance in 32 bits.
    ///
    /// `optimizer_memory = 12·P, and over n from ZeRO 1 on`
    ///
    /// $$ M_o = 12\,P\cdot\frac{1}{n^{[z \ge 1]}} $$
    ///
    /// where P parameters, z ZeRO stage, n GPUs; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn optimizer_memory(params: f64, zero: f64, n: f64) -> f64 {
        params * 12.0 / split_from(1.0, zero, n) / GIB
    }

    /// Activations on one GPU before ZeRO-R.
    ///
    /// `activation_unpartitioned = s·b·h·L·(10 + 24/t + 5·a·s/(h·t)), the last term only without checkpointing`
    ///
    /// $$ A = s\,b\,h\,L\left(10 + \frac{24}{t} + [\neg ckpt]\,\frac{5\,a\,s}{h\,t}\right) $$
    ///
    /// where s tokens per sequence, b sequences, h hidden size, L layers, a attention heads, t tensor-parallel degree;
    /// in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn activation_unpartitioned(s: f64, b: f64, h: f64, L: f64, a: f64, tp: f64, ckpt: f64) -> f64 {
        s * b * h * L * (10.0 + 24.0 / tp + (1.0 - ckpt) * (5.0 * a * s / (h * tp))) / GIB
    }

    /// Activations on one GPU.
    ///
    /// `activation_memory = A, and over t with ZeRO-R`
    ///
    /// $$ M_a = \frac{A}{t^{[part]}} $$
    ///
    /// where A activations before ZeRO-R, t tensor-parallel degree; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn activation_memory(activation_unpartitioned: f64, part: f64, tp: f64) -> f64 {
        activation_unpartitioned / (1.0 + part * (tp - 1.0))
    }

    /// ZeRO's buffers on one GPU.
    ///
    /// `communication_memory = w·u from ZeRO 1 on, and w·v more from ZeRO 3 on`
    ///
    /// $$ M_c = w\left([z \ge 1]\,u + [z \ge 3]\,v\right) $$
    ///
    /// where w 2 bytes (4 with 32-bit weights), u parameters of the all-gather bucket, v parameters kept gathered, z ZeRO
    /// stage; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn communication_memory(bucket: f64, live: f64, fp32m: f64, zero: f64) -> f64 {
        let bucket = if zero >= 1.0 { bucket } else { 0.0 };
        let live = if zero >= 3.0 { live } else { 0.0 };
        width(fp32m) * (bucket + live) / GIB
    }

    /// Everything on one GPU.
    ///
    /// `total_training_memory = M_w + M_g + M_o + M_a + M_c + m`
    ///
    /// $$ M = M_w + M_g + M_o + M_a + M_c + m $$
    ///
    /// where m other memory; in GiB.
    ///
    /// Source: TokenTally, training memory calculator.
    pub fn total_training_memory(
        model_memory: f64,
        gradient_memory: f64,
        optimizer_memory: f64,
        activation_memory: f64,
        communication_memory: f64,
        misc_gib: f64,
    ) -> f64 {
        model_memory + gradient_memory + optimizer_memory + activation_memory + communication_memory + misc_gib
    }
}
