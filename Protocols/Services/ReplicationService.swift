public import Distributed
public import MessagePack

/// What every node with replicas answers: messages of the Raft groups of other nodes.
///
/// Called one-way: messages may be lost, the groups make up for it.
@Resolvable
public protocol ReplicationService: DistributedActor
where ActorSystem: DistributedActorSystem<any Codable> {
    /// Takes messages of any groups, in the format of `replication.md`.
    distributed func deliver(_ batch: ReplicationBatch) async throws
}

/// Messages of any Raft groups from one node to another.
public struct ReplicationBatch: Sendable, Hashable, Codable {
    /// The messages, in the format of `replication.md`.
    public var bytes: [UInt8]

    /// Makes a batch.
    public init(bytes: [UInt8]) { self.bytes = bytes }
}

extension ReplicationBatch: MessagePackCodable {
    /// A map with the bytes.
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeMapHeader(count: 1)
        writer.writeKey("bytes")
        writer.write(bytes)
    }

    /// A map with the bytes.
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var bytes: [UInt8]?
        for _ in 0..<(try reader.readMapHeader()) {
            if reader.readKey("bytes") {
                bytes = try reader.readBytes()
            } else {
                try reader.skipField()
            }
        }
        self.bytes = try reader.require(bytes, "bytes", from: start)
    }
}
