//! Muennighoff et al. 2023: what repeated text and excess parameters are worth.

use libm::{exp, pow};
use slipstick_core::formula;

use super::cards::no_case;
use crate::{Effect, Example, Fault, Method, MethodInput, Value, When, card::quantities};

/// What `repeats` more of something are worth, of which `scale` more are worth little.
fn decayed(unique: f64, repeats: f64, scale: f64) -> f64 {
    unique + unique * scale * (1.0 - exp(-repeats / scale))
}

/// Parameters that so many tokens suffice for.
fn balanced(tokens: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
    let G = pow(alpha * A / (beta * B), 1.0 / (alpha + beta));
    pow(tokens * G, beta / alpha) * G
}

/// The authors' grid: so many factors from one to three times the balanced tokens, both ways.
const GRID: u32 = 500;
const GRID_FIRST: f64 = 1.0001;
const GRID_LAST: f64 = 3.0;

/// The tokens with the least loss on the grid around those that are best where nothing is scarce.
fn best_on_grid(flops: f64, loss: impl Fn(f64, f64) -> f64, base: f64) -> f64 {
    let step = (GRID_LAST - GRID_FIRST) / f64::from(GRID - 1);
    let factors = (0..GRID).map(|index| GRID_FIRST + f64::from(index) * step);
    let ways = factors.flat_map(|factor| [base * factor, base / factor]);
    let scored = ways.map(|tokens| (loss(flops / 6.0 / tokens, tokens), tokens));
    scored.fold((f64::INFINITY, f64::NAN), |best, next| if next.0 < best.0 { next } else { best }).1
}

formula! {
    /// Fresh tokens that are worth as much as some that were seen several times.
    ///
    /// `effective_tokens = U + U·R_D*·(1 - exp(-(D/U - 1)/R_D*)), at most D`
    ///
    /// $$ D' = U + U R_D^* \left(1 - e^{-(D/U - 1)/R_D^*}\right) $$
    ///
    /// where D tokens trained on, U of them different, R_D* repetitions after which more are worth little; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::scaling::muennighoff::effective_tokens;
    /// let epochs = |epochs: f64| effective_tokens(epochs * 25e9, 25e9, 15.387_756) / 1e9;
    /// assert!((epochs(4.0) - 93.142).abs() < 5e-4 && (epochs(40.0) - 379.187).abs() < 5e-4);
    /// ```
    ///
    /// Source: Muennighoff et al. 2023, eq. 5.
    pub fn effective_tokens(tokens: f64, unique_tokens: f64, R_D: f64) -> f64 {
        let unique = unique_tokens.min(tokens);
        decayed(unique, tokens / unique - 1.0, R_D)
    }

    /// Parameters that are worth as much as some that the different tokens are too few for.
    ///
    /// `effective_parameters = U_N + U_N·R_N*·(1 - exp(-(N/U_N - 1)/R_N*)), U_N = min(N, N_opt(U))`
    ///
    /// $$ N' = U_N + U_N R_N^* \left(1 - e^{-(N/U_N - 1)/R_N^*}\right), \quad U_N = \min(N, N_{opt}(U)) $$
    ///
    /// where N parameters, U different tokens, N_opt(U) the parameters that they suffice for; in parameters.
    ///
    /// Source: Muennighoff et al. 2023, eq. 6.
    #[expect(clippy::too_many_arguments, reason = "the law's own terms")]
    pub fn effective_parameters(
        parameters: f64,
        tokens: f64,
        unique_tokens: f64,
        A: f64,
        alpha: f64,
        B: f64,
        beta: f64,
        R_N: f64,
    ) -> f64 {
        let unique = parameters.min(balanced(unique_tokens.min(tokens), A, alpha, B, beta));
        decayed(unique, parameters / unique - 1.0, R_N)
    }

    /// Loss of a model of so many parameters after so many tokens, some seen several times.
    ///
    /// `loss = E + A/N'^α + B/D'^β`
    ///
    /// $$ L = E + \frac{A}{N'^\alpha} + \frac{B}{D'^\beta} $$
    ///
    /// where N' effective parameters, D' effective tokens; in nats a token.
    ///
    /// Source: Muennighoff et al. 2023, eq. 4.
    pub fn loss(
        effective_parameters: f64,
        effective_tokens: f64,
        E: f64,
        A: f64,
        alpha: f64,
        B: f64,
        beta: f64,
    ) -> f64 {
        E + A / pow(effective_parameters, alpha) + B / pow(effective_tokens, beta)
    }

    /// Tokens that the best model of a budget is trained on, repeated ones counted again.
    ///
    /// `optimal_tokens = D with the least loss(C/(6·D), D), of 1000 from a third of D_opt(C) to three times it`
    ///
    /// $$ D = \arg\min_{D} L\left(\frac{C}{6 D}, D\right) $$
    ///
    /// where C work in FLOP, D_opt(C) the best tokens where text is not scarce; in tokens.
    ///
    /// ```
    /// # use slipstick_methods::scaling::muennighoff::optimal_tokens;
    /// // The authors' own example: "227B tokens, 9.1 epochs, 6.8B parameters"; its budget is 6·8.67e9·178e9.
    /// let (A, B, exponent) = (520.824_951_659_918_7, 1_487.716_093_782_861, 0.352_659_6);
    /// let flops = 6.0 * 8.67e9 * 178e9;
    /// let tokens = optimal_tokens(flops, 25e9, A, exponent, B, exponent, 15.387_756, 5.309_743);
    /// assert!((tokens / 227e9 - 1.0).abs() < 0.005 && (tokens / 25e9 - 9.1).abs() < 0.05);
    /// assert!((flops / 6.0 / tokens / 6.8e9 - 1.0).abs() < 0.005);
    /// ```
    ///
    /// Source: the README of github.com/huggingface/datablations, optimal_allocation.
    #[expect(clippy::too_many_arguments, reason = "the law's own terms")]
    pub fn optimal_tokens(
        flops: f64,
        unique_tokens: f64,
        A: f64,
        alpha: f64,
        B: f64,
        beta: f64,
        R_D: f64,
        R_N: f64,
    ) -> f64 {
        let base = pow(flops / 6.0, alpha / (alpha + beta)) / pow(alpha * A / (beta * B), 1.0 / (alpha + beta));
        let of = |N: f64, D: f64| {
            let parameters = effective_parameters(N, D, unique_tokens, A, alpha, B, beta, R_N);
            loss(parameters, effective_tokens(D, unique_tokens, R_D), 0.0, A, alpha, B, beta)
        };
        best_on_grid(flops, of, base)
    }

    /// Parameters of the best model of a budget.
    ///
    /// `optimal_parameters = C/(6·D)`
    ///
    /// $$ N = \frac{C}{6 D} $$
    ///
    /// where C work in FLOP, D tokens of the best model; in parameters.
    ///
    /// Source: the README of github.com/huggingface/datablations, optimal_allocation.
    pub fn optimal_parameters(flops: f64, optimal_tokens: f64) -> f64 {
        flops / (6.0 * optimal_tokens)
    }
}

