//! What the rules of every engine are made of, and how they are read.

use super::{
    BlockLayout, Command, EngineOptions, Launch, Setting,
    caches::CacheLayer,
    demand::{Demand, RankLoad, Stage},
};
use crate::{basis::Known, hardware::Accelerator, trace::Trace, units::Bytes};

/// The limits an engine picks on devices of at least some memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchDefault {
    /// The smallest memory it applies to.
    pub from_memory: Bytes,
    /// Parts of device names it does not apply to.
    pub except: Vec<String>,
    /// Tokens of one step at most.
    pub max_batched_tokens: u64,
    /// Sequences at once at most.
    pub max_sequences: u64,
}

impl BatchDefault {
    /// The first of `defaults` that applies to a device.
    pub fn pick<'a>(defaults: &'a [Self], memory: Bytes, device: &str) -> Option<&'a Self> {
        let device = device.to_ascii_lowercase();
        let applies = |default: &&Self| {
            memory >= default.from_memory && !default.except.iter().any(|part| device.contains(part.as_str()))
        };
        defaults.iter().find(applies)
    }
}

/// Bytes of an element of a recurrent layer's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateBytes {
    /// Of its convolution.
    pub conv: u64,
    /// Of the recurrent state itself.
    pub recurrent: u64,
}

impl StateBytes {
    /// Everything in 16 bits, as published figures count it.
    pub const SIXTEEN_BITS: Self = Self { conv: 2, recurrent: 2 };
}

/// What an engine's scheduler puts into one step, as far as anything limits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepLimits {
    /// Sequences at most.
    pub sequences: Option<u64>,
    /// Tokens at most.
    pub tokens: Option<u64>,
}

impl StepLimits {
    /// No limits.
    pub const NONE: Self = Self { sequences: None, tokens: None };
}

/// What an engine takes whatever the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overheads {
    /// Memory outside the allocator on one device.
    pub alone: Known<Bytes>,
    /// The same where ranks communicate.
    pub parallel: Known<Bytes>,
    /// Memory of captured graphs.
    pub graphs: Known<Bytes>,
}

impl Overheads {
    /// Nothing.
    pub const NONE: Self = Self { alone: Known::ZERO, parallel: Known::ZERO, graphs: Known::ZERO };
}

/// Whether an engine keeps the caches of earlier prompts, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixCaching {
    /// For every request, unless it is turned off.
    On,
    /// For every request, if it is turned on.
    Off,
    /// Each slot keeps that of its last request alone.
    Slots,
    /// Never.
    Never,
}

/// Whether an engine divides prompts that do not fit into a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunking {
    /// Unless it is turned off.
    On,
    /// If it is turned on.
    Off,
    /// Always: it cannot be turned off.
    Always,
}

/// The formats that people use under an engine, the mildest first, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualFormats {
    /// Weights that make a model smaller.
    pub smaller_weights: &'static [&'static str],
    /// Caches that are smaller.
    pub smaller_caches: &'static [&'static str],
    /// Weights to look at first where none is asked for; `checkpoint` is what its authors published.
    pub weights: &'static [&'static str],
}

/// What is asked of an engine's rules, each engine's own file answering.
pub(crate) trait Rules {
    /// What it keeps recurrent state in.
    fn state(&self) -> StateBytes;

    /// The limits it picks itself on a device.
    fn limits(&self, _device: &Accelerator) -> StepLimits {
        StepLimits::NONE
    }

    /// What it takes whatever the model.
    fn overheads(&self) -> Overheads;

    /// Whether its cache is allocated for the longest context of every sequence when it starts, rather than as they grow.
    fn reserves_context(&self) -> bool {
        false
    }

    /// Whether it admits a request only where its whole output will fit as well, rather than as its cache grows.
    fn reserves_output(&self) -> bool {
        false
    }

    /// Whether it refuses to start where its pool does not hold one sequence of the longest context.
    fn wants_whole_context(&self) -> bool {
        false
    }

    /// More sequences at once than this it refuses to start with.
    fn most_sequences(&self) -> Option<u64> {
        None
    }

    /// The settings that it reads on a device: any other would change nothing.
    fn settings(&self, device: &Accelerator) -> &'static [Setting];

    /// The formats that people use under it.
    fn formats(&self) -> UsualFormats {
        UsualFormats {
            smaller_weights: &["fp8", "nvfp4", "awq"],
            smaller_caches: &["fp8"],
            weights: &["checkpoint", "fp8", "awq"],
        }
    }

    /// Whether it keeps the caches of earlier prompts, of a model that keeps recurrent state or not.
    fn prefix_caching(&self, has_state: bool) -> PrefixCaching;

    /// Tokens of the blocks in which it finds a prefix again: only whole ones are.
    fn prefix_block(&self, _options: &EngineOptions, _device: &Accelerator) -> u64 {
        1
    }

    /// Whether it divides prompts that do not fit into a step.
    fn chunking(&self) -> Chunking;

    /// Whether it keeps compressed caches in 8 bits on a device, unless told otherwise.
    fn compresses_in_eight_bits(&self, device: &Accelerator) -> bool {
        let _ = device;
        false
    }

    /// The ways of drafting that it knows, by name.
    fn speculation(&self) -> &str;

    /// How far the vocabulary of a drafting model may be from that of the model, in tokens.
    fn draft_vocabulary(&self) -> u64 {
        0
    }

