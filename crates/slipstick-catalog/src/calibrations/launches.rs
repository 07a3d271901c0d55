//! How engines launch steps that read prompts: replayed as graphs as steps are that only write, or kernel by kernel.

use crate::{
    tables::{PROMPT_LAUNCHES, PromptLaunchRow},
    version::{Version, Versions},
};

/// The tokens above which a version of an engine launches such a step kernel by kernel; none where it launches both alike,
/// or nobody says.
pub(super) fn find(engine: &str, version: Option<&str>) -> Option<u64> {
    let asked = version.and_then(Version::parse);
    let row = PROMPT_LAUNCHES.iter().find(|row| row.engine == engine && row.holds(asked.as_ref()))?;
    Some(row.eager_above)
}

impl PromptLaunchRow<'_> {
    /// Whether it is about a version; what is no version is taken for the newest.
    fn holds(&self, version: Option<&Version>) -> bool {
        let Ok(versions) = Versions::parse(self.from_version, self.to_version) else { return false };
        version.map_or(versions.to.is_none(), |version| versions.hold(version))
    }
}

#[cfg(test)]
mod tests {
    use super::{PROMPT_LAUNCHES, Versions, find};

    #[test]
    fn rows_are_about_versions() {
        for row in &PROMPT_LAUNCHES {
            let versions = Versions::parse(row.from_version, row.to_version).expect("versions");
            assert!(versions.from.is_some(), "{}: since when", row.engine);
        }
    }

    #[test]
    fn engines_differ_in_what_they_capture() {
        assert_eq!(find("vllm", Some("0.15")), Some(512));
        assert_eq!(find("sglang", Some("0.5")), Some(0));
        assert_eq!(find("tensorrt-llm", None), Some(0));
        assert_eq!(find("tensorrt-llm-2024", Some("0.14")), None, "its engines are compiled");
        assert_eq!(find("llama.cpp", Some("b9500")), None);
    }
}
