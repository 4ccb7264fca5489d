public import Primitives

/// A client's session for writes of one collection, in which each write is done once.
///
/// It holds what the shards of the collection called it, so that any gateway can carry a write out
/// again, and none has to remember one.
public struct CollectionSession: Sendable, Codable, Hashable {
    /// The collection's life.
    public var collection: CollectionID
    /// The session's number at each shard, in the order of shards.
    public var shards: [ShardSession]

    /// What one shard calls a session.
    public struct ShardSession: Sendable, Codable, Hashable {
        /// The shard.
        public var shard: ShardID
        /// Its number for the session.
        public var session: UInt64

        /// Makes a pair.
        public init(shard: ShardID, session: UInt64) {
            self.shard = shard
            self.session = session
        }
    }

    /// Makes a session that shards have opened.
    public init(collection: CollectionID, shards: [ShardSession]) {
        self.collection = collection
        self.shards = shards
    }

    /// The number of the session at a shard, or nil if it was not opened there.
    public func number(at shard: ShardID) -> UInt64? {
        shards.first { $0.shard == shard }?.session
    }
}

/// The name that a client gives a write, so that it may send it again until it is answered.
public struct WriteName: Sendable, Codable, Hashable {
    /// The session, from ``GatewayService/openSession(_:)``.
    public var session: CollectionSession
    /// The number of the write in its session, from 1.
    public var sequence: UInt64
    /// All writes up to and including this number were answered; their results may be forgotten.
    public var acknowledged: UInt64

    /// Makes a name.
    public init(session: CollectionSession, sequence: UInt64, acknowledged: UInt64) {
        self.session = session
        self.sequence = sequence
        self.acknowledged = acknowledged
    }

    /// Throws unless a write can be named so.
    public func validate() throws(ServiceError) {
        guard sequence > 0 else { throw .invalidArgument("sequence is 0; it must be 1 or more") }
        guard acknowledged < sequence else {
            throw .invalidArgument(
                "acknowledged is \(acknowledged); it must be less than sequence \(sequence)")
        }
    }
}

extension CollectionSession {
    /// The session as one piece of bytes: the collection, then each shard and its number, all as u64,
    /// little-endian.
    public var bytes: [UInt8] {
        ([collection.rawValue] + shards.flatMap { [$0.shard.rawValue, $0.session] }).flatMap {
            number in withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
    }

    /// The most shards of a collection, and so of a session.
    private static let maxShardCount = CollectionConfiguration.maxShardCount

    /// The session that ``bytes`` came from, or nil if no session has these bytes.
    public init?(bytes: some Collection<UInt8>) {
        let (wordCount, rest) = bytes.count.quotientAndRemainder(dividingBy: 8)
        guard rest == 0, wordCount % 2 == 1, wordCount <= 1 + 2 * Self.maxShardCount else {
            return nil
        }
        var words: [UInt64] = []
        for (position, byte) in bytes.enumerated() {
            if position % 8 == 0 { words.append(0) }
            words[words.count - 1] |= UInt64(byte) << (8 * UInt64(position % 8))
        }
        self.init(
            collection: CollectionID(words[0]),
            shards: stride(from: 1, to: words.count, by: 2).map {
                ShardSession(shard: ShardID(words[$0]), session: words[$0 + 1])
            })
    }
}
