import Storage

extension ShardReplica {
    /// After how many changes the graph is written: what a restart has to insert again at most, some
    /// ten seconds' worth.
    package static let changesPerCheckpoint = 20_000

    /// Counts changes towards the next checkpoint.
    func noteChanges(_ count: Int) {
        changesSinceCheckpoint += count
        if changesSinceCheckpoint >= Self.changesPerCheckpoint { checkpoint() }
    }

    /// Writes the graph if it has changed.
    ///
    /// Blocks the writer meanwhile, no reader.
    /// A failed write fences the replica like any other: the disk is not to be trusted any more.
    package func checkpoint() {
        guard changesSinceCheckpoint > 0 else { return }
        changesSinceCheckpoint = 0
        do {
            try index.checkpoint(into: store)
        } catch {
            fence(error)
        }
    }
}
