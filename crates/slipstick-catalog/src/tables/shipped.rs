//! A shipped table: static rows, each made into an entry when it is first asked for.

use std::sync::OnceLock;

/// Rows and the entries that were made of them. A question about one accelerator makes one entry, not all.
pub(crate) struct Shipped<R: 'static, E: 'static> {
    rows: &'static [R],
    made: &'static [OnceLock<E>],
    make: fn(&'static R) -> E,
}

impl<R, E> Shipped<R, E> {
    /// The table of `rows`, with as many places for entries.
    pub(crate) const fn new(
        rows: &'static [R],
        made: &'static [OnceLock<E>],
        make: fn(&'static R) -> E,
    ) -> Self {
        assert!(rows.len() == made.len(), "each row has a place for its entry");
        Self { rows, made, make }
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows as they are written.
    pub(crate) const fn rows(&self) -> &'static [R] {
        self.rows
    }

    /// The entry of one row.
    pub(crate) fn get(&self, row: usize) -> &'static E {
        self.made[row].get_or_init(|| (self.make)(&self.rows[row]))
    }

    /// All entries, in the order of the rows.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &'static E> + '_ {
        (0..self.rows.len()).map(|row| self.get(row))
    }
}

/// Declares a shipped table: its name, the rows, the entry and how a row becomes one.
macro_rules! shipped {
    ($name:ident: $row:ty => $entry:ty, $rows:path, $make:expr) => {
        pub(crate) static $name: crate::tables::Shipped<$row, $entry> = {
            static MADE: [std::sync::OnceLock<$entry>; $rows.len()] =
                [const { std::sync::OnceLock::new() }; $rows.len()];
            crate::tables::Shipped::new(&$rows, &MADE, $make)
        };
    };
}
pub(crate) use shipped;

/// The rows that a name leads to in a sorted index of names: those of the lowest rank that knows it.
pub(crate) fn first_rank(
    index: &'static [(&'static str, u8, u16)],
    name: &str,
) -> impl Iterator<Item = usize> + use<> {
    let rest = &index[index.partition_point(|(known, ..)| *known < name)..];
    let of_name = &rest[..rest.partition_point(|(known, ..)| *known == name)];
    let lowest = of_name.first().map(|(_, rank, _)| *rank);
    of_name.iter().take_while(move |(_, rank, _)| Some(*rank) == lowest).map(|(_, _, row)| usize::from(*row))
}
