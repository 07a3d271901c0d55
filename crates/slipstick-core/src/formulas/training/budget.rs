//! What a budget of training is: work, hours and money, and the model and tokens that share it.

use crate::{
    formula,
    units::{FlopRate, Flops, Seconds, Usd, UsdPerHour},
};

formula! {
    /// Work of a training as scaling laws count it.
    ///
    /// `C = 6·N·D`
    ///
    /// $$ C = 6 N D $$
    ///
    /// where N parameters, D tokens; in FLOP. Attention to the context is left out.
    ///
    /// Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::budget::training_work;
    /// // Chinchilla: 70 billion parameters on 1.4 trillion tokens, of Gopher's budget of 5.76e23.
    /// assert!((training_work(70e9, 1.4e12).get() / 5.76e23 - 1.0).abs() < 0.03);
    /// ```
    pub fn training_work(N: f64, D: f64) -> Flops {
        Flops::count(6.0 * N * D)
    }

    /// Tokens that a budget trains a model on.
    ///
    /// `D = C/(6·N)`
    ///
    /// $$ D = \frac{C}{6 N} $$
    ///
    /// where C work in FLOP, N parameters; in tokens.
    ///
    /// Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
    ///
    /// No published number: it is the count of work, solved for D.
    pub fn tokens_of_work(C: Flops, N: f64) -> f64 {
        C.get() / (6.0 * N)
    }

    /// Parameters of the model that a budget trains on so many tokens.
    ///
    /// `N = C/(6·D)`
    ///
    /// $$ N = \frac{C}{6 D} $$
    ///
    /// where C work in FLOP, D tokens; in parameters.
    ///
    /// Source: Kaplan et al. 2020, arXiv 2001.08361, section 2.1.
    ///
    /// No published number: it is the count of work, solved for N.
    pub fn parameters_of_work(C: Flops, D: f64) -> f64 {
        C.get() / (6.0 * D)
    }

    /// Tokens that each parameter is trained on.
    ///
    /// `M = D/N`
    ///
    /// $$ M = \frac{D}{N} $$
    ///
    /// where D tokens, N parameters.
    ///
    /// Source: Hoffmann et al. 2022, arXiv 2203.15556, table 3.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::budget::tokens_per_parameter;
    /// assert!((tokens_per_parameter(1.4e12, 70e9) - 20.0).abs() < 1e-12);
    /// ```
    pub fn tokens_per_parameter(D: f64, N: f64) -> f64 {
        D / N
    }

    /// How many times the tokens a parameter of the best model of the same budget.
    ///
    /// `m = M/M_opt`
    ///
    /// $$ m = \frac{M}{M_{opt}} $$
    ///
    /// where M tokens a parameter, M_opt those of the best model. Below 1 it is trained too little for its size.
    ///
    /// Source: Gadre et al. 2024, arXiv 2403.08540, section 2.
    ///
    /// No published number: it is a division.
    pub fn over_training(M: f64, M_opt: f64) -> f64 {
        M / M_opt
    }

    /// One size of a trade-off curve.
    ///
    /// `N = N_opt·x`
    ///
    /// $$ N = x N_{opt} $$
    ///
    /// where N_opt parameters of the best model, x a factor.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn scaled_size(N_opt: f64, x: f64) -> f64 {
        N_opt * x
    }

    /// Work that accelerators do in some hours.
    ///
    /// `C = h·3600·F`
    ///
    /// $$ C = 3600 h F $$
    ///
    /// where h accelerator-hours, F work of one a second, failures included.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1: 2.664 million hours of H800.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::budget::work_of_hours, units::FlopRate};
    /// // 37e9 active parameters on 14.8e12 tokens, at 342.6 TFLOP/s each.
    /// let C = work_of_hours(2.664e6, FlopRate::tflops_per_s(342.6));
    /// assert!((C.get() / (6.0 * 37e9 * 14.8e12) - 1.0).abs() < 1e-4);
    /// ```
    pub fn work_of_hours(h: f64, F: FlopRate) -> Flops {
        Flops::count(h * 3600.0 * F.get())
    }

    /// Accelerator-hours of some work.
    ///
    /// `h = C/(3600·F)`
    ///
    /// $$ h = \frac{C}{3600 F} $$
    ///
    /// where C work, F work of one accelerator a second, failures included; in hours.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1: 2.664 million hours of H800.
    ///
    /// No published number: it is the formula above, solved for h.
    pub fn hours_of_work(C: Flops, F: FlopRate) -> f64 {
        C.get() / (3600.0 * F.get())
    }

    /// Wall time of accelerator-hours.
    ///
    /// `T = 3600·h/n`
    ///
    /// $$ T = \frac{3600 h}{n} $$
    ///
    /// where h accelerator-hours, n accelerators.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a division.
    pub fn time_of_hours(h: f64, n: u64) -> Seconds {
        Seconds::s(3600.0 * h / n as f64)
    }

    /// Price of accelerator-hours.
    ///
    /// `X = h·p`
    ///
    /// $$ X = h p $$
    ///
    /// where h accelerator-hours, p price of one accelerator an hour.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::budget::price_of_hours, units::UsdPerHour};
    /// let price = price_of_hours(2.788e6, UsdPerHour::dollars_per_hour(2.0));
    /// assert!((price.get() / 5.576e6 - 1.0).abs() < 1e-12);
    /// ```
    pub fn price_of_hours(h: f64, p: UsdPerHour) -> Usd {
        Usd::dollars(h * p.get())
    }

    /// Accelerator-hours that money rents.
    ///
    /// `h = X/p`
    ///
    /// $$ h = \frac{X}{p} $$
    ///
    /// where X money, p price of one accelerator an hour; in hours.
    ///
    /// Source: DeepSeek-V3, arXiv 2412.19437, table 1.
    ///
    /// No published number: it is the formula above, solved for h.
    pub fn hours_of_money(X: Usd, p: UsdPerHour) -> f64 {
        X.get() / p.get()
    }

    /// Price of one accelerator of several.
    ///
    /// `p = P/n`
    ///
    /// $$ p = \frac{P}{n} $$
    ///
    /// where P price of all an hour, n accelerators.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a division.
    pub fn price_of_one(P: UsdPerHour, n: u64) -> UsdPerHour {
        UsdPerHour::dollars_per_hour(P.get() / n as f64)
    }

    /// Work of each accelerator a second in training, as scaling laws count it, failures included.
    ///
    /// `F = 6·N·r·g/n`
    ///
    /// $$ F = \frac{6 N r g}{n} $$
    ///
    /// where N parameters, r tokens a second of all accelerators, g useful share of the time, n accelerators.
    ///
    /// Source: Llama 3 model card: 30.84 million hours of H100 for 405 billion parameters.
    ///
    /// ```
    /// # use slipstick_core::formulas::training::budget::useful_rate;
    /// // 15.6e12 tokens in as many hours: 341.4 TFLOP/s over the whole run.
    /// let tokens_per_s = 15.6e12 / (30.84e6 * 3600.0);
    /// assert!((useful_rate(405e9, tokens_per_s, 1.0, 1).as_tflops_per_s() - 341.4).abs() < 0.05);
    /// ```
    pub fn useful_rate(N: f64, r: f64, g: f64, n: u64) -> FlopRate {
        FlopRate::flops_per_s(6.0 * N * r * g / n as f64)
    }

    /// Utilisation while a training runs, by the count of scaling laws.
    ///
    /// `u = F/(g·P)`
    ///
    /// $$ u = \frac{F}{g P} $$
    ///
    /// where F work of each accelerator a second, failures included, g useful share of the time, P its dense peak.
    ///
    /// Source: Llama 3 model card: 30.84 million hours of H100 for 405 billion parameters.
    ///
    /// ```
    /// # use slipstick_core::{formulas::training::budget::share_of_peak, units::FlopRate};
    /// // 341.4 of 989 TFLOP/s over the whole run: 34.5 %.
    /// let share = share_of_peak(FlopRate::tflops_per_s(341.4), 1.0, FlopRate::tflops_per_s(989.0));
    /// assert!((share - 0.345).abs() < 5e-4);
    /// ```
    pub fn share_of_peak(F: FlopRate, g: f64, P: FlopRate) -> f64 {
        F / P / g
    }

    /// Tokens served that cost as much as the work of training would, where money is counted in place of work.
    ///
    /// `T' = T·(c/(2·N))/(p/(3600·F))`
    ///
    /// $$ T' = T \frac{c / (2 N)}{p / (3600 F)} $$
    ///
    /// where T tokens served, c price of one, N parameters, p price of one accelerator an hour in training, F its work a
    /// second.
    ///
    /// Source: Sardana et al. 2024, arXiv 2401.00448, section 3.
    ///
    /// No published number: prices are of today.
    pub fn tokens_at_training_price(T: f64, c: Usd, N: f64, p: UsdPerHour, F: FlopRate) -> f64 {
        T * (c.get() / (2.0 * N)) / (p.get() / (3600.0 * F.get()))
    }

    /// What tokens served cost.
    ///
    /// `X = T·c/10^6`
    ///
    /// $$ X = 10^{-6} T c $$
    ///
    /// where T tokens served, c price of a million of them.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a product.
    pub fn price_of_tokens(T: f64, c: Usd) -> Usd {
        Usd::dollars(T * c.get() / 1e6)
    }

    /// The share that a smaller sum saves.
    ///
    /// `q = 1 - a/b`
    ///
    /// $$ q = 1 - \frac{a}{b} $$
    ///
    /// where a the smaller, b the larger.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: it is a division.
    pub fn saving(a: f64, b: f64) -> f64 {
        1.0 - a / b
    }
}
