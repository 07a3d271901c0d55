//! Published hours, prices, failures and tonnes of training runs, from their own inputs, within 1 %.

use slipstick_core::{
    formulas::training::{
        failures::{between_failures, checkpoint_interval, failures, goodput},
        run::{accelerator_hours, emissions, energy, kilowatt_hours, run_cost, run_time, steps},
        states::checkpoint,
    },
    units::{Power, Seconds, UsdPerHour},
};

fn near(computed: f64, published: f64, what: &str) {
    assert!((computed / published - 1.0).abs() < 0.01, "{what}: {computed}, and not {published}");
}

fn hours(hours: f64) -> Seconds {
    Seconds::s(hours * 3600.0)
}

fn days(days: f64) -> Seconds {
    hours(days * 24.0)
}

/// DeepSeek-V3, arXiv 2412.19437, table 1 and section 4.2: 14.8e12 tokens in steps of 15,360 sequences of 4,096 tokens,
/// 180,000 accelerator-hours for each 1e12 tokens, 2 USD an hour.
#[test]
fn deepseek_v3_takes_its_hours_and_dollars() {
    let (accelerators, sequences, sequence) = (2048, 15_360, 4096);
    let each = sequences as f64 * sequence as f64 / 1e12 * 180_000.0 / accelerators as f64;
    let count = steps(14_800_000_000_000, sequences, sequence);
    let time = run_time(count, hours(each), 1.0);
    near(accelerator_hours(accelerators, time), 2.664e6, "hours of pre-training");
    let all = UsdPerHour::dollars_per_hour(2.0 * accelerators as f64);
    near(run_cost(all, time).get(), 5.328e6, "dollars of pre-training");
    let longer = (2.664e6 + 0.119e6 + 0.005e6) / accelerators as f64;
    near(accelerator_hours(accelerators, hours(longer)), 2.788e6, "hours of all stages");
    near(run_cost(all, hours(longer)).get(), 5.576e6, "dollars of all stages");
}

/// Megatron-LLaMA: 10e9 tokens through 13e9 parameters on 32 accelerators at 3.447 USD an hour.
#[test]
fn megatron_llama_costs_what_it_prints() {
    let all = UsdPerHour::dollars_per_hour(3.447 * 32.0);
    near(run_cost(all, hours(40.3)).get(), 4445.0, "overlapped");
    near(run_cost(all, hours(49.7)).get(), 5482.0, "DeepSpeed");
}

/// Llama-3.1-405B: 30.84e6 hours on 16,384 accelerators are 78.4 days; 15.6e12 tokens in them are 341.4 TFLOP/s each by six
/// FLOPs a parameter, and the whole run is the 3.8e25 FLOPs of arXiv 2407.21783, section 1.
#[test]
fn llama_405b_takes_its_days() {
    let (parameters, tokens, sequences, sequence) = (405e9, 15_600_000_000_000_u64, 2048, 8192);
    let flops = 6.0 * parameters * tokens as f64;
    near(flops, 3.8e25, "FLOPs");
    let rate = flops / (30.84e6 * 3600.0);
    near(rate, 341.4e12, "FLOP/s each");
    let step = 6.0 * parameters * (sequences * sequence) as f64 / (16_384.0 * rate);
    let time = run_time(steps(tokens, sequences, sequence), Seconds::s(step), 1.0);
    near(time.as_hours() / 24.0, 78.43, "days");
    near(accelerator_hours(16_384, time), 30.84e6, "hours");
}

/// Model cards: hours, power limit in W, kg a kilowatt-hour as the cards imply with their power usage effectiveness folded
/// in, and tonnes.
const CARDS: &[(&str, f64, f64, f64, f64)] = &[
    ("Llama-2-7B", 184_320.0, 400.0, 0.4234, 31.22),
    ("Llama-2-13B", 368_640.0, 400.0, 0.4234, 62.44),
    ("Llama-2-70B", 1_720_320.0, 400.0, 0.4234, 291.42),
    ("Llama-3-8B", 1.3e6, 700.0, 0.4265, 390.0),
    ("Llama-3-70B", 6.4e6, 700.0, 0.4265, 1900.0),
    ("Llama-3.1-8B", 1.46e6, 700.0, 0.4137, 420.0),
    ("Llama-3.1-70B", 7.0e6, 700.0, 0.4137, 2040.0),
    ("Llama-3.1-405B", 30.84e6, 700.0, 0.4137, 8930.0),
    ("Llama-3.2-1B", 370e3, 700.0, 0.413, 107.0),
    ("Llama-3.2-3B", 460e3, 700.0, 0.413, 133.0),
    ("Llama-4-Scout", 5.0e6, 700.0, 0.387, 1354.0),
    ("Llama-4-Maverick", 2.38e6, 700.0, 0.387, 645.0),
];

