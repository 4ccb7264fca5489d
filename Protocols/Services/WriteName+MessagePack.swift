public import MessagePack
import Primitives

// The form of the hot path: the same bytes as `Codable` writes.

extension WriteName: MessagePackCodable {
    /// A map of session, sequence and acknowledged.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 3)
        writer.writeKey("session")
        writer.writeMapHeader(count: 2)
        writer.writeKey("collection")
        writer.write(session.collection.rawValue)
        writer.writeKey("shards")
        session.shards.encode(to: &writer)
        writer.writeKey("sequence")
        writer.write(sequence)
        writer.writeKey("acknowledged")
        writer.write(acknowledged)
    }

    /// A map of session, sequence and acknowledged.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var session: CollectionSession?
        var sequence: UInt64?
        var acknowledged: UInt64?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("session") {
                session = try reader.readSession()
            } else if reader.readKey("sequence") {
                sequence = try reader.readInteger()
            } else if reader.readKey("acknowledged") {
                acknowledged = try reader.readInteger()
            } else {
                try reader.skipField()
            }
        }
        self.init(
            session: try reader.require(session, "session", from: start),
            sequence: try reader.require(sequence, "sequence", from: start),
            acknowledged: try reader.require(acknowledged, "acknowledged", from: start))
    }
}

extension CollectionSession.ShardSession: MessagePackCodable {
    /// A map of shard and session.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 2)
        writer.writeKey("shard")
        writer.write(shard.rawValue)
        writer.writeKey("session")
        writer.write(session)
    }

    /// A map of shard and session.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var shard: UInt64?
        var session: UInt64?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("shard") {
                shard = try reader.readInteger()
            } else if reader.readKey("session") {
                session = try reader.readInteger()
            } else {
                try reader.skipField()
            }
        }
        self.init(
            shard: ShardID(try reader.require(shard, "shard", from: start)),
            session: try reader.require(session, "session", from: start))
    }
}

extension MessagePackReader {
    fileprivate mutating func readSession() throws(MessagePackError) -> CollectionSession {
        let start = offset
        var collection: UInt64?
        var shards: [CollectionSession.ShardSession]?
        for _ in 0..<(try readMapHeader()) {
            if readKey("collection") {
                collection = try readInteger()
            } else if readKey("shards") {
                shards = try [CollectionSession.ShardSession](from: &self)
            } else {
                try skipField()
            }
        }
        return CollectionSession(
            collection: CollectionID(try require(collection, "collection", from: start)),
            shards: try require(shards, "shards", from: start))
    }
}
