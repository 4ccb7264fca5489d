public import Primitives
public import Vectors

/// The numbers that name a collection's life: never reused, so that a collection created again
/// under an old name is another one.
public enum CollectionTag {}
/// See ``CollectionTag``.
public typealias CollectionID = Identifier<CollectionTag>

/// The numbers that name a shard, unique in the cluster and never reused.
public enum ShardTag {}
/// See ``ShardTag``.
public typealias ShardID = Identifier<ShardTag>

/// The version of the catalog: it grows with every change.
public enum EpochTag {}
/// See ``EpochTag``.
public typealias Epoch = Identifier<EpochTag>

/// What a user says when creating a collection.
public struct CollectionConfiguration: Sendable, Hashable, Codable {
    /// One to 255 of `A–Z a–z 0–9 _ - .`, the first no dot.
    public var name: String
    /// The number of components of each vector, 1 to 65,536.
    public var dimension: Int
    /// How vectors are compared.
    public var metric: Metric
    /// Into how many shards the points are parted, 1 to 256.
    public var shardCount: Int
    /// How many replicas each shard has, 1 to 7.
    ///
    /// Nil: the cluster's default. Of 2n + 1 replicas n may be lost without harm, and of 2n + 2 no
    /// more: an even number costs a copy and gains nothing but a place to read.
    public var replicaCount: Int?
    /// What the workers keep in memory of each vector.
    public var memory: VectorMemory

    /// Makes a configuration.
    public init(
        name: String, dimension: Int, metric: Metric, shardCount: Int = 1,
        replicaCount: Int? = nil, memory: VectorMemory = .full
    ) {
        self.name = name
        self.dimension = dimension
        self.metric = metric
        self.shardCount = shardCount
        self.replicaCount = replicaCount
        self.memory = memory
    }

    /// The largest number of shards of one collection.
    public static let maxShardCount = 256
    /// The largest number of replicas of one shard: three of them may be lost.
    public static let maxReplicaCount = 7
    /// The longest name, in bytes.
    public static let maxNameByteCount = 255
}

extension CollectionConfiguration {
    /// Throws a ``ServiceError`` that says what to change unless a collection can be made so.
    public func validate() throws(ServiceError) {
        try Self.validate(internalName: name)
        guard (1...Metric.maximumDimension).contains(dimension) else {
            throw .invalidArgument(
                "dimension is \(dimension); it must be 1 to \(Metric.maximumDimension)")
        }
        guard (1...Self.maxShardCount).contains(shardCount) else {
            throw .invalidArgument(
                "shard count is \(shardCount); it must be 1 to \(Self.maxShardCount)")
        }
        guard (1...Self.maxReplicaCount).contains(replicaCount ?? 1) else {
            throw .invalidArgument(
                "replica count is \(replicaCount ?? 1); it must be 1 to \(Self.maxReplicaCount)")
        }
    }

    /// The metric of this name, or an error that says which there are.
    public static func metric(named name: String) throws(ServiceError) -> Metric {
        guard let metric = Metric(rawValue: name) else {
            let known = Metric.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument(
                "there is no metric \(name.debugDescription.prefix(100)); use one of \(known)")
        }
        return metric
    }

    /// What parts the number of a tenant from the name of its collection, inside the cluster.
    public static let tenantSeparator: Character = ":"

    /// Throws unless a collection can have this name inside the cluster: one that users type, or one
    /// with the number of a tenant before it, as in `7:docs`.
    public static func validate(internalName: String) throws(ServiceError) {
        let parts = internalName.split(
            separator: tenantSeparator, maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, UInt64(parts[0]).map(String.init) == String(parts[0]) {
            try validate(name: String(parts[1]))
        } else {
            try validate(name: internalName)
        }
    }

    /// Throws unless users can give a collection this name.
    public static func validate(name: String) throws(ServiceError) {
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard allowed, !name.isEmpty, !name.hasPrefix("."),
            name.utf8.count <= Self.maxNameByteCount
        else {
            throw .invalidArgument(
                """
                collection name \(name.debugDescription.prefix(300)) is not allowed; \
                use 1 to \(Self.maxNameByteCount) of A-Z a-z 0-9 _ - . and begin with no dot
                """)
        }
    }
}

/// A collection as the cluster knows it.
public struct CollectionDescription: Sendable, Hashable, Codable {
    /// What it was created with.
    public var configuration: CollectionConfiguration
    /// Which life of that name this is.
    public var id: CollectionID
    /// How many points it has; nil if a shard could not be asked.
    public var pointCount: Int?
    /// Its shards and where they are.
    public var shards: [ShardRecord]

    /// Makes a description.
    public init(
        configuration: CollectionConfiguration, id: CollectionID, pointCount: Int?,
        shards: [ShardRecord]
    ) {
        self.configuration = configuration
        self.id = id
        self.pointCount = pointCount
        self.shards = shards
    }
}
