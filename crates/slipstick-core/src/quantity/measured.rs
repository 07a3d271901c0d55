//! Numbers of a run that was measured.

quantities! {
    /// A number of a run that was measured, or one on the way to it.
    Measured, measured_unit, every, measured_about;
    /// Elapsed time of a run.
    RunTime in "s";
    /// Tokens generated, of all sequences.
    RunOutput in "tokens";
    /// Tokens read, of all sequences.
    RunInput in "tokens";
    /// Sequences that ran together.
    RunBatch in "sequences";
    /// Elapsed time over all generated tokens.
    TokenLatency in "s";
    /// Time between two tokens of one sequence of a run.
    StepLatency in "s";
    /// Bytes of weights that the batch touches in a step.
    WeightsRead in "B";
    /// Bytes of cache that a step reads at the mean context.
    CacheRead in "B";
    /// Both.
    ReadPerStep in "B";
    /// The rate of reading them.
    ReadRate in "B/s";
    /// The share of the peak that it is.
    BandwidthUtilisation in "share";
    /// Work of all tokens, by the place of the way it is counted in.
    Work(usize) in "FLOP";
    /// Work of a token that is written.
    WrittenToken(usize) in "FLOP";
    /// Work of a token that is read.
    ReadToken(usize) in "FLOP";
    /// The rate of work.
    WorkRate(usize) in "FLOP/s";
    /// The share of the peak that it is.
    FlopsUtilisation(usize) in "share";
    /// Accelerators.
    Accelerators in "accelerators";
    /// The dense peak of one.
    PeakFlops in "FLOP/s";
    /// The memory bandwidth of one.
    PeakBandwidth in "B/s";
}
