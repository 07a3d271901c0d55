//! Numbers on the way to those of a training answer, to the power of pools and to deployments over unequal hours, and places
//! in a roofline.

use super::Quantity;

impl From<Detail> for Quantity {
    fn from(detail: Detail) -> Self {
        Self::Detail(detail)
    }
}

quantities! {
    /// A number on the way to one of a training answer or to the power of pools, or a place in a roofline.
    Detail, detail_unit, every, detail_about;
    /// The rate that matrix products reach.
    ProductRate in "FLOP/s";
    /// The rate of 16-bit arithmetic that attention has its share of.
    AttentionRate in "FLOP/s";
    /// The rate that the output head's product reaches.
    HeadRate in "FLOP/s";
    /// The bandwidth that kernels between products and the optimizer reach.
    KernelBandwidth in "B/s";
    /// Time of an operator in the forward pass of one layer, by kind of layer and operator.
    LayerTime(usize, usize) in "s";
    /// Its work.
    LayerFlops(usize, usize) in "FLOP";
    /// Bytes that it moves or sends.
    LayerBytes(usize, usize) in "B";
    /// Bytes that it moves of a token.
    TokenBytes(usize) in "B";
    /// The share of its rate that so many rows leave it.
    RowsReach(usize, usize) in "";
    /// The share of its rate that its width leaves it.
    WidthReach(usize, usize) in "";
    /// Tokens that reach one expert.
    ExpertRows(usize) in "tokens";
    /// Time of one mixer, forward or backward.
    MixerTime(usize, usize) in "s";
    /// Its work, forward.
    MixerFlops(usize, usize) in "FLOP";
    /// The share of its rate that the length of sequences leaves it.
    MixerLength(usize, usize) in "";
    /// The share of its rate that the width of heads leaves it.
    MixerHead(usize, usize) in "";
    /// Time of a layer's collective before computation hides any of it.
    LayerCollective(usize, usize) in "s";
    /// One exchange between neighbours, of those that a collective consists of.
    LayerHop(usize) in "s";
    /// Dispatch to experts within fast links, and beyond them.
    DispatchTime(usize, usize) in "s";
    /// Bytes that it sends.
    DispatchBytes(usize, usize) in "B";
    /// Nodes that the experts of a token lie on.
    NodesReached(usize) in "nodes";
    /// Passes of an operator over all layers of a kind, in forward ones.
    LayerPasses(usize, usize) in "";
    /// An operator in all layers of a kind, forward and backward, of one micro-batch.
    LayerPass(usize, usize) in "s";
    /// Forward time of one layer, and the part of it that gradients of weights take again.
    LayerForward(usize, usize) in "s";
    /// The same of all layers of a kind.
    LayersForward(usize, usize) in "s";
    /// An operator of one micro-batch on the slowest stage.
    PassPart(usize) in "s";
    /// One micro-batch on the slowest stage.
    PassTime in "s";
    /// Its forward pass, its backward pass, and the part of that which computes gradients of weights.
    Turn(usize) in "s";
    /// Work of the output head, forward.
    HeadFlops in "FLOP";
    /// Time of the output head, forward.
    HeadForward in "s";
    /// Bytes that go from stage to stage.
    TransferBytes in "B";
    /// Time of one transfer between stages.
    TransferTime in "s";
    /// Kernels between products in all micro-batches.
    KernelsTime in "s";
    /// Bytes of gradients that micro-batches add to.
    AccumulatedBytes in "B";
    /// Time in which micro-batches add their gradients.
    AccumulationTime in "s";
    /// Weights that are gathered, and gradients that are reduced, in a step.
    StateBytes(usize) in "B";
    /// Bytes of them that cross between domains of fast links.
    StateOuterBytes(usize) in "B";
    /// Time of gathering or reducing them, within domains of fast links and between them.
    StateTime(usize, usize) in "s";
    /// Time of gathering weights, of reducing gradients, and of all of that in a step.
    StateCollectives(usize) in "s";
    /// Time of the computation beside them.
    StateBehind in "s";
    /// Bytes that the optimizer reads and writes.
    UpdatedBytes in "B";
    /// Bytes that the link to the host carries for the optimizer.
    OffloadedBytes in "B";
    /// Time in which it carries them.
    OffloadedTime in "s";
    /// Time in which the host updates the optimizer's states.
    HostUpdate in "s";
    /// Bytes of weights, of inputs of layers and of both that each pass of a micro-batch takes from the host.
    StreamedBytes(usize) in "B";
    /// Time in which the link to the host carries them.
    StreamedTime in "s";
    /// What of that computation does not hide.
    StreamedWait in "s";
    /// Time in which the host launches the kernels of a step.
    LaunchTime in "s";
    /// What of that computation does not hide.
    LaunchWait in "s";
    /// Waiting for the rank with the longest examples.
    UnevenWait in "s";
    /// Waiting for the slowest rank.
    StragglerWait in "s";
    /// What the host takes of every step.
    HostStep in "s";
    /// What one part of a layer keeps of a token.
    KeptPart(usize, usize) in "B";
    /// What a layer keeps of a token, by what splits it.
    Kept(usize, usize) in "B";
    /// The same where some of it is computed again.
    KeptLeft(usize, usize) in "B";
    /// The same where inputs of products are kept narrow: of a layer as it is kept, and without recomputation.
    KeptNarrow(usize, usize) in "B";
    /// What one expert keeps of a token.
    ExpertKept(usize) in "B";
    /// What scores keep of a token.
    ScoresKept(usize) in "B";
    /// What a rank keeps of a layer's residual stream, of all else, and of scores.
    LayerPart(usize, usize) in "B";
    /// What the fullest rank keeps of routed experts, before they are split.
    RoutedKept(usize, usize) in "B";
    /// Activations of one layer of a micro-batch on one rank: as they are kept, and without recomputation.
    LayerKept(usize, usize) in "B";
    /// The input of a layer.
    LayerInput in "B";
    /// Activations of all layers of a kind on a stage, of one micro-batch.
    StageLayers(usize, usize) in "B";
    /// Activations of a stage, of one micro-batch.
    StageMicro(usize) in "B";
    /// Activations that a stage holds of its layers.
    StageKept(usize) in "B";
    /// What the last norm and the head keep.
    HeadInputs in "B";
    /// Gradients of a layer's widest tensors, and streams that are gathered.
    WidestGradients(usize) in "B";
    /// What lives while one layer is worked on.
    LiveLayer(usize) in "B";
    /// What of it belongs to one layer of a kind.
    LiveOf(usize, usize) in "B";
    /// Gradients inside one layer of a kind.
    LiveGradients(usize) in "B";
    /// Weights that are whole while they are used.
    WholeWeights(usize) in "B";
    /// Copies that live in a step or a pass, by their places.
    Copy(usize, usize) in "B";
    /// Bytes of a moment of the optimizer.
    MomentBytes in "B";
    /// Bytes that the optimizer keeps of a parameter of matrices, and of all others.
    OptimizerWidth(usize) in "B";
    /// Moments of projections of low rank, and the projections.
    Projected(usize) in "B";
    /// Gradients that lie in the host's memory.
    HostGradients(usize) in "B";
    /// One frozen matrix.
    FrozenMatrix(usize, usize) in "B";
    /// All frozen matrices like it in a layer.
    FrozenCopies(usize, usize) in "B";
    /// What of a layer is neither quantised nor trained.
    FrozenRest(usize) in "B";
    /// Frozen weights of a layer.
    FrozenLayer(usize) in "B";
    /// Frozen weights of all layers of a kind on a stage.
    FrozenKind(usize, usize) in "B";
    /// Frozen weights of all layers of a stage, with those that are trained as they are.
    FrozenSum(usize) in "B";
    /// Frozen weights of all layers of a stage.
    FrozenLayers(usize) in "B";
    /// The same on one of the ranks that share them.
    FrozenBase(usize) in "B";
    /// Embeddings, head and last norm of a stage.
    FrozenOuter(usize) in "B";
    /// The same on one of the ranks that share them.
    OuterShare(usize) in "B";
    /// Trained parameters beside one matrix.
    AdapterMatrix(usize, usize) in "parameters";
    /// Trained parameters beside all matrices like it in a layer.
    AdapterCopies(usize, usize) in "parameters";
    /// Trained parameters of a layer.
    AdapterLayer(usize) in "parameters";
    /// Trained parameters of all layers of a kind.
    AdapterKind(usize) in "parameters";
    /// Trained parameters beside the output head.
    AdapterHead in "parameters";
    /// All trained parameters.
    AllTrained in "parameters";
    /// Trained parameters beside the output head on a rank.
    TrainedHead(usize) in "parameters";
    /// Trained parameters of all layers of a kind on a rank of a stage.
    TrainedKind(usize, usize) in "parameters";
    /// Trained parameters on a rank of a stage.
    Trained(usize) in "parameters";
    /// Weights that are trained.
    TrainedWeights(usize) in "B";
    /// What other models take of the accelerator.
    OtherModels in "B";
    /// What low-rank products beside one matrix keep of a token.
    ProductKept(usize, usize) in "B";
    /// The same beside all matrices of a layer.
    ProductsKept(usize) in "B";
    /// What a layer keeps of a token beside its adapters.
    SharedKept(usize) in "B";
    /// What a layer with adapters keeps of a token.
    AdaptedKept(usize) in "B";
    /// Weights with their adapters added, of a layer.
    Merged(usize) in "B";
    /// What a layer holds whether it is computed again or not.
    HeldAnyway(usize) in "B";
    /// What a layer holds whose input is kept, and one that keeps all.
    LayerHeld(usize, usize) in "B";
    /// The gradient of a layer's input.
    StreamShare in "B";
    /// Gradients of layers' inputs that outlive their layers.
    Unfreed(usize) in "B";
    /// Embeddings and head, whole while ranks share them.
    RootUnit(usize) in "B";
    /// A frozen layer, whole while ranks share it.
    LayerUnit(usize) in "B";
    /// Both.
    Units(usize) in "B";
    /// A copy of an fp32 head in 16 bit.
    HeadCopy(usize) in "B";
    /// One layer, computed again.
    AgainLayer(usize) in "B";
    /// Gradients inside a layer.
    InnerGradients(usize) in "B";
    /// Copies of frozen weights in 16 bit that one product needs.
    Dequantized(usize) in "B";
    /// A copy of the largest quantised matrix, and the sum of a matrix with its adapter.
    CopyPart(usize, usize) in "B";
    /// Both, of a layer.
    CopyAll(usize) in "B";
    /// What the engine that draws samples takes.
    RolloutEngine in "B";
    /// Blocks that an allocator holds without a use.
    UnusedBlocks in "B";
    /// What a meter would read if the device had more.
    Uncapped(usize) in "B";
    /// Weights of a stage, those of other models apart.
    OwnWeights(usize) in "B";
    /// Bytes that move beside a matrix with an adapter.
    BesideMatrix(usize, usize) in "B";
    /// Bytes that move beside the products of a layer: for each token forward and backward, and for norms of all weights.
    BesideLayer(usize, usize) in "B";
    /// Share of the time that a pool has anything to do.
    PoolBusy(usize) in "";
    /// How hard a pool's accelerators are loaded on average.
    PoolLoad(usize) in "";
    /// Mean power of one accelerator of a pool.
    PoolPowerEach(usize) in "W";
    /// Mean power of a pool.
    PoolPower(usize) in "W";
    /// FLOPs a byte moved of an operator of the roofline.
    OperatorIntensity(usize) in "FLOP/B";
    /// The rate it reaches.
    OperatorRate(usize) in "FLOP/s";
    /// The roofline's flat part: the dense peak that most of the work could run at.
    RoofPeak in "FLOP/s";
    /// The roofline's slope: what memory delivers at most.
    RoofBandwidth in "B/s";
    /// Time until a replica that is started serves.
    StartTime in "s";
    /// How often replicas start.
    Starts in "1/h";
    /// Replicas that run in the mean hour.
    MeanReplicas in "replicas";
    /// Replicas that are paid always.
    Committed in "replicas";
    /// Replicas that run beyond those in the mean hour.
    BeyondCommitted in "replicas";
    /// Share of the hours in which a replica must be needed for a commitment to pay.
    CommittedShare in "";
    /// The price of a replica that is paid always.
    CommittedPrice in "USD/h";
    /// One's own million input tokens where output costs as many times more as at a hosted price.
    OwnInputAtRatio(usize) in "USD";
    /// One's own million output tokens, likewise.
    OwnOutputAtRatio(usize) in "USD";
    /// The least requests a day at which replicas for them cost less than a hosted price.
    CrossingRequests(usize) in "requests";
}
