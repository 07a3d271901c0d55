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
        arguments: &["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"],
        names: nvidia_names,
    },
    Probe { program: "rocm-smi", arguments: &["--showproductname", "--csv"], names: rocm_names },
    Probe {
        program: "sysctl",
        arguments: &["-n", "machdep.cpu.brand_string", "hw.memsize"],
        names: apple_names,
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

/// Names with the memory that the driver reports, since several sizes go by one name; without it where it is shared.
fn nvidia_names(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let named = lines.map(|line| line.rsplit_once(", ").unwrap_or((line, "")));
    let one = |(name, mib): (&str, &str)| match mib.parse::<u64>() {
        Ok(mib) => format!("{name}:{mib}MiB"),
        Err(_) => name.to_owned(),
    };
    named.map(one).collect()
}

/// The chip's name, and under it the bytes of unified memory.
fn apple_names(text: &str) -> Vec<String> {
    let mut lines = text.lines().map(str::trim);
    let Some(chip) = lines.next().filter(|name| name.starts_with("Apple ")) else { return Vec::new() };
    let gib = lines.next().and_then(|bytes| bytes.parse::<u64>().ok()).map(|bytes| bytes >> 30);
    vec![gib.map_or_else(|| chip.to_owned(), |gib| format!("{chip}:{gib}GiB"))]
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
    use super::{apple_names, argument, nvidia_names, rocm_names};

    #[test]
    fn the_memory_tells_sizes_of_one_name_apart() {
        let listed = nvidia_names("NVIDIA GeForce RTX 3060, 12288\nNVIDIA GB10, [N/A]\n");
        assert_eq!(listed, ["NVIDIA GeForce RTX 3060:12288MiB", "NVIDIA GB10"]);
        assert_eq!(apple_names("Apple M3 Max\n68719476736\n"), ["Apple M3 Max:64GiB"]);
        assert_eq!(apple_names("Apple M1\n"), ["Apple M1"]);
        assert!(apple_names("Intel(R) Core(TM) i7-9750H CPU\n17179869184\n").is_empty());
    }

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
