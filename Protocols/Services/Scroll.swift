/// One page of all points of a collection, in the order of their ids: numbers by value, then UUIDs by
/// bytes, then strings by their UTF-8 bytes, as ``PointID`` compares.
///
/// Each page is read at its own moment: a point that is there from the first page to the last comes
/// exactly once; one that is written or deleted meanwhile may come or not.
public struct ScrollRequest: Sendable, Codable, Hashable {
    /// Where.
    public var collection: String
    /// The last id of the page before, whether it exists any more or not; nil for the first page.
    public var after: PointID?
    /// How many points, 1 to 10,000.
    public var limit: Int
    /// What of them.
    public var parts: PointParts
    /// How new what is read must be.
    public var consistency: ReadConsistency

    /// The most points of a page.
    public static let maxLimit = 10_000
    /// About how many bytes of ids, vectors and payloads a page holds, up to one point more: half of
    /// what a bridge's reply may have.
    public static let pageByteCount = 16 << 20

    /// Makes a request.
    public init(
        collection: String, after: PointID? = nil, limit: Int = 100,
        parts: PointParts = .payload, consistency: ReadConsistency = .linearizable
    ) {
        self.collection = collection
        self.after = after
        self.limit = limit
        self.parts = parts
        self.consistency = consistency
    }

    /// Throws a ``ServiceError`` that says what to change unless a page can be made so.
    public func validate() throws(ServiceError) {
        try Self.validate(after: after, limit: limit)
        try consistency.validate()
    }

    static func validate(after: PointID?, limit: Int) throws(ServiceError) {
        guard (1...maxLimit).contains(limit) else {
            throw .invalidArgument("limit is \(limit); it must be 1 to \(maxLimit)")
        }
        if let defect = after?.defect { throw .invalidArgument("after: \(defect)") }
    }
}

/// A page of points.
public struct ScrollPage: Sendable, Codable, Equatable {
    /// The points, in the order of their ids: as many as were asked for, unless there are no more or
    /// they are too large for one page.
    ///
    /// Points without vector come with an empty one.
    public var points: [Point]
    /// What the next page comes after; nil if this is the last.
    public var next: PointID?

    /// Makes a page.
    public init(points: [Point], next: PointID?) {
        self.points = points
        self.next = next
    }
}

/// A page of one shard's points.
public struct ShardScroll: Sendable, Codable, Hashable {
    /// Where.
    public var shard: ShardAddress
    /// What the page comes after.
    public var after: PointID?
    /// How many points, 1 to 10,000.
    public var limit: Int
    /// How many bytes of ids, vectors and payloads, up to one point more.
    public var byteCount: Int
    /// What of the points.
    public var parts: PointParts
    /// How new what is read must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        shard: ShardAddress, after: PointID?, limit: Int, byteCount: Int, parts: PointParts,
        consistency: ReadConsistency = .linearizable
    ) {
        self.shard = shard
        self.after = after
        self.limit = limit
        self.byteCount = byteCount
        self.parts = parts
        self.consistency = consistency
    }

    /// Throws a ``ServiceError`` that says what to change unless a page can be made so.
    public func validate() throws(ServiceError) {
        try ScrollRequest.validate(after: after, limit: limit)
        guard (1...ScrollRequest.pageByteCount).contains(byteCount) else {
            throw .invalidArgument(
                "byteCount is \(byteCount); it must be 1 to \(ScrollRequest.pageByteCount)")
        }
    }
}

/// The points of one shard that follow an id.
public struct ShardPage: Sendable, Codable, Equatable {
    /// The points, in the order of their ids; at least one unless it is the last page.
    public var points: [Point]
    /// How many bytes their ids, vectors and payloads have.
    public var byteCount: Int
    /// Whether the shard has no point behind these.
    public var isLast: Bool

    /// Makes a page.
    public init(points: [Point], byteCount: Int, isLast: Bool) {
        self.points = points
        self.byteCount = byteCount
        self.isLast = isLast
    }
}
