internal import Primitives
package import Raft

/// How far a shard is.
///
/// | offset | size | meaning |
/// |---|---|---|
/// | 0 | 8 | index of the last applied entry; 0 before the first |
/// | 8 | 4 | the row that the next upsert gets |
/// | 12 | 8 | term of the last applied entry |
/// | 20 | 8 | ``hash`` |
/// | 28 | rest | the configuration as of that entry, as `Raft` writes it |
///
/// Numbers are little-endian.
package struct ShardState: Sendable, Hashable {
    /// The last applied entry, and who was in the group then.
    package var applied: LogBase
    /// The row that the next upsert gets; all rows before it were given.
    package var nextRow: UInt32
    /// The sum of the hashes of all living points: equal on all replicas that have applied the same
    /// entries.
    package var hash: UInt64

    /// The state of an empty shard, or another.
    package init(
        applied: LogBase = LogBase(configuration: .empty), nextRow: UInt32 = 0, hash: UInt64 = 0
    ) {
        self.applied = applied
        self.nextRow = nextRow
        self.hash = hash
    }

    /// The index of the last applied entry; 0 before the first.
    package var appliedIndex: UInt64 {
        get { applied.index }
        set { applied.index = newValue }
    }

    init?(bytes: [UInt8]) {
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            let index = try reader.read(UInt64.self)
            nextRow = try reader.read(UInt32.self)
            let term = try reader.read(UInt64.self)
            hash = try reader.read(UInt64.self)
            applied = LogBase(
                index: index, term: term, configuration: try Configuration(from: &reader))
            try reader.finish()
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(applied.index)
        writer.write(nextRow)
        writer.write(applied.term)
        writer.write(hash)
        applied.configuration.write(to: &writer)
        return writer.bytes
    }
}
