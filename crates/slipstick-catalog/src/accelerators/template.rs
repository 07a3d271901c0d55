//! An accelerator as the file that would describe it: a template for one's own.

use std::fmt::Write as _;

use slipstick_core::hardware::Peaks;

use super::{AcceleratorEntry, table};

impl AcceleratorEntry {
    /// A TOML file that describes an accelerator like this one under a name of its own, seen on a `day`. Read as it is, it
    /// is the same hardware.
    ///
    /// ```
    /// # use slipstick_catalog::Catalog;
    /// let catalog = Catalog::builtin();
    /// let text = catalog.accelerator("h100-sxm").unwrap().template("2026-11-27");
    /// assert!(text.contains("[my-nvidia-h100-sxm-80gb]") && text.contains("bf16 = \"989.4TFLOP/s\""), "{text}");
    /// ```
    pub fn template(&self, day: &str) -> String {
        let a = &self.accelerator;
        let link =
            table::LINK_KINDS.iter().find(|(_, kind)| *kind == a.link.kind).map_or("", |(name, _)| name);
        let mut text = format!(
            "# Change what is another, and ask for it with --on FILE.toml; every value has its unit, peaks are dense.\n\
             [my-{}]\nlike = \"{}\"\nname = \"My {}\"\nmemory = \"{}B\"  # what the driver reports\n\
             memory_bandwidth = \"{}GB/s\"\npeak = {{ {} }}\nlink = \"{link}\"\nlink_bandwidth = \"{}GB/s\"\n\
             host_link_bandwidth = \"{}GB/s\"\ndomain_size = {}  # accelerators that the link joins\n\
             node_size = {}\n",
            a.id,
            a.id,
            a.name,
            a.memory.get(),
            a.memory_bandwidth.get() / 1e9,
            peaks(&a.peaks),
            a.link.bandwidth.get() / 1e9,
            a.host_link.bandwidth.get() / 1e9,
            a.domain_size,
            a.node_size
        );
        if let Some(power) = a.power {
            let _ = writeln!(text, "power = \"{}W\"", power.get());
        }
        let _ = write!(text, "source = \"where these figures are from\"\nseen = \"{day}\"\n");
        text
    }
}

fn peaks(peaks: &Peaks) -> String {
    let stated = [
        ("fp64", peaks.fp64),
        ("fp32", peaks.fp32),
        ("tf32", peaks.tf32),
        ("fp16", peaks.fp16),
        ("bf16", peaks.bf16),
        ("fp8", peaks.fp8),
        ("int8", peaks.int8),
        ("fp4", peaks.fp4),
        ("int4", peaks.int4),
    ];
    let shown = stated
        .iter()
        .filter_map(|(name, rate)| Some(format!("{name} = \"{}TFLOP/s\"", (*rate)?.get() / 1e12)));
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, LayerName};

    /// Whatever is printed describes the hardware that it was printed for.
    #[test]
    fn a_template_is_the_accelerator_again() {
        let catalog = Catalog::builtin();
        for entry in catalog.accelerators() {
            let text = entry.template("2026-11-27");
            let with = Catalog::builtin().with_overlay(LayerName::Request, "my.toml", &text).unwrap();
            let again = &with.accelerator(&format!("my-{}", entry.accelerator.id)).unwrap().accelerator;
            let own = &entry.accelerator;
            assert_eq!(
                (again.memory, again.link, again.node_size),
                (own.memory, own.link, own.node_size),
                "{text}"
            );
            assert_eq!((again.domain_size, again.power), (own.domain_size, own.power), "{text}");
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
            assert!(near(again.memory_bandwidth.get(), own.memory_bandwidth.get()), "{text}");
            let bf16 = |peaks: &slipstick_core::hardware::Peaks| {
                peaks.bf16.map_or(0.0, slipstick_core::units::FlopRate::get)
            };
            assert!(near(bf16(&again.peaks), bf16(&own.peaks)), "{text}");
        }
    }
}
