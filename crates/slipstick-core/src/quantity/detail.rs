//! Numbers on the way to those of a training answer.

quantities! {
    /// A number on the way to one of a training answer.
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
    /// What the host takes of every step.
    HostStep in "s";
}
