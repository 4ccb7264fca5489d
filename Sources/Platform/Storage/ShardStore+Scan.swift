internal import LevelDB
package import Protocols

extension ShardStore {
    /// Hands each living row with its point's id and hash to `body`, in the order of rows.
    package func forEachID(
        _ body: (_ row: UInt32, _ id: PointID, _ hash: UInt64) throws -> Void
    ) throws {
        try scan(withPrefix: Keyspace.idsOfRows) { key, value in
            let row = Keyspace.row(of: key)
            guard value.count > 8, let id = PointID(canonicalBytes: value.dropFirst(8)) else {
                throw corrupted("the id of row \(row)", "\(value.count) bytes that are no id")
            }
            // Within the value: it has more than eight bytes.
            try body(row, id, UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)))
        }
    }

    /// Hands each row from `row` on with its vector to `body`, in the order of rows, the rows of
    /// deleted and replaced points as well.
    ///
    /// - Throws: ``StorageError/corrupted(path:what:reason:)`` if a row is missing, and what `body` throws.
    package func forEachVector(
        fromRow row: UInt32, _ body: (_ row: UInt32, _ vector: [Float]) throws -> Void
    ) throws {
        let (lower, upper) = Keyspace.vectors(fromRow: row)
        let byteCount = description.configuration.dimension * MemoryLayout<Float>.size
        var expected = row
        try scan(from: lower, to: upper) { key, value in
            let row = Keyspace.row(of: key)
            guard row == expected else {
                throw corrupted("the vector of row \(expected)", "it is missing")
            }
            guard value.count == byteCount else {
                throw corrupted(
                    "the vector of row \(row)", "\(value.count) bytes instead of \(byteCount)")
            }
            try body(row, VectorBytes.vector(value))
            expected += 1
        }
    }

    private typealias Visit = (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> Void

    private func scan(withPrefix prefix: [UInt8], _ visit: Visit) throws {
        do {
            try database.forEach(withPrefix: prefix, visit)
        } catch let error as LevelDBError {
            throw StorageError(error)
        }
    }

    private func scan(from lower: [UInt8], to upper: [UInt8], _ visit: Visit) throws {
        do {
            try database.forEach(from: lower, to: upper, visit)
        } catch let error as LevelDBError {
            throw StorageError(error)
        }
    }
}
