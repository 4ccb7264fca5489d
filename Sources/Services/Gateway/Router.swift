import Actors
import Protocols

/// Carries out requests: checks them, parts them by shard, and puts the answers together.
struct Router: Sendable {
    let shards: ShardCaller
    let version: String

    var table: RoutingTable { shards.table }
}
