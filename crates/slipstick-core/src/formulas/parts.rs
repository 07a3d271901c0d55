//! Numbers that are made of parts.

crate::formula! {
    /// All parts together.
    ///
    /// `x = x_1 + x_2 + ..`
    ///
    /// $$ x = \sum_i x_i $$
    ///
    /// where x_i are the parts, all in one unit.
    ///
    /// Source: arithmetic.
    ///
    /// No published number: the parts are another formula's each.
    pub fn total(parts: &[f64]) -> f64 {
        parts.iter().sum()
    }
}

crate::formula! {
    /// The largest of several things that do not happen at once.
    ///
    /// `x = max(x_1, x_2, ..)`
    ///
    /// $$ x = \max_i x_i $$
    ///
    /// where x_i are in one unit.
    ///
    /// Source: what is freed in between is used again.
    ///
    /// No published number: the parts are another formula's each.
    pub fn largest(parts: &[f64]) -> f64 {
        parts.iter().copied().fold(0.0, f64::max)
    }
}

crate::formula! {
    /// The least of several limits.
    ///
    /// `x = min(x_1, x_2, ..)`
    ///
    /// $$ x = \min_i x_i $$
    ///
    /// where x_i are in one unit.
    ///
    /// Source: all limits hold at once.
    ///
    /// No published number: the limits are another formula's each.
    pub fn least(limits: &[f64]) -> f64 {
        limits.iter().copied().fold(f64::INFINITY, f64::min)
    }
}
