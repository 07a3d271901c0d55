//! The accelerators of this machine, as its drivers report them.

use std::process::{Command, Stdio};

use slipstick_api::ApiError;

/// A driver's listing program, its arguments, and how its output becomes names.
struct Probe {
    program: &'static str,
    arguments: &'static [&'static str],
    names: fn(&str) -> Vec<String>,
}

const PROBES: &[Probe] = &[
    Probe {
        program: "nvidia-smi",
        arguments: &["--query-gpu=name", "--format=csv,noheader"],
        names: |text| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        },
    },
    Probe { program: "rocm-smi", arguments: &["--showproductname", "--csv"], names: rocm_names },
    Probe {
        program: "sysctl",
        arguments: &["-n", "machdep.cpu.brand_string"],
        names: |text| text.lines().filter(|line| line.starts_with("Apple ")).map(str::to_owned).collect(),
    },
];

/// The machine's accelerators as a hardware argument; `ask` is told which programs are asked.
pub(crate) fn detect(ask: impl Fn(&str)) -> Result<String, ApiError> {
    for probe in PROBES {
        ask(probe.program);
        let listed = Command::new(probe.program).args(probe.arguments).stdin(Stdio::null()).output();
        let Ok(output) = listed else { continue };
        let names = (probe.names)(&String::from_utf8_lossy(&output.stdout));
        if output.status.success()
            && let Some(first) = names.first()
        {
            return argument(first, &names);
        }
    }
    let programs: Vec<&str> = PROBES.iter().map(|probe| probe.program).collect();
    Err(ApiError::catalogue("gpu.not_detected", "no accelerator was found on this machine")
        .at("--on")
        .help(format!("name one, such as --on h100; asked were {}", programs.join(", "))))
}

fn argument(first: &str, names: &[String]) -> Result<String, ApiError> {
    if names.iter().any(|name| name != first) {
        return Err(ApiError::input("gpu.mixed", format!("this machine mixes {}", names.join(" and ")))
            .at("--on")
            .help("name the accelerators to use, such as --on rtx-4090:2"));
    }
    Ok(if names.len() > 1 { format!("{first}:{}", names.len()) } else { first.to_owned() })
}

/// The column `Card Series` or `Card series` of rocm-smi's table.
fn rocm_names(text: &str) -> Vec<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(head) = lines.next() else { return Vec::new() };
    let column = head.split(',').position(|name| name.trim().eq_ignore_ascii_case("card series"));
    let Some(column) = column else { return Vec::new() };
    lines.filter_map(|line| line.split(',').nth(column)).map(|name| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{argument, rocm_names};

    #[test]
    fn equal_accelerators_are_counted_and_mixed_ones_refused() {
        let two = vec!["NVIDIA L4".to_owned(); 2];
        assert_eq!(argument(&two[0], &two).as_deref(), Ok("NVIDIA L4:2"));
        let mixed = vec!["NVIDIA L4".to_owned(), "NVIDIA A10".to_owned()];
        assert_eq!(argument(&mixed[0], &mixed).map_err(|error| error.code), Err("gpu.mixed"));
    }

    #[test]
    fn the_product_column_is_found_by_its_head() {
        let table = "device,Card Series,Card Model\ncard0,AMD Instinct MI300X,0x74a1\ncard1,AMD Instinct MI300X,0x74a1\n";
        assert_eq!(rocm_names(table), ["AMD Instinct MI300X"; 2]);
        assert!(rocm_names("").is_empty());
    }
}
