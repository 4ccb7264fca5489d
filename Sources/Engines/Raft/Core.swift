public import Primitives

/// One peer of one Raft group: everything that it decides, and nothing that it does.
///
/// A value without clock, disk, network or randomness of its own: what happens to it comes in by its
/// methods, what it wants done goes out by ``takeReady()``. The same calls in the same order give
/// the same results, bit for bit.
///
/// *Source*: Ongaro and Ousterhout 2014, figure 2; Ongaro 2014, chapters 3, 4, 6 and 9. Differs from
/// the paper: pre-vote and check-quorum are always on, changes of members are always joint, and a
/// peer's own writes become durable beside its messages.
///
/// *Invariants*: `checkInvariants()`.
public struct Core: Sendable {
    /// Which peer this is.
    public let id: PeerID
}
