//! Linear programs of some dozens of rows, solved exactly enough to be bounded by.

/// Differences below this are rounding.
const TINY: f64 = 1e-9;

/// Steps by the steepest price, before the order of the columns decides: that cannot turn in circles.
const STEEPEST: usize = 400;

/// How the two sides of a row compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// At most.
    Most,
    /// At least.
    Least,
    /// Equal.
    Equal,
}

/// A row: coefficients by column, how they compare, and with what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) side: Side,
    pub(super) bound: f64,
}

/// The least cost, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Optimum {
    pub(super) cost: f64,
    pub(super) at: Vec<f64>,
}

/// The least of `costs` over all that is not negative and satisfies `rows`; none where nothing does.
///
/// The two-phase simplex method of Dantzig on a dense tableau, with Bland's rule after some steps.
pub(super) fn least(costs: &[f64], rows: &[Row]) -> Option<Optimum> {
    let mut tableau = Tableau::of(costs.len(), rows);
    let artificial = tableau.artificial;
    let infeasibility: Vec<f64> =
        (0..tableau.width).map(|column| if column >= artificial { 1.0 } else { 0.0 }).collect();
    let left = tableau.minimise(&infeasibility, tableau.width)?;
    if left > 1e-7 {
        return None;
    }
    tableau.drop_artificial();
    let mut all = costs.to_vec();
    all.resize(tableau.width, 0.0);
    let cost = tableau.minimise(&all, artificial)?;
    Some(Optimum { cost, at: tableau.point(costs.len()) })
}

/// Rows in terms of the columns that are not in the basis; the last cell of each is its value.
struct Tableau {
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    width: usize,
    /// The first column that only makes the first point feasible.
    artificial: usize,
}

impl Tableau {
    fn of(columns: usize, rows: &[Row]) -> Self {
        let slacks = rows.iter().filter(|row| row.side != Side::Equal).count();
        let artificial = columns + slacks;
        let width = artificial + rows.len();
        let mut tableau = Self { rows: Vec::new(), basis: Vec::new(), width, artificial };
        let mut slack = columns;
        for (place, row) in rows.iter().enumerate() {
            let sign = if row.bound < 0.0 { -1.0 } else { 1.0 };
            let mut cells = vec![0.0; width + 1];
            for (column, value) in &row.terms {
                cells[*column] += sign * value;
            }
            cells[width] = sign * row.bound;
            let mut basic = artificial + place;
            if row.side != Side::Equal {
                let side = if row.side == Side::Most { sign } else { -sign };
                cells[slack] = side;
                if side > 0.0 {
                    basic = slack;
                }
                slack += 1;
            }
            cells[basic] = 1.0;
            tableau.rows.push(cells);
            tableau.basis.push(basic);
        }
        tableau
    }

    /// The least of `costs` over the first `open` columns, from the point that the basis stands for.
    fn minimise(&mut self, costs: &[f64], open: usize) -> Option<f64> {
        let mut prices = costs.to_vec();
        prices.push(0.0);
        for (row, &basic) in self.rows.iter().zip(&self.basis) {
            add(&mut prices, row, -costs[basic]);
        }
        let mut steps = 0;
        while let Some(column) = entering(&prices[..open], steps < STEEPEST) {
            let row = self.leaving(column)?;
            self.pivot(row, column);
            let price = prices[column];
            add(&mut prices, &self.rows[row], -price);
            steps += 1;
        }
        Some(-prices[self.width])
    }

    /// The row that limits a column first; of equal ones that of the first column.
    fn leaving(&self, column: usize) -> Option<usize> {
        let ratio = |row: &Vec<f64>| row[self.width] / row[column];
        let limits = self.rows.iter().enumerate().filter(|(_, row)| row[column] > TINY);
        let first = limits
            .min_by(|(a, x), (b, y)| ratio(x).total_cmp(&ratio(y)).then(self.basis[*a].cmp(&self.basis[*b])));
        first.map(|(row, _)| row)
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let by = self.rows[row][column];
        self.rows[row].iter_mut().for_each(|cell| *cell /= by);
        let pivot = self.rows[row].clone();
        for (other, cells) in self.rows.iter_mut().enumerate() {
            if other != row {
                let by = -cells[column];
                add(cells, &pivot, by);
            }
        }
        self.basis[row] = column;
    }

    /// Takes columns that only made the first point feasible out of the basis; a row that has no other says nothing.
    fn drop_artificial(&mut self) {
        for row in (0..self.rows.len()).rev() {
            if self.basis[row] < self.artificial {
                continue;
            }
            let other = (0..self.artificial).find(|&column| self.rows[row][column].abs() > TINY);
            if let Some(column) = other {
                self.pivot(row, column);
            } else {
                self.rows.swap_remove(row);
                self.basis.swap_remove(row);
            }
        }
    }

    fn point(&self, columns: usize) -> Vec<f64> {
        let mut at = vec![0.0; columns];
        for (row, &basic) in self.rows.iter().zip(&self.basis) {
            if basic < columns {
                at[basic] = row[self.width].max(0.0);
            }
        }
        at
    }
}

/// The column whose price falls the most, or the first that falls.
fn entering(prices: &[f64], steepest: bool) -> Option<usize> {
    let mut falling = prices.iter().enumerate().filter(|(_, price)| **price < -TINY);
    if steepest {
        return falling.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(column, _)| column);
    }
    falling.next().map(|(column, _)| column)
}

fn add(to: &mut [f64], row: &[f64], by: f64) {
    if by == 0.0 {
        return;
    }
    for (cell, other) in to.iter_mut().zip(row) {
        *cell += by * other;
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, Side, least};

    fn row(terms: &[f64], side: Side, bound: f64) -> Row {
        Row { terms: terms.iter().copied().enumerate().collect(), side, bound }
    }

    /// Dantzig's own kind of example: most of 3x + 5y with x <= 4, 2y <= 12, 3x + 2y <= 18 is 36, at 2 and 6.
    #[test]
    fn a_corner_is_found() {
        let rows = [
            row(&[1.0, 0.0], Side::Most, 4.0),
            row(&[0.0, 2.0], Side::Most, 12.0),
            row(&[3.0, 2.0], Side::Most, 18.0),
        ];
        let found = least(&[-3.0, -5.0], &rows).expect("bounded");
        assert!((found.cost + 36.0).abs() < 1e-9, "{found:?}");
        assert!((found.at[0] - 2.0).abs() < 1e-9 && (found.at[1] - 6.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn equalities_and_floors_hold_and_what_cannot_be_is_none() {
        let rows = [row(&[1.0, 1.0], Side::Equal, 1.0), row(&[1.0, 0.0], Side::Least, 0.25)];
        let found = least(&[2.0, 1.0], &rows).expect("feasible");
        assert!((found.cost - 1.25).abs() < 1e-9, "{found:?}");
        // The same equality twice leaves a row that says nothing.
        let twice = [rows[0].clone(), rows[0].clone(), rows[1].clone()];
        assert_eq!(least(&[2.0, 1.0], &twice).map(|found| found.at), Some(found.at));
        assert!(least(&[1.0], &[row(&[1.0], Side::Most, 1.0), row(&[1.0], Side::Least, 2.0)]).is_none());
        assert!(least(&[-1.0], &[row(&[1.0], Side::Least, 2.0)]).is_none(), "without end");
    }
}
