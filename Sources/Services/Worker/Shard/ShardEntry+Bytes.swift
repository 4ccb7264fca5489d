import Protocols
package import Raft
import Storage

/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 1 | format version: 1 |
/// | 1 | 1 | kind: 1 upsert, 2 delete, 3 open session, 4 mark hash, 5 compare hash |
/// | 2 | 1 | whether it is the write of a session: 0 or 1 |
/// | 3 | 24 or 0 | session, sequence, acknowledged sequence: 8 each |
/// | | rest | upsert: count 4, then of each point: id, vector (count 4, float32 each), payload; delete: count 4, then the ids; compare: index 8, hash 8 |
///
/// Ids are their canonical bytes, ids and payloads stand behind their count of 4 bytes. Numbers are
/// little-endian.
extension ShardEntry {
    private static let formatVersion: UInt8 = 1

    private enum Kind: UInt8 {
        case upsert = 1
        case delete = 2
        case openSession = 3
        case markHash = 4
        case compareHash = 5
    }

    /// The entry as it stands in the log.
    package var bytes: [UInt8] {
        var writer = ByteWriter(reservingCapacity: estimatedByteCount)
        writer.write(Self.formatVersion)
        writer.write(kind.rawValue)
        writer.write(write != nil)
        if let write {
            writer.write(write.session)
            writer.write(write.sequence)
            writer.write(write.acknowledged)
        }
        switch command {
        case .upsert(let points):
            writer.write(count: points.count)
            for point in points {
                writer.write(counted: point.id.canonicalBytes)
                writer.write(count: point.vector.count)
                point.vector.withUnsafeBytes { writer.append($0) }
                writer.write(counted: point.payload)
            }
        case .delete(let ids):
            writer.write(count: ids.count)
            for id in ids { writer.write(counted: id.canonicalBytes) }
        case .compareHash(let index, let hash):
            writer.write(index)
            writer.write(hash)
        case .openSession, .markHash:
            break
        }
        return writer.bytes
    }

    private var kind: Kind {
        switch command {
        case .upsert: .upsert
        case .delete: .delete
        case .openSession: .openSession
        case .markHash: .markHash
        case .compareHash: .compareHash
        }
    }

    /// About how many bytes it takes, for limits and for reserving memory.
    package var estimatedByteCount: Int {
        switch command {
        case .upsert(let points):
            points.reduce(64) { $0 + $1.vector.count * 4 + $1.payload.count + 48 }
        case .delete(let ids): 64 + ids.count * 32
        default: 64
        }
    }

    /// The entry that ``bytes`` came from.
    package init(bytes: [UInt8]) throws(ByteError) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == Self.formatVersion else {
            throw .newerVersion(supported: Self.formatVersion, found: version)
        }
        let number = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: number) else {
            throw .invalid(offset: 1, what: "a kind of command", value: number)
        }
        write = nil
        if try reader.readFlag() {
            write = WriteID(
                session: try reader.read(UInt64.self), sequence: try reader.read(UInt64.self),
                acknowledged: try reader.read(UInt64.self))
        }
        switch kind {
        case .upsert: command = .upsert(try Self.points(from: &reader))
        case .delete:
            var ids: [PointID] = []
            for _ in 0..<(try reader.readCount(ofElementsOf: 4)) {
                ids.append(try Self.id(from: &reader))
            }
            command = .delete(ids)
        case .openSession: command = .openSession
        case .markHash: command = .markHash
        case .compareHash:
            command = .compareHash(
                index: try reader.read(UInt64.self), hash: try reader.read(UInt64.self))
        }
        try reader.finish()
    }

    private static func points(
        from reader: inout ByteReader
    ) throws(ByteError) -> [StoredPoint] {
        var points: [StoredPoint] = []
        for _ in 0..<(try reader.readCount(ofElementsOf: 12)) {
            let id = try id(from: &reader)
            let dimension = try reader.readCount(ofElementsOf: MemoryLayout<Float>.size)
            let vector = try reader.readBytes(dimension * MemoryLayout<Float>.size)
            points.append(
                StoredPoint(
                    id: id, vector: [Float](littleEndianBytes: vector),
                    payload: try reader.readCounted()))
        }
        return points
    }

    private static func id(from reader: inout ByteReader) throws(ByteError) -> PointID {
        let bytes = try reader.readCounted()
        guard let id = PointID(canonicalBytes: bytes) else {
            throw .invalid(offset: reader.offset, what: "an id", value: bytes.first ?? 0)
        }
        return id
    }
}

extension [Float] {
    /// - Precondition: The count is a multiple of four.
    fileprivate init(littleEndianBytes bytes: [UInt8]) {
        self.init(unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
            // As many bytes as the buffer has room for; both of the processors that Swift for Linux
            // is made for are little-endian.
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = bytes.count / 4
        }
    }
}
