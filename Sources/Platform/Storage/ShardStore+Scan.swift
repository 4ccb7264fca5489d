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

    /// Hands each row from `row` to before `end` that has a vector to `body`, in the order of rows,
    /// with the bytes of its components, which are gone when `body` returns.
    ///
    /// - Throws: ``StorageError/corrupted(path:what:reason:)`` if a vector has another dimension, and
    ///   what `body` throws.
    package func forEachVector(
        fromRow row: UInt32, before end: UInt32,
        _ body: (_ row: UInt32, _ bytes: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let byteCount = description.configuration.dimension * MemoryLayout<Float>.size
        try scan(from: Keyspace.vector(ofRow: row), to: Keyspace.vector(ofRow: end)) { key, value in
            let row = Keyspace.row(of: key)
            guard value.count == byteCount else {
                throw corrupted(
                    "the vector of row \(row)", "\(value.count) bytes instead of \(byteCount)")
            }
            try body(row, value)
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
