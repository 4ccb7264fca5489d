/// How a shard is to measure how well its searches find the true neighbours.
///
/// What is true is told by comparing with every point, so that this takes as long as some hundreds of
/// exact searches.
public struct RecallCheck: Sendable, Codable, Hashable {
    /// How many queries of each kind are made, 1 to 1,000.
    public var sampleCount: Int
    /// How many neighbours each asks for, 1 to 1,000.
    public var limit: Int
    /// How many candidates the walk keeps; see ``SearchQuery/efSearch``.
    public var efSearch: Int?
    /// Which share of the true neighbours is wanted; see ``SearchQuery/recall``.
    public var recall: Double?

    /// The most queries of each kind.
    public static let maxSampleCount = 1_000
    /// The most neighbours that each asks for.
    public static let maxLimit = 1_000

    /// Makes a check.
    public init(
        sampleCount: Int = 100, limit: Int = 10, efSearch: Int? = nil, recall: Double? = nil
    ) {
        self.sampleCount = sampleCount
        self.limit = limit
        self.efSearch = efSearch
        self.recall = recall
    }

    /// Throws a ``ServiceError`` that says what to change unless it can be made so.
    public func validate() throws(ServiceError) {
        guard (1...Self.maxSampleCount).contains(sampleCount) else {
            throw .invalidArgument(
                "the sample is \(sampleCount); it must be 1 to \(Self.maxSampleCount)")
        }
        guard (1...Self.maxLimit).contains(limit) else {
            throw .invalidArgument("limit is \(limit); it must be 1 to \(Self.maxLimit)")
        }
        try SearchQuery.validate(efSearch: efSearch, recall: recall)
    }
}

/// A check of each shard of a collection.
public struct RecallRequest: Sendable, Codable, Hashable {
    /// Which.
    public var collection: String
    /// What each shard is to measure.
    public var check: RecallCheck

    /// Makes a request.
    public init(collection: String, check: RecallCheck = RecallCheck()) {
        self.collection = collection
        self.check = check
    }
}

/// A check of one shard.
public struct ShardRecallRequest: Sendable, Codable, Hashable {
    /// Where.
    public var shard: ShardAddress
    /// What to measure.
    public var check: RecallCheck

    /// Makes a request.
    public init(shard: ShardAddress, check: RecallCheck) {
        self.shard = shard
        self.check = check
    }
}

/// What a shard has measured.
public struct ShardRecall: Sendable, Codable, Hashable {
    /// The shard.
    public var shard: ShardID
    /// The worker that measured: the leader of the shard's group.
    public var worker: String
    /// How many points it had.
    public var pointCount: Int
    /// How many candidates the walks kept.
    public var efSearch: Int
    /// Searches near some of its own points: easy ones, since links were chosen around them.
    public var points: RecallFigures
    /// Searches between its points: as hard as those of users.
    public var mixtures: RecallFigures

    /// Makes a result.
    public init(
        shard: ShardID, worker: String, pointCount: Int, efSearch: Int, points: RecallFigures,
        mixtures: RecallFigures
    ) {
        self.shard = shard
        self.worker = worker
        self.pointCount = pointCount
        self.efSearch = efSearch
        self.points = points
        self.mixtures = mixtures
    }
}

/// How well some searches found the true neighbours, and how long they took.
public struct RecallFigures: Sendable, Codable, Hashable {
    /// The share of the true neighbours that were found, 0 to 1.
    public var recall: Double
    /// How many searches there were.
    public var queryCount: Int
    /// How many of them found all neighbours.
    public var completeCount: Int
    /// Half of the searches took no longer, in the index alone.
    public var median: Duration
    /// 99 of a hundred took no longer.
    public var percentile99: Duration

    /// Makes figures.
    public init(
        recall: Double, queryCount: Int, completeCount: Int, median: Duration,
        percentile99: Duration
    ) {
        self.recall = recall
        self.queryCount = queryCount
        self.completeCount = completeCount
        self.median = median
        self.percentile99 = percentile99
    }
}
