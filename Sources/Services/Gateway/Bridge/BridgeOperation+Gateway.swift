internal import Primitives
internal import Protocols

extension BridgeOperation {
    /// The request that the door is asked to carry out; nil for a ping.
    var request: GatewayRequest? {
        switch self {
        case .ping: nil
        case .createCollection(let configuration): .createCollection(configuration)
        case .listCollections: .listCollections
        case .describeCollection(let name): .describeCollection(name)
        case .deleteCollection(let name): .deleteCollection(name)
        case .openSession(let name): .openSession(name)
        case .upsert(let request): .upsert(request)
        case .get(let request): .get(request)
        case .delete(let request): .deletePoints(request)
        case .search(let request): .search(request)
        case .searchBatch(let request): .searchBatch(request)
        case .scroll(let request): .scroll(request)
        case .count(let request): .count(request)
        case .measureRecall(let request): .measureRecall(request)
        case .status: .status
        }
    }
}

extension BridgeResult {
    /// What the door has given back for a bridge's request.
    ///
    /// - Parameter isAdmin: Whether numbers that are counted over all tenants, and the names of nodes, may
    ///   be shown.
    init(_ result: GatewayResult, isAdmin: Bool) throws(ServiceError) {
        switch result {
        case .done: self = .done
        case .collection(let description):
            self = .collection(description.hidingCluster(unless: isAdmin))
        case .collections(let descriptions):
            self = .collections(descriptions.map { $0.hidingCluster(unless: isAdmin) })
        case .recall(let recalls): self = .recall(recalls.map { $0.hidingCluster(unless: isAdmin) })
        case .count(let count): self = .count(count)
        case .points(let points, let parts): self = .points(points, parts)
        case .scoredPoints(let points): self = .scoredPoints(points)
        case .scoredPointsOfBatch(let answers): self = .scoredPointsOfBatch(answers)
        case .page(let page, let parts): self = .page(page, parts)
        case .session(let session): self = .session(session)
        case .status(let status): self = .status(status)
        case .tokens, .identity, .user, .users, .createdKey, .keys, .plans:
            throw ServiceError(.internal, "the bridge has no form for what was answered")
        }
    }
}

extension CollectionDescription {
    /// Without what is counted over all tenants, and the names of nodes.
    fileprivate func hidingCluster(unless isAdmin: Bool) -> CollectionDescription {
        guard !isAdmin else { return self }
        return CollectionDescription(
            configuration: configuration, id: 0, pointCount: pointCount, shards: [])
    }
}

extension ShardRecall {
    /// Without what is counted over all tenants, and the names of nodes.
    fileprivate func hidingCluster(unless isAdmin: Bool) -> ShardRecall {
        guard !isAdmin else { return self }
        var recall = self
        recall.shard = ShardID(rawValue: 0)
        recall.worker = ""
        return recall
    }
}
