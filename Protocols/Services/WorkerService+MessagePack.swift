public import MessagePack
import Primitives

// The forms of the hot path: the same bytes as `Codable` writes, a tenth of its cost.

extension ShardAddress: MessagePackCodable {
    /// A map of collection, shard and version.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 3)
        writer.writeKey("collection")
        writer.write(collection.rawValue)
        writer.writeKey("shard")
        writer.write(shard.rawValue)
        writer.writeKey("version")
        writer.write(version)
    }

    /// A map of collection, shard and version.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var collection: UInt64?
        var shard: UInt64?
        var version: UInt64?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("collection") {
                collection = try reader.readInteger()
            } else if reader.readKey("shard") {
                shard = try reader.readInteger()
            } else if reader.readKey("version") {
                version = try reader.readInteger()
            } else {
                try reader.skipField()
            }
        }
        self.init(
            collection: CollectionID(try reader.require(collection, "collection", from: start)),
            shard: ShardID(try reader.require(shard, "shard", from: start)),
            version: try reader.require(version, "version", from: start))
    }
}

extension WriteID: MessagePackCodable {
    /// A map of session, sequence and acknowledged.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 3)
        writer.writeKey("session")
        writer.write(session)
        writer.writeKey("sequence")
        writer.write(sequence)
        writer.writeKey("acknowledged")
        writer.write(acknowledged)
    }

    /// A map of session, sequence and acknowledged.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var session: UInt64?
        var sequence: UInt64?
        var acknowledged: UInt64?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("session") {
                session = try reader.readInteger()
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

extension ShardUpsert: MessagePackCodable {
    /// A map of shard, id and points.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: id == nil ? 2 : 3)
        writer.writeKey("shard")
        shard.encode(to: &writer)
        if let id {
            writer.writeKey("id")
            id.encode(to: &writer)
        }
        writer.writeKey("points")
        points.encode(to: &writer)
    }

    /// A map of shard, id and points.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var shard: ShardAddress?
        var id: WriteID?
        var points: [Point]?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("shard") {
                shard = try ShardAddress(from: &reader)
            } else if reader.readKey("id") {
                if !reader.readIfNil() { id = try WriteID(from: &reader) }
            } else if reader.readKey("points") {
                points = try [Point](from: &reader)
            } else {
                try reader.skipField()
            }
        }
        self.init(
            shard: try reader.require(shard, "shard", from: start), id: id,
            points: try reader.require(points, "points", from: start))
    }
}

extension ShardSearch: MessagePackCodable {
    /// A map of shard, query and consistency.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 3)
        writer.writeKey("shard")
        shard.encode(to: &writer)
        writer.writeKey("query")
        query.encode(to: &writer)
        writer.writeKey("consistency")
        consistency.encode(to: &writer)
    }

    /// A map of shard, query and consistency.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var shard: ShardAddress?
        var query: SearchQuery?
        var consistency = ReadConsistency.linearizable
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("shard") {
                shard = try ShardAddress(from: &reader)
            } else if reader.readKey("query") {
                query = try SearchQuery(from: &reader)
            } else if reader.readKey("consistency") {
                consistency = try ReadConsistency(from: &reader)
            } else {
                try reader.skipField()
            }
        }
        self.init(
            shard: try reader.require(shard, "shard", from: start),
            query: try reader.require(query, "query", from: start), consistency: consistency)
    }
}
