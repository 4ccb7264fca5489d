import Client
import Foundation
import Protocols

/// Reads a source and upserts it in batches, several at once.
struct Importer {
    let client: VectronClient
    let collection: String
    let decoder: RowDecoder
    let batchSize: Int
    let concurrency: Int

    /// How often a batch is sent again, with pauses that double from a tenth of a second: about 25
    /// seconds, longer than a worker takes to restart.
    private static let maxAttemptCount = 9

    /// Why an import ended early, and where to go on.
    struct Interrupted: Error {
        let cause: any Error
        let acknowledged: AcknowledgedRows
    }

    /// Imports everything from the source's next row on.
    ///
    /// - Throws: ``Interrupted``.
    func run(
        _ source: ImportSource, onProgress: (AcknowledgedRows, ImportSource) -> Void
    ) async throws(Interrupted) -> AcknowledgedRows {
        var acknowledged = AcknowledgedRows(from: source.nextRow)
        do {
            try await withThrowingTaskGroup(of: Range<Int>.self) { group in
                var isAtEnd = false
                var runningCount = 0
                while true {
                    while !isAtEnd, runningCount < concurrency {
                        let rows = try source.next(batchSize)
                        isAtEnd = rows.isEmpty
                        guard !rows.isEmpty else { break }
                        group.addTask { try await store(rows) }
                        runningCount += 1
                    }
                    guard let stored = try await group.next() else { break }
                    runningCount -= 1
                    acknowledged.insert(stored)
                    onProgress(acknowledged, source)
                }
            }
        } catch {
            throw Interrupted(cause: error, acknowledged: acknowledged)
        }
        return acknowledged
    }

    private func store(_ rows: [ImportRow]) async throws -> Range<Int> {
        let points = try rows.map { try decoder.point($0) }
        var pause = Duration.milliseconds(100)
        for attempt in 1... {
            do {
                try await client.upsert(points, into: collection)
                break
            } catch let error as ServiceError {
                guard attempt < Self.maxAttemptCount, Self.mayRepeat(error) else { throw error }
            }
            try await Task.sleep(for: pause)
            pause = pause * 2
        }
        guard let first = rows.first else { preconditionFailure("a batch without rows") }
        return first.number..<first.number + rows.count
    }

    /// An upsert of the same points does no harm when it runs twice.
    private static func mayRepeat(_ error: ServiceError) -> Bool {
        error.isRetryable || error.code == .unknownOutcome || error.code == .deadlineExceeded
    }
}
