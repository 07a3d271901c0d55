//! One weight: a matrix, a table or a vector, possibly in several equal copies.

use std::borrow::Cow;

use super::Role;

/// A module's name or path. Those of the known architectures are static and cost nothing to copy; others are built when
/// the model is.
pub type Name = Cow<'static, str>;

/// Whether a weight takes memory of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// It does.
    Own,
    /// It is another weight under a second name, such as a tied head. It costs work, not memory.
    Alias,
    /// It is the same weight under the same name, used once more at another depth. It costs work, not memory, and no
    /// count of names sees it.
    Reused,
}

/// A weight of `rows` outputs by `cols` inputs; a vector has one column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Weight {
    /// Module path inside its layer or component, as checkpoints name it: `self_attn.q_proj`.
    pub name: Name,
    /// What it is for.
    pub role: Role,
    /// Output features.
    pub rows: u64,
    /// Input features; 1 for a vector.
    pub cols: u64,
    /// Equal tensors: the number of experts, or of equal encoder layers.
    pub copies: u64,
    /// How many of the copies one token passes through.
    pub active: u64,
    /// Indivisible units along the axis that tensor parallelism splits (heads); 0 if any split will do.
    pub units: u64,
    /// Whether it takes memory of its own.
    pub storage: Storage,
}

impl Weight {
    /// A matrix that every token passes through once.
    pub fn matrix(name: impl Into<Name>, role: Role, rows: u64, cols: u64) -> Self {
        let name = name.into();
        Self { name, role, rows, cols, copies: 1, active: 1, units: 0, storage: Storage::Own }
    }

    /// A vector: a bias, a norm's scale.
    pub fn vector(name: impl Into<Name>, role: Role, len: u64) -> Self {
        Self::matrix(name, role, len, 1)
    }

    /// The same in `copies` equal tensors, all active.
    #[must_use]
    pub const fn repeated(mut self, copies: u64) -> Self {
        self.copies = self.copies.saturating_mul(copies);
        self.active = self.active.saturating_mul(copies);
        self
    }

    /// The same for each of `copies` experts, of which one token uses `active`.
    #[must_use]
    pub const fn routed(mut self, copies: u64, active: u64) -> Self {
        self.copies = copies;
        self.active = active;
        self
    }

    /// Split by tensor parallelism only between `units` heads.
    #[must_use]
    pub const fn by_heads(mut self, units: u64) -> Self {
        self.units = units;
        self
    }

    /// The same, stored elsewhere.
    #[must_use]
    pub const fn alias(mut self) -> Self {
        self.storage = Storage::Alias;
        self
    }

    /// The same weight, used once more.
    #[must_use]
    pub const fn reused(mut self) -> Self {
        self.storage = Storage::Reused;
        self
    }

    /// The same in another role: a decoder block inside an encoder or a tower.
    #[must_use]
    pub const fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Whether it takes memory of its own.
    pub const fn is_stored(&self) -> bool {
        matches!(self.storage, Storage::Own)
    }

    /// Whether it is a vector or a scalar, which quantisers leave alone.
    pub const fn is_vector(&self) -> bool {
        self.cols == 1 || self.rows == 1
    }

    /// Elements of all copies.
    pub const fn parameters(&self) -> u64 {
        self.rows.saturating_mul(self.cols).saturating_mul(self.copies)
    }

    /// Elements one token passes through.
    pub const fn active_parameters(&self) -> u64 {
        self.rows.saturating_mul(self.cols).saturating_mul(self.active)
    }
}
