package import Protocols

/// A point in the form in which it is stored and replicated.
package struct StoredPoint: Sendable, Hashable, Codable {
    /// The point's id.
    package var id: PointID
    /// Its vector, under cosine of length 1.
    package var vector: [Float]
    /// Its payload: a MessagePack map with its keys sorted.
    package var payload: [UInt8]

    /// Makes a stored point.
    package init(id: PointID, vector: [Float], payload: [UInt8]) {
        self.id = id
        self.vector = vector
        self.payload = payload
    }
}

extension StoredPoint {
    /// A hash of id, vector and payload, the same on all machines and in all versions.
    package var contentHash: UInt64 {
        var hash = ContentHash()
        hash.combine(id.canonicalBytes)
        vector.withUnsafeBytes { hash.combine($0) }
        hash.combine(payload)
        return hash.value
    }
}

/// A hash that finds replicas that differ, not forgers: words are mixed by multiplication.
///
/// *Source*: the finaliser is that of MurmurHash3 (Appleby 2011).
package struct ContentHash: Sendable {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    /// Begins.
    package init() {}

    /// Adds bytes, and where they end.
    package mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            // Within the buffer by the condition.
            combine(
                UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var rest: UInt64 = 0
        for (place, byte) in bytes[offset...].enumerated() {
            rest |= UInt64(byte) << UInt64(8 * place)
        }
        combine(rest)
        combine(UInt64(bytes.count))
    }

    /// Adds bytes, and where they end.
    package mutating func combine(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { combine($0) }
    }

    private mutating func combine(_ word: UInt64) {
        state = (state ^ word) &* 0x9fb2_1c65_1e98_df25
        state ^= state >> 32
    }

    /// The hash of all that was added.
    package var value: UInt64 {
        var value = state
        value = (value ^ value >> 33) &* 0xff51_afd7_ed55_8ccd
        value = (value ^ value >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return value ^ value >> 33
    }
}

/// What applying commands changes, in order: the content of one write batch.
package struct ShardChanges: Sendable, Hashable {
    /// One change of a point.
    package enum Change: Sendable, Hashable {
        /// A point gets a row of its own, and loses the row that it had.
        ///
        /// `hash` is the point's ``StoredPoint/contentHash``.
        case insert(StoredPoint, row: UInt32, hash: UInt64, replaced: UInt32?)
        /// A point loses its row and is gone.
        case remove(PointID, row: UInt32)
    }

    /// The changes, in the order of the commands.
    package var changes: [Change]
    /// The changes of the table of sessions, in the order of the commands.
    package var sessions: [SessionTable.Change] = []
    /// How far the shard is after them.
    package var state: ShardState

    /// Begins without changes.
    package init(state: ShardState) {
        changes = []
        self.state = state
    }
}
