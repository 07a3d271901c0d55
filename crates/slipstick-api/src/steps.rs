//! Long work: how much of it a world allows, how far it is, and whether it goes on.

use crate::{ApiError, World};

/// How much may be worked out for one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Combinations of a search, a comparison or a sweep.
    pub combinations: u64,
    /// Threads that work at once.
    pub threads: usize,
}

impl Default for Bounds {
    /// Whatever is asked for.
    fn default() -> Self {
        Self { combinations: u64::MAX, threads: usize::MAX }
    }
}

impl Bounds {
    /// At most so many combinations and threads.
    pub const fn new(combinations: u64, threads: usize) -> Self {
        Self { combinations, threads }
    }

    /// Whether so many combinations may be worked out.
    ///
    /// # Errors
    /// If they are too many here: nothing of them was begun.
    pub(crate) fn admit(self, count: u64) -> Result<(), ApiError> {
        if count <= self.combinations {
            return Ok(());
        }
        let message =
            format!("{count} combinations are more than the {} that are tried here", self.combinations);
        Err(ApiError::input("question.too_large", message)
            .help("name fewer values, or ask the program on a command line"))
    }
}

/// The product of lengths, as far as numbers go; an empty list stands for one choice.
pub(crate) fn product(lengths: impl IntoIterator<Item = usize>) -> u64 {
    lengths.into_iter().fold(1, |product, length| product.saturating_mul(length.max(1) as u64))
}

/// Work of so many steps: says how far it is, and ends where nobody waits for it any more.
pub(crate) struct Steps<'a> {
    world: &'a dyn World,
    what: &'static str,
    all: u64,
    done: u64,
    said: u64,
}

impl<'a> Steps<'a> {
    /// None is done of `all`.
    pub(crate) fn new(world: &'a dyn World, what: &'static str, all: u64) -> Self {
        Self { world, what, all: all.max(1), done: 0, said: 0 }
    }

    /// So many more are done.
    ///
    /// # Errors
    /// If the work is to end here.
    pub(crate) fn advance(&mut self, by: u64) -> Result<(), ApiError> {
        self.done = self.done.saturating_add(by);
        let per_cent = u128::from(self.done) * 100 / u128::from(self.all);
        let per_cent = u64::try_from(per_cent).unwrap_or(100).min(100);
        if per_cent > self.said {
            self.said = per_cent;
            self.world.progress(self.what, per_cent);
        }
        self.world.go_on()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, product};

    #[test]
    fn what_is_too_large_is_refused_with_its_count() {
        let bounds = Bounds::new(1000, 2);
        assert_eq!(bounds.admit(1000), Ok(()));
        let refusal = bounds.admit(product([10, 0, 101])).unwrap_err();
        assert_eq!(refusal.code, "question.too_large");
        assert!(
            refusal.message.starts_with("1010 combinations are more than the 1000"),
            "{}",
            refusal.message
        );
        assert_eq!(product([usize::MAX; 9]), u64::MAX);
    }
}
