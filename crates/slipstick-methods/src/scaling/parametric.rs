//! Loss as a sum of two power laws and a floor, and everything that follows from it in closed form.
//!
//! Hoffmann et al. 2022 wrote it; others fitted it anew or to other models, so that their cards share these formulas.

use libm::pow;
use slipstick_core::formula;

use super::root::falling;

/// The share of tokens and parameters in which neither is scarce: N = G·(C/6)^a.
fn balance(A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
    pow(alpha * A / (beta * B), 1.0 / (alpha + beta))
}

formula! {
    /// Loss of a model of so many parameters after so many tokens.
    ///
    /// `loss = E + A/N^α + B/D^β`
    ///
    /// $$ L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta} $$
    ///
    /// where N parameters, D tokens, E the loss of an endless model on endless text, A, α, B, β fitted; in nats a token.
    ///
    /// ```
    /// # use slipstick_methods::scaling::parametric::loss;
    /// // Chinchilla with the refit of Besiroglu et al. 2024, and with the constants that Hoffmann et al. print.
    /// let refit = loss(70e9, 1.4e12, 1.8172, 482.01, 0.3478, 2085.43, 0.3658);
    /// assert!((refit - 1.97388).abs() < 5e-6);
    /// assert!((loss(70e9, 1.4e12, 1.69, 406.4, 0.34, 410.7, 0.28) - 1.93665).abs() < 5e-6);
    /// ```
    ///
    /// Source: Hoffmann et al. 2022, eq. 2.
    pub fn loss(parameters: f64, tokens: f64, E: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        E + A / pow(parameters, alpha) + B / pow(tokens, beta)
    }

    /// Parameters of the model with the least loss for its work of training.
    ///
    /// `optimal_parameters = G·(C/6)^(β/(α+β)), G = (α·A/(β·B))^(1/(α+β))`
    ///
    /// $$ N_{opt} = G \left(\frac{C}{6}\right)^{\beta/(\alpha+\beta)}, \quad G = \left(\frac{\alpha A}{\beta B}\right)^{1/(\alpha+\beta)} $$
    ///
    /// where C work in FLOP, counted as 6·N·D; in parameters.
    ///
    /// ```
    /// # use slipstick_methods::scaling::parametric::optimal_parameters;
    /// // Chinchilla's budget: the constants as printed say 32 billion, the refit 72 billion.
    /// assert!((optimal_parameters(5.76e23, 406.4, 0.34, 410.7, 0.28) / 3.219e10 - 1.0).abs() < 2e-4);
    /// assert!((optimal_parameters(5.76e23, 482.01, 0.3478, 2085.43, 0.3658) / 7.225e10 - 1.0).abs() < 2e-4);
    /// ```
    ///
    /// Source: Hoffmann et al. 2022, eq. 4.
    pub fn optimal_parameters(flops: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        balance(A, alpha, B, beta) * pow(flops / 6.0, beta / (alpha + beta))
    }

    /// Tokens that the best model of a budget is trained on.
    ///
    /// `optimal_tokens = (C/6)^(α/(α+β))/G, G = (α·A/(β·B))^(1/(α+β))`
    ///
    /// $$ D_{opt} = \frac{1}{G} \left(\frac{C}{6}\right)^{\alpha/(\alpha+\beta)} $$
    ///
    /// where C work in FLOP, counted as 6·N·D; in tokens.
    ///
    /// Source: Hoffmann et al. 2022, eq. 4.
    pub fn optimal_tokens(flops: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        pow(flops / 6.0, alpha / (alpha + beta)) / balance(A, alpha, B, beta)
    }

    /// Work of training for which a model of so many parameters is the best.
    ///
    /// `optimal_flops = 6·(N/G)^((α+β)/β), G = (α·A/(β·B))^(1/(α+β))`
    ///
    /// $$ C(N) = 6 \left(\frac{N}{G}\right)^{(\alpha+\beta)/\beta} $$
    ///
    /// where N parameters; in FLOP.
    ///
    /// Source: Hoffmann et al. 2022, eq. 4, solved for C.
    pub fn optimal_flops(parameters: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        6.0 * pow(parameters / balance(A, alpha, B, beta), (alpha + beta) / beta)
    }

    /// The least work of training that reaches a loss.
    ///
    /// `least_flops = 6·((A·G^(-α) + B·G^β)/(L - E))^((α+β)/(α·β)), G = (α·A/(β·B))^(1/(α+β))`
    ///
    /// $$ C(L) = 6 \left(\frac{A\,G^{-\alpha} + B\,G^{\beta}}{L - E}\right)^{(\alpha+\beta)/(\alpha\beta)} $$
    ///
    /// where L loss in nats a token, above E; in FLOP.
    ///
    /// Source: Hoffmann et al. 2022, eq. 2 and 4, solved for C.
    pub fn least_flops(target_loss: f64, E: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        let G = balance(A, alpha, B, beta);
        let parts = A * pow(G, -alpha) + B * pow(G, beta);
        6.0 * pow(parts / (target_loss - E), (alpha + beta) / (alpha * beta))
    }

    /// Tokens after which a model of so many parameters reaches a loss.
    ///
    /// `tokens_for_loss = (B/(L - E - A/N^α))^(1/β)`
    ///
    /// $$ D = \left(\frac{B}{L - E - A N^{-\alpha}}\right)^{1/\beta} $$
    ///
    /// where L loss in nats a token, N parameters; in tokens. None reaches a loss below E + A/N^α.
    ///
    /// Source: Hoffmann et al. 2022, eq. 2, solved for D.
    pub fn tokens_for_loss(target_loss: f64, parameters: f64, E: f64, A: f64, alpha: f64, B: f64, beta: f64) -> f64 {
        pow(B / (target_loss - E - A / pow(parameters, alpha)), 1.0 / beta)
    }

    /// Tokens to train on, for the least work of training and of all tokens served afterwards, at a loss.
    ///
    /// `lifetime_tokens = D where B/D^β·(1 + β/α·(1 + T/(3·D))) = L - E`
    ///
    /// $$ \frac{B}{D^\beta} \left(1 + \frac{\beta}{\alpha} \left(1 + \frac{T}{3 D}\right)\right) = L - E $$
    ///
    /// where L loss in nats a token, T tokens served over the lifetime; in tokens. It is where 6·N·D + 2·N·T is least among
    /// all N and D of that loss.
    ///
    /// ```
    /// # use slipstick_methods::scaling::parametric::{lifetime_parameters, lifetime_tokens, loss, optimal_flops};
    /// // Sardana et al. 2024: for two trillion tokens served, a 7B trained for longer replaces a 13B.
    /// let (E, A, alpha, B, beta) = (1.69, 406.4, 0.336, 410.7, 0.283);
    /// let usual = optimal_flops(13e9, A, alpha, B, beta) / 6.0 / 13e9;
    /// let target = loss(13e9, usual, E, A, alpha, B, beta);
    /// let tokens = lifetime_tokens(target, 2e12, E, A, alpha, B, beta);
    /// let parameters = lifetime_parameters(target, tokens, E, A, alpha, B, beta);
    /// assert!((parameters / 6.969e9 - 1.0).abs() < 1e-4 && (tokens / 1.2479e12 - 1.0).abs() < 1e-4);
    /// ```
    ///
    /// Source: Sardana et al. 2024, eq. 2, its Lagrangian solved for D.
    pub fn lifetime_tokens(
        target_loss: f64,
        inference_tokens: f64,
        E: f64,
        A: f64,
        alpha: f64,
        B: f64,
        beta: f64,
    ) -> f64 {
        let left = |D: f64| B / pow(D, beta) * (1.0 + beta / alpha * (1.0 + inference_tokens / (3.0 * D)));
        falling(|D| left(D) - (target_loss - E))
    }

    /// Parameters of the model that goes with them.
    ///
    /// `lifetime_parameters = (A/(L - E - B/D^β))^(1/α)`
    ///
    /// $$ N = \left(\frac{A}{L - E - B D^{-\beta}}\right)^{1/\alpha} $$
    ///
    /// where L loss in nats a token, D tokens to train on; in parameters.
    ///
    /// Source: Sardana et al. 2024, eq. 2, its condition solved for N.
    pub fn lifetime_parameters(
        target_loss: f64,
        lifetime_tokens: f64,
        E: f64,
        A: f64,
        alpha: f64,
        B: f64,
        beta: f64,
    ) -> f64 {
        pow(A / (target_loss - E - B / pow(lifetime_tokens, beta)), 1.0 / alpha)
    }

    /// Work of training and of all tokens served afterwards.
    ///
    /// `lifetime_flops = 6·N·D + 2·N·T`
    ///
    /// $$ 6 N D + 2 N T $$
    ///
    /// where N parameters, D tokens trained on, T tokens served; in FLOP.
    ///
    /// ```
    /// # use slipstick_methods::scaling::parametric::lifetime_flops;
    /// // Sardana et al. 2024: a 13B at its own optimum and two trillion tokens served; the 7B saves 17 % of it.
    /// let usual = lifetime_flops(13e9, 576.49e9, 2e12);
    /// assert!((usual / 9.6966e22 - 1.0).abs() < 1e-4);
    /// assert!((1.0 - lifetime_flops(7e9, 1.23928e12, 2e12) / usual - 0.17446).abs() < 1e-4);
    /// ```
    ///
    /// Source: Sardana et al. 2024, eq. 2.
    pub fn lifetime_flops(lifetime_parameters: f64, lifetime_tokens: f64, inference_tokens: f64) -> f64 {
        6.0 * lifetime_parameters * lifetime_tokens + 2.0 * lifetime_parameters * inference_tokens
    }
}
