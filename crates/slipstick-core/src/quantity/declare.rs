//! The macro that declares quantities.

/// Declares an enumeration of quantities, each with its unit, and what tells unit, all of them and meaning.
macro_rules! quantities {
    ($(#[doc = $about:literal])* $enum:ident, $unit_of:ident, $all:ident, $about_of:ident;
        $($(#[doc = $doc:literal])* $name:ident $(($($inner:tt),*))? in $unit:literal;)*) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $enum {
            $($(#[doc = $doc])* $name $(($($inner),*))?,)*
        }

        impl $enum {
            /// Its base unit; empty for a pure number.
            pub(super) const fn $unit_of(self) -> &'static str {
                match self {
                    $(quantities!(@pattern $name $(($($inner),*))?) => $unit,)*
                }
            }

            /// Every quantity; of those with a place among equals the first.
            pub(super) fn $all() -> Vec<Self> {
                [$(quantities!(@each $name $(($($inner),*))?)),*].concat()
            }

            /// What it is, in a line.
            pub(super) const fn $about_of(self) -> &'static str {
                match self {
                    $(quantities!(@pattern $name $(($($inner),*))?) => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
    (@each $name:ident) => { vec![Self::$name] };
    (@each $name:ident (usize)) => { vec![Self::$name(0)] };
    (@each $name:ident (usize, usize)) => { vec![Self::$name(0, 0)] };
    (@each $name:ident (Detail)) => { Detail::every().into_iter().map(Self::$name).collect::<Vec<_>>() };
    (@each $name:ident (Measured)) => { Measured::every().into_iter().map(Self::$name).collect::<Vec<_>>() };
    (@each $name:ident (StepKind)) => { StepKind::ALL.map(Self::$name).to_vec() };
    (@pattern $name:ident) => { Self::$name };
    (@pattern $name:ident ($($inner:tt),*)) => { Self::$name(..) };
}
