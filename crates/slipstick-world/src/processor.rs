//! The processor of this machine, as its kernel reports it.

use std::{collections::BTreeSet, path::Path};

use slipstick_api::ApiError;

use crate::file;

/// The kernel's lists are some kilobytes for each processor thread.
const LIMIT: u64 = 16 << 20;

/// The machine's processor as a hardware argument, `NAME:MEMORY` with the sockets after it where there are several.
pub(crate) fn detect(reading: impl Fn(&str)) -> Result<String, ApiError> {
    let text = |path: &str| {
        reading(path);
        let bytes = file::read(Path::new(path), LIMIT).ok()?;
        String::from_utf8(bytes).ok()
    };
    let found = text("/proc/cpuinfo").zip(text("/proc/meminfo"));
    found.and_then(|(processors, memory)| argument(&processors, &memory)).ok_or_else(|| {
        ApiError::catalogue("cpu.not_detected", "this machine does not say what its processor is")
            .at("--on")
            .help(
                "name it with its memory, such as --on epyc-9654:384GiB or --on graviton4:64GiB, or describe it in a file \
                 and pass --on my-cpu.toml",
            )
    })
}

fn argument(processors: &str, memory: &str) -> Option<String> {
    let values = |key: &'static str| {
        let pairs = processors.lines().filter_map(|line| line.split_once(':'));
        pairs.filter(move |(name, _)| name.trim() == key).map(|(_, value)| value.trim())
    };
    let name = values("model name").next().map(str::to_owned).or_else(|| {
        // Arm's kernel knows only who made the core, and which of theirs it is.
        let (maker, core) = (values("CPU implementer").next()?, values("CPU part").next()?);
        Some(format!("Arm core {core} of implementer {maker}"))
    })?;
    let sockets = values("physical id").collect::<BTreeSet<_>>().len().max(1);
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix(" kB")?.parse().ok()?;
    let each = kib / u64::try_from(sockets).ok()?;
    let count = if sockets > 1 { format!(":{sockets}") } else { String::new() };
    Some(format!("{name}:{each}KiB{count}"))
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn a_processor_has_its_name_its_memory_and_its_sockets() {
        let one = "processor\t: 0\nmodel name\t: AMD EPYC 9654 96-Core Processor\nphysical id\t: 0\n";
        let memory = "MemTotal:       24576000 kB\nMemFree:        1 kB\n";
        assert_eq!(argument(one, memory).as_deref(), Some("AMD EPYC 9654 96-Core Processor:24576000KiB"));
        let two = format!("{one}\n{}", one.replace("id\t: 0", "id\t: 1"));
        assert_eq!(argument(&two, memory).as_deref(), Some("AMD EPYC 9654 96-Core Processor:12288000KiB:2"));
        let arm = "processor\t: 0\nBogoMIPS\t: 2000.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n";
        let said = argument(arm, memory);
        assert_eq!(said.as_deref(), Some("Arm core 0xd4f of implementer 0x41:24576000KiB"));
        assert_eq!(argument("processor\t: 0\nisa\t: rv64gc\n", memory), None);
    }
}
