import Logging
import Primitives
package import Protocols
import Storage
import Synchronization

// MARK: - Calibration

extension ShardReplica {
    /// Has it measured what recall takes if the shard has grown by half since, on a thread for that.
    ///
    /// One at a time. Searches go by what was measured last meanwhile.
    func beginCalibration() {
        guard calibrating == nil, content.index.isCalibrationDue else { return }
        let (content, start) = (content, ContinuousClock.now)
        // `close` waits for it; it ends early then, as it does when a snapshot has come.
        calibrating = Task {
            let measured = try? await measurers.run { [self] in  // refused: at another tick then
                content.index.calibrate(while: { isUsed(content) })
            }
            note(measured ?? nil, of: content, duration: ContinuousClock.now - start)
            calibrating = nil
        }
    }

    /// Whether searches are made in a content, now and later.
    private nonisolated func isUsed(_ content: ShardContent) -> Bool {
        shared.withLock { $0.refusal == nil && $0.content.index === content.index }
    }

    private func note(
        _ measured: (efSearch: Int, recall: Double)?, of content: ShardContent, duration: Duration
    ) {
        guard let measured else { return }
        logger.debug(
            "the recall of searches was measured",
            metadata: [
                "shard.id": "\(description.shard)", "row.count": "\(content.index.slotCount)",
                "ef.search": "\(measured.efSearch)", "recall": "\(measured.recall)",
                "duration": "\(duration)",
            ])
    }

    /// Returns when no measurement is under way; for tests.
    package func calibration() async {
        beginCalibration()
        await calibrating?.value
    }
}

// MARK: - Measurement

extension ShardReplica {
    /// Measures how well searches find the true neighbours, on a thread for that; the leader's.
    package nonisolated func measureRecall(
        _ check: RecallCheck, on worker: String
    ) async throws -> ShardRecall {
        try check.validate()
        if let refusal = shared.withLock({ $0.refusal }) { throw refusal }
        guard isLeader else {
            throw ServiceError.notLeader(worker, of: "shard \(description.shard)", leader: nil)
        }
        let content = content
        let recall = try await measurers.run { content.index.measureRecall(check) }
        return ShardRecall(
            shard: description.shard, worker: worker, pointCount: pointCount,
            efSearch: recall.efSearch, points: recall.points, mixtures: recall.mixtures)
    }
}
