//! Users' own tables of calibrations, engines and nodes over the shipped ones.

use slipstick_catalog::{Catalog, LayerName, calibrations::Served};
use slipstick_core::{
    basis::Basis,
    hardware::{Accelerator, Distance},
};

const H100: &str = "nvidia-h100-sxm-80gb";

const FITTED: &str = "family,engine,version,from_version,to_version,wide,fp8,fp4,memory,memory_packed,\
    per_layer_us,per_expert_layer_us,per_step_us,per_sequence_us,per_request_ms,scale_up_share,\
    scale_up_latency_us,scale_up_latency_per_rank_us,tpot_low,tpot_high,ttft_low,ttft_high,points,source,seen\n\
    hopper,vllm,0.30 to 0.40,0.30,0.40,0.7,0.7,0.4,0.5,0.5,30,50,200,8,20,0.4,10,1.5,0.9,1.1,,,12,our lab,2026-11\n";

fn with(layer: LayerName, file: &str, text: &str) -> Catalog {
    Catalog::builtin().with_overlay(layer, file, text).expect("a table")
}

fn chip<'a>(catalog: &'a Catalog, id: &str) -> &'a Accelerator {
    &catalog.accelerator_by_id(id).expect("a shipped chip").accelerator
}

#[test]
fn a_version_selects_its_row_and_an_unknown_one_widens_the_nearest() {
    let catalog = Catalog::builtin();
    let of = |version| catalog.calibration(chip(&catalog, H100), "vllm", version);
    let (newest, fitted, carried) = (of(None), of(Some("0.12.0")), of(Some("0.33")));
    assert_eq!((newest.basis, fitted.basis, carried.basis), (Basis::Fitted, Basis::Fitted, Basis::Assumed));
    assert_eq!(newest, fitted);
    assert!((carried.memory - fitted.memory).abs() < 1e-12, "the efficiencies themselves are carried over");
    let (narrow, wide) =
        (fitted.spreads.steady.tpot.expect("fitted"), carried.spreads.steady.tpot.expect("carried"));
    let by = narrow.low / wide.low;
    assert!(by > 1.1 && (wide.high / narrow.high - by).abs() < 1e-9);
    // Below all known versions the oldest is the nearest.
    assert_eq!(of(Some("0.1")).version, "0.10 to 0.19, carried over to 0.1");
}

#[test]
fn engines_of_2024_are_engines_of_their_own() {
    let catalog = Catalog::builtin();
    let of = |id, engine| catalog.calibration(chip(&catalog, id), engine, None);
    let (then, now) = (of(H100, "vllm-2024"), of(H100, "vllm"));
    assert!(then.per_layer > now.per_layer && then.basis == Basis::Fitted);
    // A family that nobody measured has what the engine made of the others of its class, not what it costs today.
    let unmeasured = of("amd-mi250x-128gb", "vllm-2024");
    assert_eq!((unmeasured.basis, unmeasured.distance), (Basis::Assumed, Distance::Pair));
    assert!(unmeasured.per_layer > now.per_layer);
}

#[test]
fn a_users_calibration_holds_for_its_versions_and_knows_its_file() {
    let catalog = with(LayerName::User, "mine/cal.csv", FITTED);
    let of = |version| catalog.calibration(chip(&catalog, H100), "vllm", version);
    let own = of(Some("0.33"));
    assert_eq!((own.basis, own.points, own.memory.to_bits()), (Basis::Fitted, 12, 0.5_f64.to_bits()));
    assert_eq!(own.source, "our lab (user mine/cal.csv)");
    assert_eq!(
        of(Some("0.12")).points,
        Catalog::builtin().calibration(chip(&catalog, H100), "vllm", None).points
    );
    assert_eq!(of(Some("0.50")).version, "0.30 to 0.40, carried over to 0.50");
    // A row with the shipped one's versions stands in its place; the project goes before the user.
    let same = FITTED.replace("0.30 to 0.40,0.30,0.40", "0.10 to 0.19,0.10,0.19");
    let both = with(LayerName::Project, "p.csv", &same.replace(",12,", ",13,"))
        .with_overlay(LayerName::User, "u.csv", &same)
        .expect("a table");
    assert_eq!(both.calibration(chip(&both, H100), "vllm", Some("0.12")).points, 13);
}

