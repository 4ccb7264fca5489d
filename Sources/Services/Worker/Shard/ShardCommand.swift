package import Protocols
package import Storage

/// A write of one shard: what is agreed on, stored and replayed.
///
/// Its vectors and payloads have their final form: normalising at apply could differ in the last
/// bit between processors, and replicas would drift apart.
package enum ShardCommand: Sendable, Hashable, Codable {
    /// Inserts or replaces points. Of two points with one id the later counts.
    case upsert([StoredPoint])
    /// Deletes the points that exist.
    case delete([PointID])
}

extension ShardCommand {
    /// About how many bytes it takes, for limits.
    package var byteCount: Int {
        switch self {
        case .upsert(let points):
            points.reduce(0) { $0 + $1.vector.count * 4 + $1.payload.count + 64 }
        case .delete(let ids):
            ids.count * 64
        }
    }

    /// How many rows it takes at most.
    package var rowCount: Int {
        switch self {
        case .upsert(let points): points.count
        case .delete: 0
        }
    }
}
