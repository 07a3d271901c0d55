//! Kernels of attention over a cache that work by query head: which engines take them, on which chips and for which models.

use slipstick_core::hardware::{HeadKernel, HeadKernels};

use crate::tables::{ATTENTION_KERNELS, AttentionKernelRow};

/// The family that stands for all others.
const ANY: &str = "any";

/// The layers of a row that holds for models with windowed layers alone.
const WINDOWED: &str = "windowed";

/// Those of an engine on a chip family.
pub(super) fn find(engine: &str, family: &str) -> HeadKernels {
    let row =
        |family: &str| ATTENTION_KERNELS.iter().find(|row| row.engine == engine && row.family == family);
    let Some(row) = row(family).or_else(|| row(ANY)) else { return HeadKernels::default() };
    let kernel = Some(row.kernel());
    HeadKernels { full: kernel.filter(|_| row.models != WINDOWED), windowed: kernel }
}

impl AttentionKernelRow<'_> {
    const fn kernel(&self) -> HeadKernel {
        HeadKernel { divided_up_to: self.divided_up_to, part: self.part_tokens, longest: self.longest_tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::{ANY, ATTENTION_KERNELS, WINDOWED, find};

    #[test]
    fn rows_say_which_models_they_hold_for() {
        for row in &ATTENTION_KERNELS {
            assert!(["all", WINDOWED].contains(&row.models), "{}: {}", row.engine, row.models);
            let bounds = [row.divided_up_to, row.part_tokens, row.longest_tokens];
            assert!(bounds.iter().all(|bound| *bound >= 1.0 && bound.is_finite()), "{bounds:?}");
        }
        let (hopper, cdna3) = (find("vllm-2024", "hopper"), find("vllm-2024", "cdna3"));
        assert!(hopper.full.is_none() && hopper.windowed.is_some() && cdna3.full.is_some());
        assert!(find("vllm", ANY).windowed.is_none(), "no engine of today has one");
    }
}
