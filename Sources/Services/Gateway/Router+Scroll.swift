import Protocols

extension Router {
    /// The points of all shards that follow an id, in the order of ids.
    ///
    /// Points are spread evenly over shards, so that each is asked for its share and somewhat more.
    /// Only where that was too few is another round needed, from where the last one ended.
    func scroll(_ request: ScrollRequest) async throws -> ScrollPage {
        try request.validate()
        let collection = try await table.collection(named: request.collection)
        var gathering = ScrollGathering(request, shardCount: collection.shards.count)
        while gathering.isOpen {
            let (after, limit, byteCount) = (
                gathering.last, gathering.shardLimit, gathering.shardByteCount
            )
            gathering.add(
                try await ScatterGather.each(collection.shards.map(\.id)) { shard in
                    try await shards.read(
                        .scroll, shard, of: collection, request.consistency
                    ) { worker, address in
                        try await worker.scroll(
                            ShardScroll(
                                shard: address, after: after, limit: limit, byteCount: byteCount,
                                parts: request.parts, consistency: request.consistency))
                    }
                })
        }
        return gathering.page
    }
}