    /// Whether it splits layers over accelerators rather than each layer.
    fn splits_layers(&self) -> bool {
        false
    }

    /// Whether an 8-bit cache of latents under sparse attention keeps scales.
    fn scales_sparse_latents(&self) -> bool {
        false
    }

    /// Whether attention keeps a workspace for every place of a sequence on a device.
    fn keeps_attention_workspace(&self, _device: &Accelerator) -> bool {
        false
    }

    /// Whether encoders of images and sound come in a file of their own, which is loaded when asked for.
    fn loads_towers_apart(&self) -> bool {
        false
    }

    /// Whether the printed size of the cache counts tokens of each group of layers.
    fn prints_by_group(&self) -> bool {
        false
    }

    /// Whether it starts only if its pool has a block of state for each of the most sequences at once.
    fn needs_state_blocks(&self, _stage: &Stage) -> bool {
        false
    }

    /// How the pool of a stage is divided, whatever the load, where the whole model has these caches.
    fn layout(&self, _stage: &Stage, _model: &[CacheLayer], _trace: Trace<'_>) -> BlockLayout {
        BlockLayout::default()
    }

    /// What a rank of a stage must hold.
    fn demand(&self, stage: &Stage, load: RankLoad, trace: Trace<'_>) -> Demand;

    /// The most sequences of a load that a rank can hold: [`Demand::bound`].
    fn bound(&self, stage: &Stage, load: RankLoad) -> u64 {
        self.demand(stage, RankLoad { sequences: 1, ..load }, Trace::off()).bound(stage.memory)
    }

    /// What a rank has left of its memory or its pool, whichever is less; below zero where the load does not fit.
    fn left(&self, stage: &Stage, load: RankLoad) -> i64 {
        self.demand(stage, load, Trace::off()).left(stage.memory)
    }

    /// Whether it sends caches from workers that read to workers that write.
    fn has_pools(&self) -> bool {
        false
    }

    /// The command that starts what hands requests on from workers that read to those that write, if there is one.
    fn pool_router(&self) -> Option<Command> {
        None
    }

    /// The command that starts it, if it is started by one.
    fn launch(&self, with: &Launch<'_>) -> Option<Command>;
}

/// The values of a profile by field, checked as they are read.
pub trait Facts {
    /// Why a value is missing or wrong.
    type Error;

    /// A number.
    ///
    /// # Errors
    /// As every function here: if the value is missing, or of another kind.
    fn number(&self, field: &str) -> Result<f64, Self::Error>;

    /// A whole number.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn count(&self, field: &str) -> Result<u64, Self::Error>;

    /// True or false.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn flag(&self, field: &str) -> Result<bool, Self::Error>;

    /// A size.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn bytes(&self, field: &str) -> Result<Bytes, Self::Error>;

    /// A number with its interval.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn known_number(&self, field: &str) -> Result<Known<f64>, Self::Error>;

    /// A size with its interval.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn known_bytes(&self, field: &str) -> Result<Known<Bytes>, Self::Error>;

    /// One of several words.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn word<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Result<T, Self::Error>;

    /// A text.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn text(&self, field: &str) -> Result<String, Self::Error>;

    /// Limits by device.
    ///
    /// # Errors
    /// See [`Facts::number`].
    fn batch(&self) -> Result<Vec<BatchDefault>, Self::Error>;
}

/// A kind of field that rules have.
pub(super) trait Read: Sized {
    /// Reads it.
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error>;
}

/// Lets fields of a type be read by the function of that name.
macro_rules! read_by {
    ($($type:ty: $function:ident),*) => {
        $(impl Read for $type {
            fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
                facts.$function(field)
            }
        })*
    };
}

read_by!(String: text, f64: number, u64: count, bool: flag, Bytes: bytes, Known<f64>: known_number, Known<Bytes>: known_bytes);

impl Read for PrefixCaching {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        let words = [("on", Self::On), ("off", Self::Off), ("slots", Self::Slots), ("never", Self::Never)];
        facts.word(field, &words)
    }
}

impl Read for Chunking {
    fn read<F: Facts>(facts: &F, field: &str) -> Result<Self, F::Error> {
        facts.word(field, &[("on", Self::On), ("off", Self::Off), ("always", Self::Always)])
    }
}

impl Read for Vec<BatchDefault> {
    fn read<F: Facts>(facts: &F, _: &str) -> Result<Self, F::Error> {
        facts.batch()
    }
}

impl Read for StateBytes {
    fn read<F: Facts>(facts: &F, _: &str) -> Result<Self, F::Error> {
        Ok(Self { conv: facts.count("conv_state_bytes")?, recurrent: facts.count("state_bytes")? })
    }
}

/// Declares the rules of an engine under the names that people type: a field of the struct is a field of its profiles.
macro_rules! rules {
    ($(#[$doc:meta])* $rules:ident as $name:literal $(or $alias:literal)* {
        $($(#[$about:meta])* $field:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $rules {
            $($(#[$about])* pub $field: $type,)*
        }

        impl $rules {
            pub(super) const NAME: &'static str = $name;
            pub(super) const ALIASES: &'static [&'static str] = &[$($alias),*];

            pub(super) fn read<F: $crate::engine::Facts>(_facts: &F) -> Result<Self, F::Error> {
                Ok(Self { $($field: $crate::engine::rules::Read::read(_facts, stringify!($field))?,)* })
            }
        }
    };
}
pub(super) use rules;
