package import Primitives
import Raft

/// The store of a state machine's data: write batches are atomic and in order, and durable only once
/// they are flushed.
package struct AppliedStore {
    /// What is there after all batches.
    package private(set) var state: AppliedState
    /// What every crash leaves.
    package private(set) var durable: AppliedState
    /// What was there after each batch since.
    private var unsynced: [AppliedState] = []

    /// A new store, durable at once.
    package init(_ state: AppliedState) {
        self.state = state
        durable = state
    }

    /// Writes a batch: data, sessions and applied index together.
    package mutating func write(_ next: AppliedState) {
        if PlantedFault.appliedIndexApart.isActive {
            var apart = state
            apart.base = next.base
            unsynced.append(apart)
        }
        state = next
        unsynced.append(next)
        // The store's own background writes make old batches durable.
        if unsynced.count > 16 { durable = unsynced.removeFirst() }
    }

    /// Makes everything durable.
    package mutating func flush() {
        durable = state
        unsynced = []
    }

    /// Replaces everything by a snapshot, durably.
    package mutating func install(_ snapshot: AppliedState) {
        state = snapshot
        flush()
    }

    /// The process ends: the last batches may be gone.
    package mutating func crash(using random: inout SeededGenerator) {
        let keptCount = random.below(unsynced.count + 1)
        state = keptCount == 0 ? durable : unsynced[keptCount - 1]
        state.reopen()
        flush()
    }
}
