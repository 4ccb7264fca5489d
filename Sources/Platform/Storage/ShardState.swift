/// How far a shard is.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | index of the last applied command, little-endian; 0 before the first |
/// | 8 | 4 | the row that the next upsert gets, little-endian |
package struct ShardState: Sendable, Hashable {
    /// The index of the last applied command; 0 before the first.
    package var appliedIndex: UInt64
    /// The row that the next upsert gets; all rows before it were given.
    package var nextRow: UInt32

    /// The state of an empty shard, or another.
    package init(appliedIndex: UInt64 = 0, nextRow: UInt32 = 0) {
        self.appliedIndex = appliedIndex
        self.nextRow = nextRow
    }

    init?(bytes: [UInt8]) {
        guard bytes.count == 12 else { return nil }
        appliedIndex = bytes.littleEndian(at: 0, as: UInt64.self)
        nextRow = bytes.littleEndian(at: 8, as: UInt32.self)
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: appliedIndex)
        bytes.append(littleEndian: nextRow)
        return bytes
    }
}
