public import Distributed

/// What a gateway answers: the whole database, whatever shard a point is in.
@Resolvable
public protocol GatewayService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Creates a collection, which must not exist.
    distributed func createCollection(
        _ configuration: CollectionConfiguration
    ) async throws -> CollectionDescription
    /// Deletes a collection and all that is in it.
    distributed func deleteCollection(_ name: String) async throws
    /// The names, configurations and places of all collections, by name.
    distributed func listCollections() async throws -> [CollectionDescription]
    /// The names of all collections, in order: cheap, as no worker is asked.
    distributed func collectionNames() async throws -> [String]
    /// One collection.
    distributed func describeCollection(_ name: String) async throws -> CollectionDescription
    /// Inserts or replaces points; all points of one shard or none.
    distributed func upsert(_ request: UpsertRequest) async throws -> Int
    /// The points of these ids that exist, in the order of the request.
    distributed func get(_ request: GetRequest) async throws -> [Point]
    /// Deletes points and says how many existed.
    distributed func delete(_ request: DeleteRequest) async throws -> Int
    /// Opens a session for writes of a collection, in which each is done once.
    distributed func openSession(_ collection: String) async throws -> CollectionSession
    /// The nearest points of all shards.
    distributed func search(_ request: SearchRequest) async throws -> [ScoredPoint]
    /// The nearest points of many vectors, in the order of the vectors.
    distributed func searchBatch(_ request: SearchBatchRequest) async throws -> [[ScoredPoint]]
    /// The points that follow an id, in the order of ids.
    distributed func scroll(_ request: ScrollRequest) async throws -> ScrollPage
    /// How many points a collection has.
    distributed func count(_ request: CountRequest) async throws -> Int
    /// How well the searches of each shard find the true neighbours, by shard.
    distributed func measureRecall(_ request: RecallRequest) async throws -> [ShardRecall]
    /// The cluster as this gateway sees it.
    distributed func status() async throws -> ClusterStatus
}

/// What to look for, and how hard.
public struct SearchQuery: Sendable, Codable, Hashable {
    /// The vector whose neighbours are wanted.
    public var vector: [Float]
    /// How many neighbours, 1 to 10,000.
    public var limit: Int
    /// How many candidates the walk keeps; larger is slower with higher recall.
    ///
    /// Nil: the default, or what `recall` takes.
    public var efSearch: Int?
    /// Which share of the true neighbours is wanted, above 0 up to 1: the walk keeps as many
    /// candidates as find it, by what each shard has measured on itself.
    ///
    /// Excludes `efSearch`.
    public var recall: Double?
    /// Whether to compare with every point instead of walking the graph.
    public var mode: Mode
    /// What of each point the answer carries.
    public var parts: PointParts

    /// How neighbours are found.
    public enum Mode: String, Sendable, Codable, Hashable {
        /// By the graph: fast, nearly always the true neighbours.
        case approximate
        /// By comparing with every point: the true neighbours.
        case exact
    }

    /// The most neighbours that one search returns.
    public static let maxLimit = 10_000
    /// The most candidates that a walk keeps: beyond, comparing with every point is faster.
    public static let maxEfSearch = 100_000

    /// Makes a query.
    public init(
        vector: [Float], limit: Int, efSearch: Int? = nil, recall: Double? = nil,
        mode: Mode = .approximate, parts: PointParts = .payload
    ) {
        self.vector = vector
        self.limit = limit
        self.efSearch = efSearch
        self.recall = recall
        self.mode = mode
        self.parts = parts
    }
}

/// A search over all shards of a collection.
public struct SearchRequest: Sendable, Codable, Equatable {
    /// Where.
    public var collection: String
    /// What to look for.
    public var target: Target
    /// How many neighbours, 1 to 10,000.
    public var limit: Int
    /// How many candidates the walk keeps.
    ///
    /// Nil: the default, or what `recall` takes.
    public var efSearch: Int?
    /// Which share of the true neighbours is wanted, above 0 up to 1; excludes `efSearch`.
    public var recall: Double?
    /// How neighbours are found.
    public var mode: SearchQuery.Mode
    /// What of each point the answer carries.
    public var parts: PointParts
    /// How new what the search sees must be.
    public var consistency: ReadConsistency

    /// What neighbours are wanted of.
    public enum Target: Sendable, Codable, Equatable {
        /// Of a vector.
        case vector([Float])
        /// Of a point of the collection, which itself is left out: "more like this".
        case point(PointID)
    }

    /// Makes a request.
    public init(
        collection: String, target: Target, limit: Int = 10, efSearch: Int? = nil,
        recall: Double? = nil, mode: SearchQuery.Mode = .approximate, parts: PointParts = .payload,
        consistency: ReadConsistency = .linearizable
    ) {
        self.consistency = consistency
        self.collection = collection
        self.target = target
        self.limit = limit
        self.efSearch = efSearch
        self.recall = recall
        self.mode = mode
        self.parts = parts
    }
}

extension SearchQuery {
    /// Throws unless a search can be made so.
    ///
    /// Under ``Mode/exact`` nothing is walked, and what is said of the walk is checked all the same.
    public static func validate(efSearch: Int?, recall: Double?) throws(ServiceError) {
        if let efSearch, !(1...maxEfSearch).contains(efSearch) {
            throw .invalidArgument("efSearch is \(efSearch); it must be 1 to \(maxEfSearch)")
        }
        guard let recall else { return }
        guard recall > 0, recall <= 1 else {
            throw .invalidArgument("recall is \(recall); it must be more than 0 and at most 1")
        }
        guard efSearch == nil else {
            throw .invalidArgument("recall excludes efSearch; give one of them")
        }
    }
}

/// Points to insert or replace.
public struct UpsertRequest: Sendable, Codable, Equatable {
    /// Where.
    public var collection: String
    /// What to insert or replace.
    ///
    /// Of two points with one id the later counts.
    public var points: [Point]
    /// The name of the write; without one it is done each time that it is sent.
    public var name: WriteName?

    /// The most points of one request.
    public static let maxPointCount = 10_000
    /// The largest payload of one point, in encoded bytes: 1 MiB.
    public static let maxPayloadByteCount = 1 << 20

    /// Makes a request.
    public init(collection: String, points: [Point], name: WriteName? = nil) {
        self.collection = collection
        self.points = points
        self.name = name
    }
}

/// Points to read.
public struct GetRequest: Sendable, Codable, Equatable {
    /// Where.
    public var collection: String
    /// Which.
    public var ids: [PointID]
    /// What of them.
    public var parts: PointParts
    /// How new what is read must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(
        collection: String, ids: [PointID], parts: PointParts = [.payload, .vector],
        consistency: ReadConsistency = .linearizable
    ) {
        self.consistency = consistency
        self.collection = collection
        self.ids = ids
        self.parts = parts
    }
}

/// Points to delete.
public struct DeleteRequest: Sendable, Codable, Equatable {
    /// Where.
    public var collection: String
    /// Which.
    public var ids: [PointID]
    /// The name of the write; without one it is done each time that it is sent.
    public var name: WriteName?

    /// Makes a request.
    public init(collection: String, ids: [PointID], name: WriteName? = nil) {
        self.collection = collection
        self.ids = ids
        self.name = name
    }
}

/// A count of points.
public struct CountRequest: Sendable, Codable, Equatable {
    /// Where.
    public var collection: String
    /// How new what is counted must be.
    public var consistency: ReadConsistency

    /// Makes a request.
    public init(collection: String, consistency: ReadConsistency = .linearizable) {
        self.collection = collection
        self.consistency = consistency
    }
}
