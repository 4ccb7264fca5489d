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
    ///   - batchSize: How many points a request has, 1 to 10,000; nil: about 4 MiB of vectors.
    ///   - onProgress: Called after each batch with the number of points acknowledged so far.
    /// - Returns: How many points were sent.
    @discardableResult
    public func upload(
        _ points: some Sequence<Point>, into collection: String, batchSize: Int? = nil,
        onProgress: (_ acknowledgedCount: Int) -> Void = { _ in }
    ) async throws -> Int {
        try await upload(
            AtOnce(base: points), into: collection, batchSize: batchSize, onProgress: onProgress)
    }

    /// Upserts points as they come, in batches, some of them at once.
    ///
    /// A point is asked for only once there is room for its batch: a source that is faster than the
    /// database is held up. A batch is sent when it is full or the source ends, so that of a source
    /// that pauses some points wait here. Of two points with one id in different batches either may
    /// win. The first error, of the source or of the database, ends the upload; batches that were
    /// acknowledged before stay.
    ///
    /// - Parameters:
    ///   - points: The points, in any number.
    ///   - collection: Where they go.
    ///   - batchSize: How many points a request has, 1 to 10,000; nil: about 4 MiB of vectors.
    ///   - onProgress: Called after each batch with the number of points acknowledged so far.
    /// - Returns: How many points were sent.
    @discardableResult
    public func upload<Points: AsyncSequence>(
        _ points: Points, into collection: String, batchSize: Int? = nil,
        onProgress: (_ acknowledgedCount: Int) -> Void = { _ in }
    ) async throws -> Int where Points.Element == Point {
        precondition(
            (1...UpsertRequest.maxPointCount).contains(batchSize ?? 1),
            "a batch of \(batchSize ?? 1) points; use 1 to \(UpsertRequest.maxPointCount)")
        return try await withThrowingTaskGroup(of: Int.self) { group in
            var acknowledgedCount = 0
            var sendingCount = 0
            var batch: [Point] = []
            var iterator = points.makeAsyncIterator()
            while true {
                let point = try await iterator.next()
                if let point { batch.append(point) }
                let size = batchSize ?? Self.batchSize(of: batch.first)
                guard batch.count == size || point == nil else { continue }
                if !batch.isEmpty {
                    if sendingCount == settings.uploadConcurrency,
                        let count = try await group.next()
                    {
                        acknowledgedCount += count
                        sendingCount -= 1
                        onProgress(acknowledgedCount)
                    }
                    group.addTask { [batch] in try await self.send(batch, to: collection) }
                    sendingCount += 1
                    batch = []
                }
                if point == nil { break }
            }
            while let count = try await group.next() {
                acknowledgedCount += count
                onProgress(acknowledgedCount)
            }
            return acknowledgedCount
        }
    }

    /// How many bytes of vectors a batch has about: enough that the round trip does not count.
    private static let batchByteCount = 4 << 20
    /// The most points of a batch whose size nobody has chosen, whatever their vectors.
    private static let maxBatchSize = 1_000

    private static func batchSize(of point: Point?) -> Int {
        let byteCount = MemoryLayout<Float>.size * max(point?.vector.count ?? 1, 1)
        return min(max(batchByteCount / byteCount, 1), maxBatchSize)
    }

    private func send(_ batch: [Point], to collection: String) async throws -> Int {
        try await upsert(batch, into: collection)
        return batch.count
    }
}

/// A sequence as an asynchronous one that never waits.
struct AtOnce<Base: Sequence>: AsyncSequence {
    typealias Element = Base.Element
    let base: Base

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.Iterator

        mutating func next() async -> Element? { base.next() }
    }
}
