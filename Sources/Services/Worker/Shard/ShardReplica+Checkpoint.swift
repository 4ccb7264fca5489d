import Logging
import Storage

extension ShardReplica {
    /// After how many changes the graph of so many rows is written: what a restart has to insert
    /// again at most.
    ///
    /// Inserts touch chunks all over the graph, so that a checkpoint writes nearly all of it; a
    /// number that grows with the graph keeps that a constant share of the work.
    package static func changesPerCheckpoint(rowCount: Int) -> Int {
        max(20_000, rowCount / 10)
    }

    /// Counts changes towards the next checkpoint.
    func noteChanges(_ count: Int) {
        changesSinceCheckpoint += count
        guard changesSinceCheckpoint >= Self.changesPerCheckpoint(rowCount: rowCount) else {
            return
        }
        checkpointOrSayWhy()
    }

    /// For how many calls without a write in between a shard counts as idle.
    private static let idleTickCount = 5

    /// Writes the graph if nothing was written for some calls; called each second.
    package func tick() {
        removeOldStores()
        let appliedIndex = machine.state.appliedIndex
        if changesSinceCheckpoint == 0 || appliedIndex != appliedIndexAtTick {
            appliedIndexAtTick = appliedIndex
            idleTicks = 0
            return
        }
        idleTicks += 1
        if idleTicks >= Self.idleTickCount { checkpointOrSayWhy() }
    }

    private func checkpointOrSayWhy() {
        do {
            try checkpoint()
        } catch {
            // The store has fenced itself; the next entry's write fails and ends the process.
            logger.error(
                "the graph could not be written",
                metadata: ["shard.id": "\(description.shard)", "error": "\(error)"])
        }
    }

    /// Writes the graph if it has changed.
    ///
    /// Blocks the writer meanwhile, no reader.
    package func checkpoint() throws {
        guard changesSinceCheckpoint > 0 else { return }
        changesSinceCheckpoint = 0
        let content = content
        try content.index.checkpoint(into: content.store)
    }
}
