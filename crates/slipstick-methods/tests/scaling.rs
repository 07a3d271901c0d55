//! The scaling laws give the numbers that their authors print, and those worked out from their constants.

use slipstick_methods::{
    METHODS, Value, eval,
    scaling::{LAWS, law},
};

fn ask(method: &str, quantity: &str, inputs: &[(&'static str, f64)]) -> f64 {
    let inputs: Vec<(&str, Value)> =
        inputs.iter().map(|(key, value)| (*key, Value::Number(*value))).collect();
    eval(method, quantity, &inputs).unwrap_or_else(|error| panic!("{method} {quantity}: {error}")).value
}

/// Equal within half of the last digit that is printed.
#[track_caller]
fn printed(value: f64, text: &str) {
    let number: f64 = text.parse().expect("a number");
    let (digits, exponent) =
        text.split_once('e').map_or((text, 0), |(digits, power)| (digits, power.parse().expect("a power")));
    let decimals = digits.split_once('.').map_or(0, |(_, after)| after.len());
    let half = 0.5 * 10_f64.powi(exponent - i32::try_from(decimals).expect("few digits"));
    assert!((value - number).abs() <= half * 1.000_001, "{value} is not {text}");
}

#[test]
fn optima_of_three_budgets() {
    let rows = [
        ("hoffmann-2022-3", 1e21, "1.824e9", "9.136e10", "50.1", "2.32888"),
        ("hoffmann-2022-3", 5.76e23, "3.219e10", "2.982e12", "92.6", "1.93075"),
        ("hoffmann-2022-3", 1e25, "1.168e11", "1.427e13", "122", "1.84532"),
        ("hoffmann-2022-3-unrounded", 1e21, "2.217e9", "7.518e10", "33.9", "2.29549"),
        ("hoffmann-2022-3-unrounded", 5.76e23, "4.036e10", "2.379e12", "58.9", "1.91841"),
        ("hoffmann-2022-3-unrounded", 1e25, "1.485e11", "1.122e13", "75.5", "1.83802"),
        ("besiroglu-2024", 1e21, "2.778e9", "5.999e10", "21.6", "2.30553"),
        ("besiroglu-2024", 5.76e23, "7.225e10", "1.329e12", "18.4", "1.97444"),
        ("besiroglu-2024", 1e25, "3.121e11", "5.341e12", "17.1", "1.91173"),
    ];
    for (law, flops, parameters, tokens, ratio, loss) in rows {
        let n = ask(law, "optimal_parameters", &[("flops", flops)]);
        let d = ask(law, "optimal_tokens", &[("flops", flops)]);
        printed(n, parameters);
        printed(d, tokens);
        printed(d / n, ratio);
        let least = ask(law, "loss", &[("parameters", n), ("tokens", d)]);
        printed(least, loss);
        // The closed forms agree with each other.
        assert!((6.0 * n * d / flops - 1.0).abs() < 1e-12);
        assert!((ask(law, "optimal_flops", &[("parameters", n)]) / flops - 1.0).abs() < 1e-9);
        assert!((ask(law, "least_flops", &[("target_loss", least)]) / flops - 1.0).abs() < 1e-9);
        let again = ask(law, "tokens_for_loss", &[("target_loss", least), ("parameters", n)]);
        assert!((again / d - 1.0).abs() < 1e-9);
        // It is the least: a step to either side is worse.
        for step in [0.9, 1.1] {
            assert!(ask(law, "loss", &[("parameters", n * step), ("tokens", d / step)]) > least);
        }
    }
}

#[test]
fn losses_of_two_models() {
    let loss = |law, n, d| ask(law, "loss", &[("parameters", n), ("tokens", d)]);
    printed(loss("hoffmann-2022-3", 70e9, 1.4e12), "1.93665");
    printed(loss("hoffmann-2022-3-unrounded", 70e9, 1.4e12), "1.92085");
    printed(loss("besiroglu-2024", 70e9, 1.4e12), "1.97388");
    printed(loss("hoffmann-2022-3", 8e9, 15e12), "1.94853");
    printed(loss("hoffmann-2022-3-unrounded", 8e9, 15e12), "1.94362");
    printed(loss("besiroglu-2024", 8e9, 15e12), "2.02206");
    printed(loss("kaplan-2020-loss", 175e9, 300e9), "1.7323");
    printed(loss("kaplan-2020-loss", 1.5e9, 40e9), "2.3451");
}

/// All rows of table 3 (first approach) and table A3 (second) of Hoffmann et al. 2022: parameters, work, tokens.
#[test]
fn printed_frontiers() {
    let first = [
        (4e8, 1.92e19, 8.0e9),
        (1e9, 1.21e20, 20.2e9),
        (1e10, 1.23e22, 205.1e9),
        (67e9, 5.76e23, 1.5e12),
        (175e9, 3.85e24, 3.7e12),
        (280e9, 9.90e24, 5.9e12),
        (520e9, 3.43e25, 11.0e12),
        (1e12, 1.27e26, 21.2e12),
        (1e13, 1.30e28, 216.2e12),
    ];
    let second = [
        (4e8, 1.84e19, 7.7e9),
        (1e9, 1.20e20, 20.0e9),
        (1e10, 1.32e22, 219.5e9),
        (67e9, 6.88e23, 1.7e12),
        (175e9, 4.54e24, 4.3e12),
        (280e9, 1.18e25, 7.1e12),
        (520e9, 4.19e25, 13.4e12),
        (1e12, 1.59e26, 26.5e12),
        (1e13, 1.75e28, 292.0e12),
    ];
    for (law, rows, within) in [("hoffmann-2022-1", first, 0.013), ("hoffmann-2022-2", second, 0.033)] {
        for (parameters, flops, tokens) in rows {
            let n = ask(law, "optimal_parameters", &[("flops", flops)]);
            assert!((n / parameters - 1.0).abs() < within, "{law}: {n} at {flops:e}");
            // The printed row of Gopher's budget is 6·67e9·1.5e12, 5 % more than the budget itself.
            assert!((ask(law, "optimal_tokens", &[("flops", flops)]) / tokens - 1.0).abs() < 0.058);
            let back = ask(law, "optimal_flops", &[("parameters", n)]);
            assert!((back / flops - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn repeated_text() {
    let law = "muennighoff-2023";
    let loss = |n, d, u| ask(law, "loss", &[("parameters", n), ("tokens", d), ("unique_tokens", u)]);
    // Printed by the authors' README to every digit.
    assert!((loss(6.34e9, 242e9, 25e9) - 2.225_644_088_998_447_7).abs() < 1e-13);
    assert!((loss(8.67e9, 178e9, 25e9) - 2.226_963_407_508_786_7).abs() < 1e-13);
    assert!((loss(1e9, 100e9, 25e9) - 2.419_527_462_490_257_6).abs() < 1e-13);
    assert!((loss(2.8e9, 55e9, 55e9) - 2.354_403_620_141_194).abs() < 1e-13);
    assert!((loss(7e9, 2e12, 5e11) - 2.114_860_746_445_308).abs() < 1e-13);
    let budget = [("flops", 1e22), ("unique_tokens", 25e9)];
    let tokens = ask(law, "optimal_tokens", &budget);
    assert!((tokens - 237_336_955_477.55).abs() < 0.01, "{tokens}");
    printed(tokens / 25e9, "9.493");
    assert!((ask(law, "optimal_parameters", &budget) - 7_022_364_735.88).abs() < 0.01);
    for (epochs, worth) in
        [(2.0, "49.205"), (4.0, "93.142"), (8.0, "165.603"), (16.0, "264.561"), (40.0, "379.187")]
    {
        let inputs = [("tokens", epochs * 25e9), ("unique_tokens", 25e9)];
        printed(ask(law, "effective_tokens", &inputs) / 1e9, worth);
    }
    // Text that is not scarce changes nothing, and then no model of the budget is better.
    let fresh = ask(law, "loss", &[("parameters", 1e9), ("tokens", 1e11)]);
    assert!((fresh - loss(1e9, 1e11, 1e11)).abs() < 1e-15);
}

/// The model of a lifetime: law, the model replaced, tokens served; its own tokens, and what replaces it.
#[test]
fn training_and_serving() {
    let rows = [
        ("sardana-2024", 13e9, 2e12, "576.49e9", "6.969e9", "1.2478e12", "17.447"),
        ("hoffmann-2022-3-unrounded", 30e9, 1e13, "1.671e12", "13.93e9", "4.576e12", "26.59"),
        ("besiroglu-2024", 13e9, 2e12, "2.601e11", "6.098e9", "7.370e11", "28.96"),
        ("besiroglu-2024", 70e9, 1e13, "1.289e12", "32.77e9", "3.668e12", "29.11"),
    ];
    for (law, base, served, base_tokens, parameters, tokens, saving) in rows {
        let d0 = ask(law, "optimal_flops", &[("parameters", base)]) / 6.0 / base;
        printed(d0, base_tokens);
        let target = ask(law, "loss", &[("parameters", base), ("tokens", d0)]);
        let inputs = [("target_loss", target), ("inference_tokens", served)];
        let (n, d) = (ask(law, "lifetime_parameters", &inputs), ask(law, "lifetime_tokens", &inputs));
        printed(n, parameters);
        printed(d, tokens);
        // It has the same loss, and neighbours of that loss cost more.
        assert!((ask(law, "loss", &[("parameters", n), ("tokens", d)]) - target).abs() < 1e-12);
        let cost = |n: f64, d: f64| 6.0 * n * d + 2.0 * n * served;
        let least = ask(law, "lifetime_flops", &inputs);
        assert!((least / cost(n, d) - 1.0).abs() < 1e-12);
        printed(100.0 * (1.0 - least / cost(base, d0)), saving);
        for other in [0.98 * n, 1.02 * n] {
            let tokens = ask(law, "tokens_for_loss", &[("target_loss", target), ("parameters", other)]);
            assert!(cost(other, tokens) > least);
        }
    }
    // "A 7B saves 1.7e22, 17 %": at exactly seven billion.
    let target = ask("sardana-2024", "loss", &[("parameters", 13e9), ("tokens", 576_485_566_710.4)]);
    let tokens = ask("sardana-2024", "tokens_for_loss", &[("target_loss", target), ("parameters", 7e9)]);
    printed(tokens, "1.23928e12");
    let (usual, seven) =
        (6.0 * 13e9 * 576_485_566_710.4 + 2.0 * 13e9 * 2e12, 6.0 * 7e9 * tokens + 2.0 * 7e9 * 2e12);
    printed(usual, "9.6966e22");
    printed(100.0 * (1.0 - seven / usual), "17.446");
    // Nothing served: the model is the one that was the best before.
    let nothing = [("target_loss", target), ("inference_tokens", 0.0)];
    assert!((ask("sardana-2024", "lifetime_parameters", &nothing) / 13e9 - 1.0).abs() < 1e-9);
}

/// Constants are known to six digits, which leaves the loss uncertain in the sixth.
#[test]
fn over_training() {
    let loss = |n: f64, m: f64| ask("gadre-2024", "loss", &[("parameters", n), ("tokens", m * n)]);
    for (n, m, predicted, measured, off) in [
        (1_439_795_200.0, 640.0, 2.519_826_539, 2.502_053_562, 0.7103),
        (6_889_410_560.0, 20.0, 2.442_745_170, 2.424_993_099, 0.7320),
    ] {
        let value = loss(n, m);
        assert!((value - predicted).abs() < 6e-6, "{value}");
        assert!((100.0 * (value / measured - 1.0) - off).abs() < 3e-4);
    }
    let budget = [("flops", 1e21)];
    let (n, d) =
        (ask("gadre-2024", "optimal_parameters", &budget), ask("gadre-2024", "optimal_tokens", &budget));
    assert!((6.0 * n * d / 1e21 - 1.0).abs() < 1e-12);
    let at = |n: f64| ask("gadre-2024", "loss", &[("parameters", n), ("tokens", 1e21 / 6.0 / n)]);
    assert!(at(n) < at(0.9 * n) && at(n) < at(1.1 * n));
}

/// Table 4 of Ludziejewski et al. 2025: weights and exponents at 1 to 32 experts, from more digits than table 3 has.
#[test]
fn experts_that_reduce_to_two_power_laws() {
    let rows = [
        (1.0, 30.3640, 0.1817, 53.9838, 0.1965),
        (2.0, 27.7982, 0.1780, 66.8401, 0.2065),
        (4.0, 24.8462, 0.1731, 87.7022, 0.2192),
        (8.0, 21.8330, 0.1676, 119.9126, 0.2338),
        (16.0, 19.0159, 0.1617, 167.5073, 0.2494),
        (32.0, 16.5424, 0.1557, 234.6726, 0.2652),
    ];
    for (experts, m, mu, n, nu) in rows {
        let of = |quantity| ask("ludziejewski-2025", quantity, &[("experts", experts)]);
        assert!((of("parameter_weight") / m - 1.0).abs() < 2e-3);
        assert!((of("parameter_exponent") - mu).abs() < 2e-4);
        assert!((of("token_weight") / n - 1.0).abs() < 3e-3);
        assert!((of("token_exponent") - nu).abs() < 2e-4);
    }
}

/// All rows of table 2 of Krajewski et al. 2024.
#[test]
fn finer_experts() {
    let rows = [
        (1e8, 4.37e9, 8.0, 2.95e18, 3.133),
        (1e9, 28.94e9, 16.0, 1.93e20, 2.491),
        (3e9, 72.90e9, 16.0, 1.41e21, 2.245),
        (7e9, 137.60e9, 32.0, 6.46e21, 2.076),
        (70e9, 941.07e9, 32.0, 4.16e23, 1.694),
        (300e9, 2.96e12, 64.0, 5.69e24, 1.503),
        (1e12, 7.94e12, 64.0, 4.97e25, 1.367),
    ];
    for (n, d, granularity, flops, loss) in rows {
        let inputs = [("parameters", n), ("tokens", d), ("granularity", granularity)];
        assert!((ask("krajewski-2024", "routed_flops", &inputs) / flops - 1.0).abs() < 0.005);
        assert!((ask("krajewski-2024", "loss", &inputs) / loss - 1.0).abs() < 0.0085);
        let budget = [("flops", flops), ("granularity", granularity)];
        assert!((ask("krajewski-2024", "optimal_parameters", &budget) / n - 1.0).abs() < 0.06);
        assert!((ask("krajewski-2024", "optimal_tokens", &budget) / d - 1.0).abs() < 0.19);
    }
}

#[test]
fn laws_are_methods_that_can_be_asked_alike() {
    assert_eq!(LAWS[0].id(), "besiroglu-2024");
    for law in LAWS {
        assert!(METHODS.iter().any(|method| method.id == law.id()), "{}", law.id());
        let budget = [("flops", 1e22)];
        let n = ask(law.id(), "optimal_parameters", &budget);
        let d = ask(law.id(), "optimal_tokens", &budget);
        assert!((6.0 * n * d / 1e22 - 1.0).abs() < 2e-3, "{}: {n} {d}", law.id());
        assert!(law.method.faults.len() > 1, "{}", law.id());
    }
}

#[test]
fn a_law_is_found_by_any_of_its_names() {
    let id =
        |name: &str| law(name).map(slipstick_methods::scaling::Law::id).map_err(|error| error.to_string());
    assert_eq!(id("besiroglu-2024"), Ok("besiroglu-2024"));
    assert_eq!(id(" Besiroglu "), Ok("besiroglu-2024"));
    assert_eq!(id("kaplan"), Ok("kaplan-2020-loss"));
    assert_eq!(id("chinchilla-3"), Ok("hoffmann-2022-3"));
    assert_eq!(id("hoffmann-2022-3"), Ok("hoffmann-2022-3"));
    let several = id("hoffmann").unwrap_err();
    assert!(
        several.contains("hoffmann-2022-1") && several.contains("hoffmann-2022-3-unrounded"),
        "{several}"
    );
    let near = id("kaplam").unwrap_err();
    assert!(near.contains("did you mean kaplan"), "{near}");
    assert!(id("").unwrap_err().contains("there is no scaling law"));
}
