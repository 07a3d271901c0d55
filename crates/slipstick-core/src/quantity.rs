//! The numbers that answers consist of, by name.
//!
//! What a document calls each and where it stands is not known here.

#[macro_use]
mod declare;
mod described;
mod detail;
mod measured;
mod step_kind;

pub use detail::Detail;
pub use measured::Measured;
pub use step_kind::StepKind;

quantities! {
    /// A number of an answer, or one on the way to it.
    Quantity, own_unit, every, own_about;
    /// Memory that the driver reports.
    Capacity in "B";
    /// Weights on one accelerator.
    Weights in "B";
    /// Weights as they are counted, before the spread of makers' checkpoints.
    CountedWeights in "B";
    /// Weights with that spread.
    WeightsBand in "B";
    /// Encoders of images and sound, from a file of their own.
    Towers in "B";
    /// What lies in the host's memory beside the device's.
    HostMemory in "B";
    /// Cache of all sequences at their full context.
    KvCache in "B";
    /// The same if every sequence were at its worst at once.
    WorstCache in "B";
    /// Recurrent state of all sequences.
    State in "B";
    /// The peak of one step.
    Activations in "B";
    /// The device context, communication buffers and libraries.
    DeviceContext in "B";
    /// Captured graphs.
    Graphs in "B";
    /// What loading adds to the weights.
    Tables in "B";
    /// What the engine leaves alone.
    Reserve in "B";
    /// What the engine itself takes.
    Overhead in "B";
    /// Everything on one accelerator.
    TotalMemory in "B";
    /// What is left of it.
    FreeMemory in "B";
    /// The pipeline stage that is shown.
    Stage in "";
    /// What cache and state may take together.
    Pool in "B";
    /// The pool before it is cut into whole blocks.
    PoolRoom in "B";
    /// Bytes of a block in all layers of a group.
    BlockBytes in "B";
    /// Blocks of the pool.
    PoolBlocks in "blocks";
    /// Blocks one request takes.
    RequestBlocks in "blocks";
    /// Blocks one request keeps while it decodes.
    RequestKept in "blocks";
    /// Blocks one request takes in a group of layers.
    GroupBlocks(usize) in "blocks";
    /// Blocks one request keeps in a group of layers while it decodes.
    GroupKept(usize) in "blocks";
    /// Blocks one request keeps in all groups of one kind of layer.
    KindKept(usize) in "blocks";
    /// Blocks of all sequences in layers of attention, as they run.
    RunningBlocks in "blocks";
    /// Layers side by side in a block of groups of several widths.
    OverlaidLayers in "layers";
    /// Tokens of a block.
    BlockTokens in "tokens";
    /// The most sequences with which the engine starts: each needs a block of state when graphs are captured.
    StateLimit in "sequences";
    /// The most sequences that were asked for.
    StateLimitAsked in "sequences";
    /// The engine's own number of sequences.
    StateLimitDefault in "sequences";
    /// Layers of a group.
    GroupLayers in "layers";
    /// Tokens the engine prints at start.
    PrintedTokens in "tokens";
    /// Requests that the pool holds.
    PoolRequests in "sequences";
    /// Memory that programs can have of the device.
    VisibleMemory in "B";
    /// What lies there before the pool is made.
    BeforePool in "B";
    /// Blocks a request takes in layers of attention while its prompt passes.
    AdmittedBlocks in "blocks";
    /// Blocks a request keeps in layers of attention while it decodes.
    KeptBlocks in "blocks";
    /// Blocks a request takes in layers with a state.
    StateBlocks in "blocks";
    /// Blocks a request takes in all groups of one kind of layer.
    KindBlocks(usize) in "blocks";
    /// Bytes a token adds to a layer of one kind, by its place among the kinds.
    CacheRow(usize) in "B";
    /// Bytes of one exact row beside a compressed cache.
    WindowRow(usize) in "B";
    /// What a row keeps beside keys and values.
    RowExtras(usize) in "B";
    /// Bytes of an index key.
    IndexKey(usize) in "B";
    /// Bytes of the scales of heads.
    HeadScales(usize) in "B";
    /// Bytes of an 8-bit latent with its scales.
    LatentRow(usize) in "B";
    /// What a compressor keeps of a token.
    CompressorState(usize) in "B";
    /// Cache of one sequence in all layers of one kind.
    LayerCache(usize) in "B";
    /// Cache of one sequence in all layers.
    SequenceCache in "B";
    /// Elements of a convolution state of one kind of layer.
    ConvState(usize) in "elements";
    /// State of one sequence in one layer of one kind.
    LayerState(usize) in "B";
    /// State of one sequence in all layers of one kind.
    KindState(usize) in "B";
    /// State of one sequence in all layers.
    SequenceState in "B";
    /// Tokens a cache is rounded up to.
    PaddedContext in "tokens";
    /// Cells of a windowed layer's cache.
    WindowCells(usize) in "tokens";
    /// The peak of a step before the engine's share of it.
    StepPeak in "B";
    /// The peak of the dense feed-forward block.
    FeedForwardPeak in "B";
    /// The peak of the routed experts.
    RoutedExpertsPeak in "B";
    /// The peak of the wider of the two.
    BlockPeak in "B";
    /// The peak of the sampler.
    SamplerPeak in "B";
    /// The peak of the output head.
    LogitsPeak in "B";
    /// Scores of unfused attention.
    EagerScores in "B";
    /// The compute buffer of a graph.
    ComputeBuffer in "B";
    /// Stream of the image encoder while an image passes.
    EncoderStream in "B";
    /// Workspace of attention for one place of a sequence.
    AttentionWorkspace in "B";
    /// Places of sequences that attention keeps a workspace for, before limits.
    WorkspacePlaces in "sequences";
    /// The share of it that the engine takes.
    ComputeBufferShare in "B";
    /// Inputs of a step in host memory.
    HostInputs in "B";
    /// Outputs of a step in host memory.
    HostOutputs in "B";
    /// The table of rotary angles.
    RotaryTable in "B";
    /// What kernels add by padding experts.
    ExpertPadding in "B";
    /// The experts' inner width after padding.
    PaddedWidth in "elements";

    /// The time of a step.
    StepTime(StepKind) in "s";
    /// Sequences that run at once on a replica.
    Sequences in "sequences";
    /// Those of them that decode at once.
    DecodingSequences in "sequences";
    /// Prompt tokens a step has room for where as many arrive as it reads.
    SharedRoom in "tokens";
    /// Prompt tokens an average step carries.
    PrefillTokensPerStep in "tokens";
    /// Prompt tokens a step has room for.
    ChunkRoom in "tokens";
    /// The same in whole prompts, where none is divided.
    WholePromptRoom in "tokens";
    /// Prompt tokens a step has room for where as many arrive as it reads, in whole prompts.
    WholeSharedRoom in "tokens";
    /// Prompt tokens of a request that the engine finds in its cache.
    CachedTokens in "tokens";
    /// Prompt tokens of a request that are read.
    ReadTokens in "tokens";
    /// Tokens that a step emits for a sequence, drafts accepted.
    ExpectedTokens in "tokens";
    /// Steps that write the output of a request.
    StepsOfOutput in "steps";
    /// Tokens of the decoding sequences in a step.
    DecodeTokens in "tokens";
    /// Tokens of one decoding sequence in a step.
    DecodeTokensOfOne in "tokens";
    /// Time of drafting in a step that decodes only.
    DraftTime in "s";
    /// The mean time of a step.
    MeanStep in "s";
    /// How many times faster a token comes than without drafts.
    SpeculationGain in "";
    /// The requests in flight from which on drafts no longer pay.
    SpeculationBreakEven in "requests";
    /// Prompt tokens of a chunk.
    ChunkTokens in "tokens";
    /// Prompt tokens of the last chunk of a prompt.
    LastChunkTokens in "tokens";
    /// The step that reads that chunk.
    LastChunkStep in "s";
    /// Prompt tokens of a step at the start of a closed loop.
    BurstStepTokens in "tokens";
    /// Such a step.
    BurstStep in "s";
    /// Chunks that arrive during a step.
    ChunksPerStep in "chunks";
    /// Chunks of one prompt.
    ChunksOfPrompt in "chunks";
    /// Share of steps that carry prefill.
    MixedStepShare in "";
    /// Share of the time the engine reads prompts, as waiting sees it.
    PromptLoad in "";
    /// The wait for prompts, in units of one.
    WaitFactor in "";
    /// The wait for prompts that arrived at the same moment.
    StartBurstWait in "s";
    /// Time between two tokens.
    Tpot in "s";
    /// Time to the first token.
    Ttft in "s";
    /// Time to the first token of a request that finds a place.
    UnqueuedTtft in "s";
    /// Time to the last token of a request that finds a place.
    UnqueuedE2e in "s";
    /// Time to the last token.
    E2e in "s";
    /// Steps that read a request's own prompt.
    OwnPrefill in "s";
    /// Wait for the running step and for prompts before it.
    Wait in "s";
    /// Wait for a place in the batch.
    Queue in "s";
    /// Requests a second that arrive.
    OfferedRate in "1/s";
    /// The fewest such deployments that hold them.
    Deployments in "deployments";
    /// Requests a second that it holds: what all places finish while each is taken.
    SustainedRate in "1/s";
    /// Share of that rate that arrives.
    OfferedLoad in "";
    /// Requests of a replica in flight, as one that arrives meets them, itself included.
    MetInFlight in "requests";
    /// Requests in flight in the mean, all replicas together.
    MeanInFlight in "requests";
    /// Share of the time that a replica has anything to do.
    BusyShare in "";
    /// Rest of the running step that a request waits for, where it may meet none.
    WaitedSteps in "steps";
    /// The same with those that settings hold it back for.
    HeldBackSteps in "steps";
    /// Wait for a place once a closed loop has settled.
    SettledQueue in "s";
    /// Prompt tokens of a step that carries any.
    CarriedTokens in "tokens";
    /// Requests a second of one replica, as its places come free.
    RateBySlots in "1/s";
    /// Requests a second of one replica, as arrivals allow.
    RateByArrivals in "1/s";
    /// Requests a second of one replica, as prompts can be read.
    RateByPrompts in "1/s";
    /// Requests a second of one replica.
    RatePerReplica in "1/s";
    /// Requests a second of one replica until the last of those that are there at once has ended.
    RateOverRun in "1/s";
    /// Requests a second.
    RequestRate in "1/s";
    /// Requests a second that one worker of a pool could serve: of the pool that reads, and of the one that writes.
    WorkerRate(usize) in "1/s";
    /// The same of all workers of a pool, and of both pools.
    PoolRate(usize) in "1/s";
    /// Share of a pool that is left over.
    PoolIdle(usize) in "";
    /// Prefill workers to a decode worker at which neither pool waits for the other.
    BalancedWorkers in "";
    /// Cache and state of one prompt, all of it.
    PromptCache in "B";
    /// What one rank of a pool keeps of it.
    RankCache(usize) in "B";
    /// As much of it as one link carries.
    LinkCache in "B";
    /// The transfer of a prompt's cache.
    CacheTransfer in "s";
    /// Input tokens a second.
    InputRate in "tokens/s";
    /// Output tokens a second.
    OutputRate in "tokens/s";
    /// Input and output tokens a second.
    TotalRate in "tokens/s";
    /// Time of an operator of the roofline.
    OperatorTime(usize) in "s";
    /// A part of it, whose rates are others than those of the rest.
    OperatorPart(usize, usize) in "s";
    /// Its work.
    OperatorFlops(usize) in "FLOP";
    /// Bytes it moves.
    OperatorBytes(usize) in "B";
    /// Bytes it sends.
    OperatorSent(usize) in "B";
    /// Experts that the tokens of a step meet.
    ExpertsTouched(StepKind) in "experts";
    /// Earlier tokens that a prompt's tokens see in the mean.
    MeanVisible in "tokens";
    /// Work of a phase, whose first operator is so far down the roofline.
    PhaseFlops(usize) in "FLOP";
    /// Bytes it moves.
    PhaseBytes(usize) in "B";
    /// FLOPs a byte of a prefill.
    PrefillIntensity in "FLOP/B";
    /// FLOPs a byte of a decode step.
    DecodeIntensity in "FLOP/B";
    /// FLOPs a byte at which arithmetic takes over.
    RidgeIntensity in "FLOP/B";
    /// The price of the whole deployment.
    Price in "USD/h";
    /// Share of the time under the load.
    Utilisation in "";
    /// The price with what interruptions lose.
    InterruptedPrice in "USD/h";
    /// Replicas that hold the rate.
    Replicas in "replicas";
    /// All replicas for an hour, with what runs beside them.
    OwnHourly in "USD/h";
    /// A million tokens of one's own.
    OwnTokenPrice in "USD";
    /// What the tokens of a full hour of one replica cost at a hosted price.
    HostedFullHour(usize) in "USD/h";
    /// What the tokens of an hour at the rate cost at a hosted price.
    HostedHour(usize) in "USD/h";
    /// A million tokens at a hosted price, at the load's mix.
    HostedTokenPrice(usize) in "USD";
    /// Share of the time under the load at which a replica costs what its tokens would at a hosted price.
    BreakEvenUtilisation(usize) in "";
    /// Tokens a month at which a replica costs what they would at a hosted price.
    BreakEvenTokens(usize) in "tokens";
    /// The same as requests a day.
    BreakEvenRequests(usize) in "requests";
    /// A price of a million input tokens.
    HostedInput(usize) in "USD";
    /// A price of a million input tokens that a provider finds in its cache.
    HostedCached(usize) in "USD";
    /// A price of a million output tokens.
    HostedOutput(usize) in "USD";
    /// Requests a second: of all replicas at full load, or asked for.
    LoadRequests(usize) in "1/s";
    /// Tokens read a second, likewise.
    LoadInput(usize) in "1/s";
    /// Tokens written a second, likewise.
    LoadOutput(usize) in "1/s";
    /// Tokens read and written a second, likewise.
    LoadTokens(usize) in "1/s";
    /// Share of the time that prompts take.
    InputShare in "";
    /// Share of the time that output takes.
    OutputShare in "";
    /// A million input tokens.
    InputCost in "USD";
    /// A million output tokens.
    OutputCost in "USD";
    /// A million tokens of both kinds.
    TokenCost in "USD";
    /// How hard steps load an accelerator.
    PowerLoad in "";
    /// How hard they load it on average, with the time in which there is nothing to do.
    LoadOverTime in "";
    /// How hard a step loads an accelerator.
    StepLoad(StepKind) in "";
    /// Mean power of one accelerator.
    PowerEach in "W";
    /// Mean power of all.
    PowerAll in "W";
    /// Energy of an output token.
    TokenEnergy in "J";
    /// Energy of a million of them.
    MillionTokensEnergy in "kWh";

    /// A number of a run that was measured.
    Measured(Measured) in "";

    /// Tokens of a training run.
    TrainingTokens in "tokens";
    /// Steps of a training run.
    TrainingSteps in "steps";
    /// Time of a training run, its failures included.
    TrainingTime in "s";
    /// Accelerator-hours of a training run.
    AcceleratorHours in "h";
    /// Price of a training run.
    TrainingCost in "USD";
    /// Energy of a training run.
    TrainingEnergy in "J";
    /// The same in the unit that it is sold by.
    TrainingKilowattHours in "kWh";
    /// Carbon dioxide of a training run.
    Emissions in "kg";
    /// Failures of a training run.
    Failures in "failures";
    /// Mean time between failures of all accelerators.
    BetweenFailures in "s";
    /// The useful share of a run's time.
    Goodput in "";
    /// Time between checkpoints that loses least.
    CheckpointInterval in "s";
    /// Stall of a checkpoint.
    CheckpointStall in "s";
    /// A checkpoint that a run can go on from.
    Checkpoint in "B";
    /// The data set of a run.
    DataSet in "B";
    /// The time of a training step.
    TrainingStep in "s";
    /// A part of the memory of a stage in a phase, by their places.
    StagePart(usize, usize) in "B";
    /// What layers, embeddings with the head, or experts add to such a part.
    StageShare(usize, usize) in "B";
    /// Chunks or micro-batches whose activations are held at once.
    StagePasses(usize) in "";
    /// All memory of a stage in a phase.
    StagePeak(usize) in "B";
    /// The stage, from 0.
    StageNumber(usize) in "";
    /// What lies in the host's memory instead.
    StageHost(usize) in "B";
    /// The largest of all stages and phases.
    TrainingPeak in "B";
    /// Tensors that live at the peak.
    Allocated in "B";
    /// Tensors that live, by their own rule.
    AllocatedAlone in "B";
    /// What the allocator took of the device.
    Reserved in "B";
    /// What the allocator took, by its own rule.
    ReservedAlone in "B";
    /// What the driver reports.
    DeviceMemory in "B";
    /// What the driver reports, by its own rule.
    DeviceAlone in "B";
    /// A part of a training step, by its place among them.
    StepPart(usize) in "s";
    /// Computation of a training step.
    StepCompute in "s";
    /// Communication of a training step that computation does not hide.
    StepCommunication in "s";
    /// A number on the way to one of a training answer.
    Detail(Detail) in "";
    /// Tokens of a training step.
    StepTokens in "tokens";
    /// Tokens a second that are trained on.
    TrainedRate in "tokens/s";
    /// The same of one accelerator.
    TrainedRateEach in "tokens/s";
    /// FLOPs of a token, by the place of the way they are counted in.
    TokenFlops(usize) in "FLOP";
    /// Work of a training step.
    StepWork(usize) in "FLOP";
    /// The rate of work of all accelerators.
    AchievedFlops(usize) in "FLOP/s";
    /// The rate of work of one.
    AchievedFlopsEach(usize) in "FLOP/s";
    /// The share of the dense peak that it is.
    TrainingUse(usize) in "";
}
