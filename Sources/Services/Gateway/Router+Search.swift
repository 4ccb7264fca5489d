import Actors
import Protocols

extension Router {
    /// The nearest points of all shards.
    func search(_ request: SearchRequest) async throws -> [ScoredPoint] {
        let collection = try await table.collection(named: request.collection)
        try Validation.check(request, for: collection.configuration)
        switch request.target {
        case .vector(let vector):
            return try await search(collection, vector, request, limit: request.limit)
        case .point(let id):
            let point = try await points(
                [id], of: collection, parts: .vector, request.consistency
            ).first
            guard let point else {
                throw ServiceError(
                    .notFound,
                    """
                    there is no point \(id) in collection \(request.collection); \
                    upsert it first or search by a vector
                    """, details: ["point": "\(id)"])
            }
            // One more, for the point itself, which is left out.
            let found = try await search(
                collection, point.vector, request, limit: request.limit + 1)
            return Array(found.filter { $0.id != id }.prefix(request.limit))
        }
    }

    private func search(
        _ collection: CollectionRecord, _ vector: [Float], _ request: SearchRequest, limit: Int
    ) async throws -> [ScoredPoint] {
        let query = SearchQuery(
            vector: vector, limit: limit, efSearch: request.efSearch, recall: request.recall,
            mode: request.mode, parts: request.parts)
        let answers = try await ScatterGather.each(collection.shards.map(\.id)) { shard in
            try await shards.read(
                .search, shard, of: collection, request.consistency
            ) { worker, address in
                try await worker.search(
                    ShardSearch(
                        shard: address, query: query, consistency: request.consistency))
            }
        }
        return ScatterGather.merge(
            answers, by: collection.configuration.metric, limit: limit)
    }
}

extension Router {
    /// The nearest points of many vectors, in the order of the vectors: one call a shard.
    func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]] {
        let collection = try await table.collection(named: request.collection)
        try Validation.check(request, for: collection.configuration)
        if request.batch.vectors.isEmpty { return [] }
        let answers = try await ScatterGather.each(collection.shards.map(\.id)) { shard in
            try await shards.read(
                .searchBatch, shard, of: collection, request.consistency
            ) { worker, address in
                let found = try await worker.searchBatch(
                    ShardSearchBatch(
                        shard: address, batch: request.batch, consistency: request.consistency))
                guard found.count == request.batch.vectors.count else {
                    throw ServiceError(
                        .internal,
                        "\(found.count) answers to \(request.batch.vectors.count) searches")
                }
                return found
            }
        }
        return request.batch.vectors.indices.map { index in
            ScatterGather.merge(
                answers.map { $0[index] }, by: collection.configuration.metric,
                limit: request.batch.limit)
        }
    }
}

extension Router {
    /// How well the searches of each shard find the true neighbours, by shard.
    func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall] {
        try request.check.validate()
        let collection = try await table.collection(named: request.collection)
        return try await ScatterGather.each(collection.shards.map(\.id)) { shard in
            try await shards.measure(shard, of: collection) { worker, address in
                try await worker.measureRecall(
                    ShardRecallRequest(shard: address, check: request.check))
            }
        }.sorted { $0.shard < $1.shard }
    }
}
