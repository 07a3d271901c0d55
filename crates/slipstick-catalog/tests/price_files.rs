//! Price files of other tools: told apart by their columns, read or rejected row by row.

use slipstick_catalog::{
    AsOf, Catalog, LayerName,
    price_files::{PriceFile, PriceFileError, PriceFormat, PriceSource},
};
use slipstick_core::units::UsdPerHour;

fn read(file: &str, text: &str) -> Result<PriceFile, PriceFileError> {
    let as_of = AsOf::parse("2026-11-20").expect("a date");
    let source = PriceSource { file, cloud: None, as_of: Some(&as_of), layer: LayerName::User };
    Catalog::builtin().read_prices(&source, text.as_bytes())
}

fn written(prices: &PriceFile) -> String {
    let mut out = Vec::new();
    prices.write_csv(&mut out).expect("memory does not fail");
    String::from_utf8(out).expect("text")
}

const GPUHUNT: &str = "\
instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size,gpu_vendor,flags,cpu_arch,provider_data
p5.48xlarge,us-east-1,55.04,192,2048,8,H100,80,False,,nvidia,,x86,
p5.48xlarge,us-east-1,20.00,192,2048,8,H100,80,True,,nvidia,,x86,
m5.large,us-east-1,0.096,2,8,0,,,False,,,,x86,
weird.1,us-east-1,1.0,2,8,1,Z999,17,False,,nvidia,,x86,
g6.xlarge,us-east-1,0,4,16,1,L4,24,False,,nvidia,,x86,
g6.2xlarge,us-east-1,0.97,8,32,1,L4,24,False,,nvidia,,x86,
g6.2xlarge,us-west-2,0.97,8,32,1,L4,24,False,,nvidia,,x86,
g6.2xlarge,xx-far-1,9.70,8,32,1,L4,24,False,,nvidia,,x86,
v5p-8,us-east5,16.8,208,448,1,v5p-8,95,False,,google,,x86,
mi.1,us-east-1,2.0,8,32,1,MI325X,288,False,,amd,,x86,
";

#[test]
fn gpuhunt() {
    let prices = read("/tmp/x/aws.csv", GPUHUNT).expect("a gpuhunt file");
    assert_eq!(prices.format, PriceFormat::Gpuhunt);
    let of = |name: &str| prices.offers.iter().find(|offer| offer.instance == name);
    let p5 = of("p5.48xlarge").expect("taken");
    assert_eq!((p5.cloud.as_str(), p5.accelerator.as_str(), p5.count), ("aws", "nvidia-h100-sxm-80gb", 8));
    assert_eq!(p5.prices.spot.map(UsdPerHour::get), Some(20.0), "merged from its own row");
    // Two TensorCores make a chip, so v5p-8 is four chips.
    assert_eq!(of("v5p-8").map(|offer| offer.count), Some(4));
    assert_eq!(of("mi.1").map(|offer| offer.accelerator.as_str()), Some("amd-mi325x-256gb"));
    let reasons = prices.rejects.reasons();
    for says in ["it has no accelerator", "\"Z999\"", "not above zero", "1.6 times away"] {
        assert!(
            reasons.iter().any(|(reason, count)| reason.contains(says) && *count == 1),
            "{says}: {reasons:?}"
        );
    }
    // Ten rows: two merge into one, four are rejected.
    assert_eq!((prices.offers.len(), prices.rejects.count()), (5, 4));
}

const SKYPILOT: &str = "\
InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice
a2-ultragpu-8g,96,1360,A100-80GB-SXM,8,\"{'Gpus': [{'Name': 'A100'}]}\",us-central1,us-central1-a,40.55,20.3
a2-ultragpu-8g,96,1360,A100-80GB-SXM,8,,us-central1,us-central1-c,40.55,19.5
,,,H100,8,,us-central1,us-central1-a,33.6,50.1
TPU-VM,,,tpu-v6e-4,1,,us-east5,us-east5-b,700.0,
n1-standard-4,4,15,,,,us-central1,us-central1-a,0.19,0.04
a3-highgpu-8g,208,1872,H100,8,,us-west1,us-west1-a,33.6,50.1
";

