public import Protocols

extension VectronClient {
    /// Upserts many points in batches, some of them at once.
    ///
    /// Points are taken from the sequence as batches go out, so that it need not be in memory. Of
    /// two points with one id in different batches either may win. The first error ends the
    /// upload; batches that were acknowledged before stay.
    ///
    /// - Parameters:
    ///   - points: The points, in any number.
    ///   - collection: Where they go.
    ///   - batchSize: How many points a request has.
    ///   - onProgress: Called after each batch with the number of points acknowledged so far.
    /// - Returns: How many points were sent.
    @discardableResult
    public func upload(
        _ points: some Sequence<Point>, into collection: String, batchSize: Int = 256,
        onProgress: (_ acknowledgedCount: Int) -> Void = { _ in }
    ) async throws -> Int {
        precondition(
            (1...UpsertRequest.maxPointCount).contains(batchSize),
            "a batch of \(batchSize) points; use 1 to \(UpsertRequest.maxPointCount)")
        var batches = Batches(points, size: batchSize)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var acknowledgedCount = 0
            for _ in 0..<settings.uploadConcurrency {
                guard let batch = batches.next() else { break }
                group.addTask { try await self.send(batch, to: collection) }
            }
            while let count = try await group.next() {
                acknowledgedCount += count
                onProgress(acknowledgedCount)
                guard let batch = batches.next() else { continue }
                group.addTask { try await self.send(batch, to: collection) }
            }
            return acknowledgedCount
        }
    }

    private func send(_ batch: [Point], to collection: String) async throws -> Int {
        try await upsert(batch, into: collection)
        return batch.count
    }
}

/// Parts a sequence of points into batches, the last one smaller.
private struct Batches<Points: Sequence<Point>>: IteratorProtocol {
    private var points: Points.Iterator
    private let size: Int

    init(_ points: Points, size: Int) {
        self.points = points.makeIterator()
        self.size = size
    }

    mutating func next() -> [Point]? {
        var batch: [Point] = []
        while batch.count < size, let point = points.next() { batch.append(point) }
        return batch.isEmpty ? nil : batch
    }
}