/// The card of Muennighoff et al. 2023.
pub static METHOD: Method = Method {
    id: "muennighoff-2023",
    title: "Scaling Data-Constrained Language Models",
    authors: "Niklas Muennighoff, Alexander M. Rush, Boaz Barak, Teven Le Scao, Aleksandra Piktus, and others",
    source: "Muennighoff et al. 2023, arXiv:2305.16264; github.com/huggingface/datablations",
    about: "Text that is seen again is worth less each time: up to four times almost as much as fresh text, beyond forty \
            times nothing. So scarce text wants smaller models for more epochs.",
    validity: "Dense decoders of 10 million to 9 billion parameters on up to 900 billion tokens of C4, up to 1,500 epochs.",
    inputs: &[
        MethodInput::positive("parameters", "N", "parameter").meaning("parameters of a model"),
        MethodInput::positive("tokens", "D", "token")
            .meaning("tokens it is trained on, repeated ones counted again"),
        MethodInput::positive("flops", "C", "FLOP").meaning("work of a training"),
        MethodInput::positive("unique_tokens", "U", "token")
            .or(1e30)
            .meaning("different tokens that there are"),
        MethodInput::amount("E", "E", "nat/token")
            .or(1.869_143_678_405_485_8)
            .meaning("loss that no training goes below"),
        MethodInput::positive("A", "A", "").or(520.824_951_659_918_7).meaning("weight of the parameters"),
        MethodInput::positive("alpha", "α", "").or(0.352_659_6).meaning("exponent of the parameters"),
        MethodInput::positive("B", "B", "").or(1_487.716_093_782_861).meaning("weight of the tokens"),
        MethodInput::positive("beta", "β", "").or(0.352_659_6).meaning("exponent of the tokens"),
        MethodInput::positive("R_D", "R_D*", "").or(15.387_756).meaning("repetitions that wear the text out"),
        MethodInput::positive("R_N", "R_N*", "")
            .or(5.309_743)
            .meaning("excess of parameters that is worth little"),
    ],
    quantities: quantities! {
        effective_tokens(tokens, unique_tokens, R_D): "token",
        effective_parameters(parameters, tokens, unique_tokens, A, alpha, B, beta, R_N): "parameter",
        loss(effective_parameters, effective_tokens, E, A, alpha, B, beta): "nat/token",
        optimal_tokens(flops, unique_tokens, A, alpha, B, beta, R_D, R_N): "token",
        optimal_parameters(flops, optimal_tokens): "parameter",
    },
    faults: &[
        Fault {
            id: "grid-of-three",
            text: "the search for the best looks from a third to three times the tokens that are best where text is not \
                   scarce, and no further",
            quantities: &["optimal_tokens"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "equal-exponents",
            text: "α and β were held equal, so that the best share of tokens does not move with the work",
            quantities: &["loss", "optimal_tokens"],
            effect: Effect::Either,
            when: When::Always,
        },
        Fault {
            id: "never-harmful",
            text: "more epochs never raise the loss, which small models on little text show they do",
            quantities: &["effective_tokens"],
            effect: Effect::TooHigh,
            when: When::Always,
        },
    ],
    examples: &[Example {
        title: "6.34 billion parameters on 242 billion tokens, of which 25 billion are different",
        inputs: &[
            ("parameters", Value::Number(6.34e9)),
            ("tokens", Value::Number(242e9)),
            ("flops", Value::Number(1e22)),
            ("unique_tokens", Value::Number(25e9)),
        ],
    }],
    inputs_of: no_case,
    common: &[],
};
