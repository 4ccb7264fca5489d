import Logging
import Primitives
import Storage

extension ShardReplica {
    /// Counts changes towards the next checkpoint.
    func noteChanges(_ count: Int, byteCount: Int) {
        let index = content.index
        let isDue = policy.note(
            count, byteCount: byteCount, rowCount: index.slotCount,
            graphByteCount: index.graphByteCount)
        if isDue { beginCheckpoint() }
    }

    /// Writes the graph if nothing was written to the shard for some calls, and measures what
    /// recall takes if that has changed; called each second.
    package func tick() {
        removeOldStores()
        beginCalibration()
        if policy.tick(appliedIndex: machine.state.appliedIndex) { beginCheckpoint() }
    }

    /// Copies what has changed of the graph and has it written on a thread for that.
    ///
    /// One at a time: changes meanwhile count towards the next.
    private func beginCheckpoint() {
        guard checkpointing == nil, policy.changeCount > 0 else { return }
        let start = ContinuousClock.now
        let content = content
        let copy = content.index.beginCheckpoint()
        policy.reset()
        let stall = ContinuousClock.now - start
        // `close` and `checkpoint` wait for it.
        checkpointing = Task {
            do {
                let stored = try await checkpointers.run { try copy.write() }
                content.index.finish(stored)
                note(stored, stall: stall, duration: ContinuousClock.now - start)
            } catch {
                // The store has fenced itself; the next entry's write fails and ends the process.
                logger.error(
                    "the graph could not be written",
                    metadata: ["shard.id": "\(description.shard)", "error": "\(error)"])
            }
            checkpointing = nil
        }
    }

    private func note(_ stored: StoredCheckpoint, stall: Duration, duration: Duration) {
        let counts = content.store.byteCounts
        logger.info(
            "the graph was written",
            metadata: [
                "shard.id": "\(description.shard)", "row.count": "\(stored.slotCount)",
                "byte.count": "\(stored.byteCount)", "stall": "\(stall)", "duration": "\(duration)",
                "point.bytes": "\(counts.points)", "graph.bytes": "\(counts.graph)",
            ])
    }

    /// Writes what has changed of the graph, and returns when it is on the disk.
    package func checkpoint() async {
        // One that runs may have been copied before the last change.
        await checkpointing?.value
        beginCheckpoint()
        await checkpointing?.value
    }
}