#[test]
fn model_cards_emit_their_tonnes() {
    for (name, time, limit, intensity, tonnes) in CARDS {
        let used = energy(1, Power::watts(*limit), 1.0, hours(*time), 1.0);
        near(emissions(kilowatt_hours(used), *intensity) / 1000.0, *tonnes, name);
    }
}

/// LLaMA, arXiv 2302.13971, table 15: 400 W, a power usage effectiveness of 1.1, 0.385 kg a kilowatt-hour; it prints whole
/// MWh and tonnes, half of which is more than 1 % of the smaller ones.
#[test]
fn llama_1_uses_its_energy() {
    for (time, mwh, tonnes) in [
        (82_432.0, 36.0, 14.0),
        (135_168.0, 59.0, 23.0),
        (530_432.0, 233.0, 90.0),
        (1_022_362.0, 449.0, 173.0),
    ] {
        let used = kilowatt_hours(energy(1, Power::watts(400.0), 1.0, hours(time), 1.1));
        assert!((used / 1000.0 - mwh).abs() < f64::max(0.01 * mwh, 0.5), "{used} kWh");
        let emitted = emissions(used, 0.385) / 1000.0;
        assert!((emitted - tonnes).abs() < f64::max(0.01 * tonnes, 0.5), "{emitted} t");
    }
}

/// Llama 3, arXiv 2407.21783, table 5: 419 unexpected interruptions of 16,384 accelerators in 54 days.
#[test]
fn llama_405b_fails_as_often_as_it_did() {
    let one = hours(54.0 * 24.0 * 16_384.0 / 419.0);
    near(one.as_hours(), 50_677.0, "hours between failures of one");
    let all = between_failures(one, 16_384);
    near(all.as_hours(), 3.093, "hours between failures of all");
    near(failures(days(54.0), all), 419.0, "failures");
    // A checkpoint that stalls for five seconds and a restart of up to ten minutes leave the 90 % that it reports.
    let stall = Seconds::s(5.0);
    let useful = goodput(checkpoint_interval(stall, all), stall, Seconds::s(600.0), all);
    assert!(useful > 0.9 && useful < 0.95, "{useful}");
}

/// Stall, mean time between failures, Young's and Daly's intervals, and the useful share at a restart of 300 s.
const INTERVALS: &[[f64; 5]] = &[
    [60.0, 10_800.0, 1138.4, 1098.8, 0.8737],
    [300.0, 10_800.0, 2545.6, 2349.5, 0.7610],
    [5.0, 9972.0, 315.8, 312.5, 0.9400],
    [600.0, 86_400.0, 10_182.3, 9786.3, 0.8837],
    [120.0, 28_440.0, 2612.6, 2533.2, 0.9014],
];

#[test]
fn checkpoints_are_as_far_apart_as_daly_says() {
    for [stall, between, young, daly, share] in INTERVALS.iter().copied() {
        near((2.0 * stall * between).sqrt(), young, "Young");
        let (stall, between) = (Seconds::s(stall), Seconds::s(between));
        let interval = checkpoint_interval(stall, between);
        near(interval.get(), daly, "Daly");
        near(goodput(interval, stall, Seconds::s(300.0), between), share, "useful share");
    }
}

/// Two bytes of weight, four of master copy and eight of moments.
#[test]
fn checkpoints_are_as_large_as_their_parameters_say() {
    for (parameters, bytes) in [
        (8_030_261_248, 112e9),
        (70_553_706_496, 988e9),
        (405_853_388_800, 5.68e12),
        (671_026_419_200, 9.39e12),
    ] {
        near(checkpoint(parameters, 2.0, 12.0).as_f64(), bytes, "checkpoint");
    }
}