#[test]
fn shares_overheads_and_widening_are_data_too() {
    let shares = "family,wide,fp8,fp4,int,attention,memory,memory_packed,memory_cache,scale_up_share,\
        scale_up_latency_us,scale_up_latency_per_rank_us,pcie_share,pcie_latency_us,pcie_latency_per_rank_us,\
        network_share,network_latency_us,network_latency_per_rank_us,source,seen\n\
        hopper,0.5,0.5,0.5,0.5,0.11,0.5,0.5,0.5,0.5,1,1,0.5,1,1,0.5,1,1,our lab,2026-11\n";
    let catalog = with(LayerName::User, "shares.csv", shares);
    assert!((catalog.calibration(chip(&catalog, H100), "vllm", None).attention - 0.11).abs() < 1e-12);
    let overheads = "engine,version,per_layer_us,per_expert_layer_us,per_step_us,per_sequence_us,per_request_ms,\
        source,seen\nmine,1,7,7,7,7,7,our lab,2026-11\n";
    let catalog = with(LayerName::User, "overheads.csv", overheads);
    assert!((catalog.calibration(chip(&catalog, H100), "mine", None).per_layer.as_ms() - 0.007).abs() < 1e-9);
    let carry = "engine,tpot_factor,ttft_factor,versions,source,seen\nvllm,2,2,1,our lab,2026-11\n";
    let catalog = with(LayerName::User, "carry.csv", carry);
    let spread = |version| {
        catalog.calibration(chip(&catalog, H100), "vllm", version).spreads.steady.tpot.expect("fitted")
    };
    assert!((spread(Some("0.33")).high / spread(None).high - 2.0).abs() < 1e-9);
}

#[test]
fn wrong_rows_name_their_line() {
    let message = |text: &str| {
        Catalog::builtin().with_overlay(LayerName::User, "u.csv", text).expect_err("it is wrong").to_string()
    };
    assert_eq!(
        message(&FITTED.replace("0.40,0.7,", "0.40,1.7,")),
        "u.csv, line 2: wide: 1.7 is not a share above 0 and at most 1"
    );
    assert!(message(&FITTED.replace("0.9,1.1", "1.1,0.9")).contains("ascending"));
    assert!(message(&FITTED.replace(",0.30,0.40,", ",new,0.40,")).contains("is not a version"));
    assert!(message("holds_for,node\nx,y\n").contains("line 2"));
}

#[test]
fn engines_and_nodes_are_rows_with_their_layer() {
    let engines = "id,name,maker,licence,kind,modelled,accelerators,weight_formats,cache_formats,parallelism,\
        features,source,seen,confidence,note\n\
        our-fork,Our fork,us,MIT,server,vllm,nvidia,fp8,fp8,tp,lora,our lab,2026-11,high,\n";
    let catalog = with(LayerName::Project, "engines.csv", engines);
    let fork = catalog.engine("Our-Fork").expect("it is known");
    assert_eq!(fork.origin.describe(), "project engines.csv (our lab, 2026-11, high)");
    assert_eq!(catalog.engines().len(), Catalog::builtin().engines().len() + 1);
    let nodes = format!(
        "holds_for,node,network_gbit_s_per_accelerator,ram_gib,vcpus,source,seen,confidence\n\
         {H100},our rack,100,512,96,our lab,2026-11,high\n"
    );
    let catalog = with(LayerName::User, "nodes.csv", &nodes);
    let node = catalog.node(chip(&catalog, H100));
    assert_eq!((node.name.as_str(), node.origin.layer), ("our rack", LayerName::User));
    assert!((node.network.bandwidth.as_gb_per_s() - 12.5).abs() < 1e-9);
}

#[test]
fn bursts_have_levels_of_their_own_where_their_architecture_has_any() {
    let rows = "engine,architecture,arrival,version,format,family,accelerator,tp,ep,factor,waits,points,source,seen\n\
        vllm,ours,,,fp8,hopper,,,,1.5,1,3,our lab,2026-11\n\
        vllm,ours,burst,,fp8,hopper,,,,0.5,1,7,our lab,2026-11\n\
        vllm,theirs,,,fp8,hopper,,,,1.5,1,3,our lab,2026-11\n";
    let catalog = with(LayerName::User, "levels.csv", rows);
    let of = |architecture, format| {
        let accelerator = chip(&catalog, H100);
        let like =
            Served { accelerator, engine: "vllm", version: "0.12", architecture, format, tp: 1, ep: 1 };
        let known = catalog.calibration_of(&like);
        (known.level, known.level_of_bursts, known.level_points)
    };
    assert_eq!(of("ours", "fp8"), (1.5, Some(0.5), 7));
    assert_eq!(of("ours", "bf16"), (1.0, Some(1.0), 0));
    assert_eq!(of("theirs", "fp8"), (1.5, None, 3));
    let wrong = rows.replace(",burst,", ",soon,");
    assert!(Catalog::builtin().with_overlay(LayerName::User, "levels.csv", &wrong).is_err());
}
