internal import LevelDB
package import Protocols

extension ShardStore {
    /// Points in the order of their ids, as many as fit.
    package struct Page: Sendable, Equatable {
        /// The points; without a part that was not asked for, vector or payload are empty.
        package var points: [StoredPoint]
        /// How many bytes their ids, vectors and payloads have.
        package var byteCount: Int
        /// Whether there is no point behind these.
        package var isLast: Bool
    }

    /// The points whose ids follow `id`, in the order of ``PointID``, which is that of the keys, at one
    /// moment.
    ///
    /// - Parameters:
    ///   - id: Need not exist; nil begins with the first point.
    ///   - limit: The most points, 1 or more.
    ///   - byteCount: The page ends with the point that reaches it.
    ///   - parts: What of the points.
    /// - Complexity: O(limit) reads, wherever the page begins.
    package func page(
        after id: PointID?, limit: Int, byteCount: Int, parts: PointParts
    ) throws -> Page {
        precondition(limit > 0 && byteCount > 0, "a page of \(limit) points, \(byteCount) bytes")
        let snapshot = database.snapshot()
        var page = Page(points: [], byteCount: 0, isLast: true)
        do {
            var rows = Iterator(
                of: database, in: snapshot, from: Keyspace.rows(after: id),
                to: Keyspace.endOfRowsOfIDs)
            while let found = try rows.next({ key, value in
                (PointID(canonicalBytes: key.dropFirst()), Array(value))
            }) {
                guard page.points.count < limit, page.byteCount < byteCount else {
                    page.isLast = false
                    break
                }
                guard let id = found.0, found.1.count == 4 else {
                    throw corrupted("the row of a point", "a key or value that is none")
                }
                let point = try point(
                    id, row: found.1.littleEndian(at: 0, as: UInt32.self), parts: parts,
                    in: snapshot)
                page.points.append(point)
                page.byteCount += point.byteCount
            }
        } catch let error as LevelDBError {
            throw StorageError(error)
        }
        return page
    }
}

extension StoredPoint {
    /// What it takes in a page.
    fileprivate var byteCount: Int {
        let vectorByteCount = vector.count * MemoryLayout<Float>.size
        return id.canonicalBytes.count + vectorByteCount + payload.count
    }
}