#[test]
fn skypilot() {
    let prices = read("catalogs/v8/gcp/vms.csv", SKYPILOT).expect("a skypilot file");
    assert_eq!((prices.format, prices.offers.len()), (PriceFormat::Skypilot, 1));
    let a2 = &prices.offers[0];
    assert_eq!((a2.cloud.as_str(), a2.accelerator.as_str()), ("gcp", "nvidia-a100-sxm-80gb"));
    assert_eq!(a2.prices.spot.map(UsdPerHour::get), Some(19.5), "the cheapest zone");
    for says in ["apart from its machine", "placeholder", "no accelerator", "spot costs more"] {
        assert!(
            prices.rejects.reasons().iter().any(|(reason, _)| reason.contains(says)),
            "{says}: {:?}",
            prices.rejects.reasons()
        );
    }
}

#[test]
fn litellm() {
    let text = r#"{
        "sample_spec": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "mode": "one of .."},
        "gpt-4o": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "mode": "chat",
                   "litellm_provider": "openai", "max_input_tokens": 128000, "cache_read_input_token_cost": 1.25e-06},
        "free": {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "mode": "chat"},
        "picture": {"mode": "image_generation"},
        "broken": 7
    }"#;
    let prices = read("model_prices.json", text).expect("a litellm file");
    assert_eq!(prices.token_prices.len(), 1);
    let gpt = &prices.token_prices[0];
    assert_eq!((gpt.input, gpt.output, gpt.cached_input), (2.5, 10.0, Some(1.25)));
    assert_eq!(prices.rejects.count(), 4);
}

#[test]
fn what_was_written_reads_back_the_same() {
    let mut prices = read("aws.csv", GPUHUNT).expect("a gpuhunt file");
    let again = read("aws.csv", &written(&prices)).expect("our own table");
    assert_eq!((again.format, again.rejects.count()), (PriceFormat::Offers, 0));
    assert_eq!(again.offers, prices.offers);
    prices.offers.clear();
    assert!(matches!(read("e.csv", &written(&prices)), Err(PriceFileError::Unrecognised { .. })));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let undated = PriceSource { file: "aws.csv", cloud: None, as_of: None, layer: LayerName::User };
    let message =
        Catalog::builtin().read_prices(&undated, GPUHUNT.as_bytes()).expect_err("no date").to_string();
    assert_eq!(
        message,
        "aws.csv: a gpuhunt CSV carries no date; say for which day its prices hold, like --as-of 2026-08-20"
    );
    for (file, text, says) in [
        ("a.csv", "", "no known price table"),
        ("a.csv", "x,y\n1,2\n", "no known price table"),
        ("a.json", "{\"input_cost_per_token\": ", "not valid JSON at line 1"),
        ("vms.csv", SKYPILOT, "does not name its cloud"),
        ("a.csv", &GPUHUNT.replace("55.04", "cheap"), "line 2"),
        ("a.csv", &GPUHUNT.replace(",192,2048,8,H100,80,False", ""), "line 2"),
        ("a.csv", &GPUHUNT.replace(",8,H100", ",-8,H100"), "line 2"),
    ] {
        let message = read(file, text).expect_err(says).to_string();
        assert!(message.contains(says), "{says}: {message}");
    }
    // Odd numbers are rejected row by row.
    for odd in ["NaN", "inf", "-3"] {
        let prices = read("aws.csv", &GPUHUNT.replace("55.04", odd)).expect("readable");
        assert!(
            prices
                .rejects
                .reasons()
                .iter()
                .any(|(reason, count)| reason.contains("not above zero") && *count == 2)
        );
    }
    let deep = format!("{}\"input_cost_per_token\"", "{".repeat(100_000));
    assert!(matches!(read("a.json", &deep), Err(PriceFileError::Json { .. })));
}
