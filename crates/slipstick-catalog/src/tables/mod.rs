//! The shipped tables as static rows, and the entries that are made of them when they are first asked for.

/// Declares the rows of a table: a struct whose texts are borrowed from the file that is read, or static where it is
/// shipped.
macro_rules! columns {
    ($(#[$meta:meta])* $name:ident from $file:literal {
        $($(#[$about:meta])* $field:ident: $type:ty,)*
    }) => {
        #[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
        $(#[$meta])*
        pub(crate) struct $name<'a> {
            $($(#[$about])* pub(crate) $field: $type,)*
        }

        impl crate::table::Columns for $name<'static> {
            type Row<'a> = $name<'a>;
        }
    };
}

mod columns;
mod model_columns;
mod shipped;

pub(crate) use columns::{
    AcceleratorRow, AliasRow, AttentionKernelRow, CarryRow, EngineRow, FittedRow, LevelRow, LoadProfileRow,
    MeasuredRow, NodeRow, OfferRow, OverheadRow, PromptLaunchRow, RunRow, ShareRow, SourceRow, SpreadRow,
    StackRow, TokenPriceRow, TrainingFitRow, TrainingKernelRow, TrainingMemoryRow, UseCaseRow,
};
pub(crate) use model_columns::{FormatRow, ModelRow, RatingRow};
pub(crate) use shipped::{Shipped, first_rank, shipped};

pub(crate) use generated::{
    ACCELERATOR_ALIASES, ACCELERATOR_NAMES, ACCELERATORS, ACCELERATORS_MEASURED, ATTENTION_KERNELS,
    CALIBRATION_CARRY, CALIBRATIONS, CHIP_SHARES, ENGINE_OVERHEADS, ENGINES, FORMAT_SIZES, FORMATS, LEVELS,
    LISTED_NAMES, LOAD_PROFILES, MACHINES, MEASURED_SERVING, MODEL_NAMES, MODEL_QUALITY, MODELS,
    MODELS_COUNTED, NODES, OFFERS, OFFERS_OF, PROMPT_LAUNCHES, SOURCES, SPREADS, TOKEN_PRICES,
    TRAINING_ALLOCATOR, TRAINING_ASSUMPTIONS, TRAINING_ATTENTION, TRAINING_BANDS, TRAINING_FITS,
    TRAINING_KERNELS, TRAINING_LIMITS, TRAINING_LOGITS, TRAINING_MEMORY, TRAINING_REACH, TRAINING_ROUNDS,
    TRAINING_STACKS, USE_CASES,
};

/// The rows and their indexes, as the build script writes them.
#[expect(clippy::unreadable_literal, reason = "numbers stand as they do in the tables")]
mod generated {
    use super::columns::{
        AcceleratorRow, AliasRow, AttentionKernelRow, CarryRow, EngineRow, FittedRow, LevelRow,
        LoadProfileRow, MachineRow, MeasuredRow, NodeRow, OfferRow, OverheadRow, PromptLaunchRow, RunRow,
        ShareRow, SourceRow, SpreadRow, StackLimitRow, StackRow, TokenPriceRow, TrainingAllocatorRow,
        TrainingAssumptionRow, TrainingAttentionRow, TrainingBandRow, TrainingFitRow, TrainingKernelRow,
        TrainingLogitsRow, TrainingMemoryRow, TrainingReachRow, TrainingRoundRow, UseCaseRow,
    };
    use super::model_columns::{CountedRow, FormatRow, FormatSizeRow, ModelRow, RatingRow};

    include!(concat!(env!("OUT_DIR"), "/rows.rs"));
}

/// A text of a column that may be left empty.
pub(crate) fn stated(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
