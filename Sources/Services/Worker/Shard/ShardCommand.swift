package import Protocols
package import Storage

/// What the replicas of a shard agree on: an entry of the shard's log.
///
/// Its vectors and payloads have their final form: normalising at apply could differ in the last
/// bit between processors, and replicas would drift apart.
package enum ShardCommand: Sendable, Hashable, Codable {
    /// Inserts or replaces points. Of two points with one id the later counts.
    case upsert([StoredPoint])
    /// Deletes the points that exist.
    case delete([PointID])
    /// Opens a session, whose number is the entry's index.
    case openSession
    /// Notes the state's hash, so that it can be compared.
    case markHash
    /// Compares: after the entry at `index`, a ``markHash``, the leader's state had this hash.
    case compareHash(index: UInt64, hash: UInt64)
}

/// A command, and whose write it is.
package struct ShardEntry: Sendable, Hashable {
    /// The write of a session that it is; nil: it is done whenever it comes.
    package var write: WriteID?
    /// What to do.
    package var command: ShardCommand

    /// Makes an entry.
    package init(write: WriteID? = nil, _ command: ShardCommand) {
        self.write = write
        self.command = command
    }
}

/// What came of an entry.
package enum ShardResult: Sendable, Hashable {
    /// A write was done, now or when it first came.
    case written(WriteReceipt)
    /// A session is open under this number.
    case session(UInt64)
    /// The session of the write is not known any more; nothing was done.
    case expired
    /// The shard has taken as many rows as it can; nothing was done.
    case full(rowCount: UInt32)
    /// After the entry at this index the state had this hash.
    case marked(index: UInt64, hash: UInt64)
    /// The hashes differ: this replica is not what the leader is.
    case diverged
    /// Nothing is to be said.
    case nothing
}

extension ShardCommand {
    /// How many rows it takes at most.
    package var rowCount: Int {
        switch self {
        case .upsert(let points): points.count
        default: 0
        }
    }
}
